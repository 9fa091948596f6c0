package xmpp

// Kind tells the three stanzas apart; everything else on a stream is no stanza.
type Kind uint8

// The kinds of what a stream carries (RFC 6120 § 8).
const (
	NoStanza Kind = iota // an element that is no stanza: <r/>, <active/>, …
	Message
	Presence
	IQ
)

// String returns the local name of the stanza.
func (k Kind) String() string { return [...]string{"", "message", "presence", "iq"}[k] }

// Types that stanzas have (RFC 6121 § 5.2.2, § 4.7.1; RFC 6120 § 8.2.3). A message without type is "normal",
// a presence without type says "available"; both are the empty string here.
const (
	TypeError = "error"

	TypeNormal    = "normal"
	TypeChat      = "chat"
	TypeGroupchat = "groupchat"
	TypeHeadline  = "headline"

	TypeUnavailable  = "unavailable"
	TypeSubscribe    = "subscribe"
	TypeSubscribed   = "subscribed"
	TypeUnsubscribe  = "unsubscribe"
	TypeUnsubscribed = "unsubscribed"
	TypeProbe        = "probe"

	TypeGet    = "get"
	TypeSet    = "set"
	TypeResult = "result"
)

// Span is a piece of a stanza's bytes: Raw[Start:End].
type Span struct{ Start, End int32 }

// AttrSpan is an attribute of the stanza's own start tag, as it stands in the bytes.
type AttrSpan struct {
	Name  string // without namespace: "id"; with a prefix as written: "xml:lang", "xmlns:x"
	Whole Span   // name="value", without the white space before it
	Value Span   // between the quotes, references not resolved
}

// Child is a direct child element of a stanza: its resolved name, and where its bytes are.
type Child struct {
	Space, Local string
	Span
}

// Is tells whether the child has this name.
func (c *Child) Is(space, local string) bool { return c.Local == local && c.Space == space }

// Stanza is one element as it came from the wire, with an index of what routing needs. It is self-contained: apart
// from the default namespace, which is the stream's content namespace, every prefix that it uses is declared in it.
//
// A Stanza that a scanner returned shares the scanner's buffer and is valid only until the next one is asked for;
// Clone makes one that lasts.
type Stanza struct {
	Kind Kind
	Type string // interned for the known types; "" where the attribute is missing
	From JID    // stamped by the session or checked by the link that received it, never the sender's word
	To   JID    // zero where the attribute is missing

	// StreamLang is the language of the stream, which a stanza without xml:lang gets when it is forwarded (RFC 6120
	// § 4.7.4, § 8.1.5). It holds letters, digits and hyphens.
	StreamLang string

	Raw      []byte // <message …>…</message>
	Name     Name   // of the element itself; for the kinds of stanza the namespace is the content namespace
	Attrs    []AttrSpan
	Content  Span // between the start tag and the end tag; empty for <message/>
	Children []Child
}

// Attr returns the bytes of an attribute's value as written, nil where it is missing.
func (s *Stanza) Attr(name string) []byte {
	for i := range s.Attrs {
		if s.Attrs[i].Name == name {
			v := s.Attrs[i].Value
			return s.Raw[v.Start:v.End:v.End]
		}
	}
	return nil
}

// ID returns the stanza's id with references resolved, "" where it has none. It allocates.
func (s *Stanza) ID() string { return Unescape(s.Attr("id")) }

// Lang returns the stanza's xml:lang, or its stream's.
func (s *Stanza) Lang() string {
	if lang := s.Attr("xml:lang"); lang != nil {
		return Unescape(lang)
	}
	return s.StreamLang
}

// Find returns the first direct child with this name, or nil. It does not allocate.
func (s *Stanza) Find(space, local string) *Child {
	for i := range s.Children {
		if s.Children[i].Is(space, local) {
			return &s.Children[i]
		}
	}
	return nil
}

// Has tells whether there is a direct child with this name.
func (s *Stanza) Has(space, local string) bool { return s.Find(space, local) != nil }

// Bytes returns the bytes of a child as they stand in the stanza.
func (s *Stanza) Bytes(c *Child) []byte { return s.Raw[c.Start:c.End:c.End] }

// Clone returns a copy that does not share memory with the scanner's buffer.
func (s *Stanza) Clone() *Stanza {
	c := *s
	c.Raw = append([]byte(nil), s.Raw...)
	c.Attrs = append([]AttrSpan(nil), s.Attrs...)
	c.Children = append([]Child(nil), s.Children...)
	return &c
}
