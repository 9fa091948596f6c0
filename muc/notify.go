package muc

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Said is a message in a group, for a member who may not have seen it.
type Said struct {
	From      xmpp.JID // the occupant who said it
	Body      string
	Mentioned bool // it mentions the member, or everybody
	There     bool // a client of the member is in the room
}

// listener is a member of a group who wants to hear what is said in it.
type listener struct {
	bare  xmpp.JID
	nick  string
	there bool
}

// heard is a message whose listeners are told of it once it is durable.
type heard struct {
	r         *room
	from      xmpp.JID
	sender    xmpp.JID // bare
	body      string
	all       bool            // everybody is mentioned
	mentioned map[string]bool // addresses and occupant ids
	listeners []listener
}

// hearing is what the listeners of a message are told, nil where there is nothing to be told. r.mu is held.
func (r *room) hearing(st *xmpp.Stanza, o *occupant) *heard {
	if r.s.Notify == nil || r.group.IsZero() || !alerting(st) {
		return nil
	}
	if r.listeners == nil {
		r.listeners = r.listen()
	}
	h := &heard{r: r, from: o.addr, sender: o.bare, all: r.callsAll(st), listeners: r.listeners}
	h.read(st)
	return h
}

// listen lists the members. r.mu is held.
func (r *room) listen() []listener {
	there := make(map[xmpp.JID]bool, len(r.present))
	for _, o := range r.present {
		there[o.bare] = true
	}
	list := make([]listener, 0, len(r.affs))
	for j, st := range r.affs {
		if st.aff >= Member && j.Local() != "" {
			list = append(list, listener{j, st.nick, there[j]})
		}
	}
	return list
}

// alerting tells whether a message is worth waking somebody: it has a text, or is encrypted.
func alerting(st *xmpp.Stanza) bool {
	for i := range st.Children {
		if c := &st.Children[i]; c.Is(ns.Client, "body") || c.Is(ns.EME, "encryption") || c.Local == "encrypted" {
			return true
		}
	}
	return false
}

// read takes from a message what it says, and whom it mentions: XEP-0513 § 3.1, XEP-0372 § 3.2.
func (h *heard) read(st *xmpp.Stanza) {
	for i := range st.Children {
		c := &st.Children[i]
		if !c.Is(ns.Client, "body") && !c.Is(nsMentions, "mention") && !c.Is(nsReference, "reference") {
			continue
		}
		e, err := st.Element(c)
		if err != nil {
			continue
		}
		switch c.Space {
		case ns.Client:
			h.body = e.Text()
		case nsMentions:
			if e.Child(nsMentions, "noping") == nil {
				h.mention(e.Attr("occupantid"))
				h.mention(e.Attr("jid"))
			}
		case nsReference:
			if uri, ok := strings.CutPrefix(e.Attr("uri"), "xmpp:"); ok && e.Attr("type") == "mention" {
				uri, _, _ = strings.Cut(uri, "?")
				h.mention(uri)
			}
		}
	}
}

func (h *heard) mention(who string) {
	if who == "" || len(h.mentioned) >= maxMentions {
		return
	}
	if h.mentioned == nil {
		h.mentioned = map[string]bool{}
	}
	h.mentioned[who] = true
}

// tell tells the listeners. It is called without a lock, and does not block.
func (h *heard) tell() {
	if h == nil {
		return
	}
	for i := range h.listeners {
		if l := &h.listeners[i]; l.bare != h.sender {
			h.r.s.Notify(l.bare, Said{From: h.from, Body: h.body, Mentioned: h.means(l), There: l.there})
		}
	}
}

// means tells whether the message mentions a listener: everybody, by address, or by nick in the text.
func (h *heard) means(l *listener) bool {
	if h.all || named(h.body, l.nick) {
		return true
	}
	if len(h.mentioned) == 0 {
		return false
	}
	return h.mentioned[l.bare.String()] || h.mentioned[h.r.jid.String()+"/"+l.nick] || h.mentioned[h.r.occupantID(l.bare)]
}

// maxNamed bounds in how much of a text nicks are looked for, in bytes.
const maxNamed = 4096

// named tells whether a text has a nick as a word of its own.
func named(text, nick string) bool {
	if len(text) > maxNamed {
		text = text[:maxNamed]
	}
	for nick != "" {
		i := strings.Index(text, nick)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		text = text[i+len(nick):]
		after, _ := utf8.DecodeRuneInString(text)
		if !wordy(before) && !wordy(after) {
			return true
		}
	}
	return false
}

func wordy(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
