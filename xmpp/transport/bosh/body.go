package bosh

import (
	"bytes"
	"errors"
	"mime"
	"strconv"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

const (
	nsBind  = "http://jabber.org/protocol/httpbind" // XEP-0124 § 6
	nsXBOSH = "urn:xmpp:xbosh"                      // XEP-0206 § 3
)

// maxRID is the highest request ID that a client may get to (XEP-0124 § 14.1).
const maxRID = 1<<53 - 1

// request is the body of a request.
type request struct {
	rid            uint64
	sid            string
	to, from, lang string
	ver, version   string // of BOSH, of XMPP
	content        string // the media type that responses shall have
	wait, hold     int    // -1: not said
	ack            uint64 // the highest response that has arrived; 0: not said
	pause          int    // seconds; 0: no pause
	key, newKey    string
	terminate      bool
	restart        bool
	elements       [][]byte // each declares its namespaces
	size           int      // of elements
}

// empty tells whether the request only asks for what there is.
func (r *request) empty() bool {
	return len(r.elements) == 0 && !r.terminate && !r.restart && r.pause == 0
}

var (
	errBody = errors.New("read body: not what XEP-0124 asks for")
	errLong = errors.New("read body: too long when every element has its namespace")
)

// bare is a body without the XML declaration and white space that may surround it.
func bare(b []byte) ([]byte, error) {
	b = bytes.TrimSpace(b)
	if rest, ok := bytes.CutPrefix(b, []byte("<?xml ")); ok { // a declaration is harmless
		if _, b, ok = bytes.Cut(rest, []byte("?>")); !ok {
			return nil, errBody
		}
		b = bytes.TrimSpace(b)
	}
	return b, nil
}

// sidOf reads which session a body is for that may not be all there; "" where that cannot be told.
func sidOf(b []byte, limits wire.Limits) string {
	b, err := bare(b)
	if err != nil {
		return ""
	}
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'':
			quote = c
		case c == '>':
			tag := append(bytes.Clone(bytes.TrimSuffix(b[:i], []byte("/"))), '/', '>')
			scan := wire.NewScanner(limits, ns.Client)
			defer scan.Reset()
			st, err := scan.Frame(tag)
			if err != nil {
				return ""
			}
			return string(st.Attr("sid"))
		}
	}
	return ""
}

// parse reads a body (XEP-0124 § 6). What it says is checked for its syntax only.
func parse(b []byte, limits wire.Limits) (*request, error) {
	b, err := bare(b)
	if err != nil {
		return nil, err
	}
	scan := wire.NewScanner(limits, ns.Client)
	defer scan.Reset()
	st, err := scan.Frame(b)
	if err != nil {
		return nil, err
	}
	if st.Name != (xmpp.Name{Space: nsBind, Local: "body"}) {
		return nil, errBody
	}
	body, err := xmpp.ParseElement(st.Raw, ns.Client)
	if err != nil {
		return nil, err
	}
	r := &request{wait: -1, hold: -1}
	for i := range body.Attrs {
		a := &body.Attrs[i]
		a.Value = strings.Clone(a.Value) // the session keeps some, and not the whole body with them
		if err := r.set(a); err != nil {
			return nil, err
		}
	}
	if r.rid == 0 || strings.TrimSpace(body.Text()) != "" {
		return nil, errBody
	}
	for e := range body.Elements() {
		inClient(e)
		if r.size+spaces(e, "") > 2*limits.StanzaBytes {
			return nil, errLong
		}
		text := e.Append(nil, "")
		r.elements = append(r.elements, text)
		if r.size += len(text); r.size > 2*limits.StanzaBytes {
			return nil, errLong
		}
	}
	return r, nil
}

// spaces is how many bytes of namespaces there are when e is written: one for each element and attribute that has its own.
func spaces(e *xmpp.Element, inherited string) (n int) {
	if e.Space != inherited {
		n = len(e.Space)
	}
	for i := range e.Attrs {
		n += len(e.Attrs[i].Space)
	}
	for c := range e.Elements() {
		n += spaces(c, e.Space)
	}
	return n
}

// inClient puts what stands in the namespace of the body into jabber:client: clients leave the namespace of stanzas out
// (XEP-0206 § 2).
func inClient(e *xmpp.Element) {
	if e.Space == nsBind {
		e.Space = ns.Client
	}
	for c := range e.Elements() {
		inClient(c)
	}
}

func (r *request) set(a *xmpp.Attr) error {
	var err error
	switch (xmpp.Name{Space: a.Space, Local: a.Local}) {
	case xmpp.Name{Local: "rid"}:
		r.rid, err = number(a.Value)
	case xmpp.Name{Local: "ack"}:
		r.ack, err = number(a.Value)
	case xmpp.Name{Local: "wait"}:
		r.wait, err = small(a.Value)
	case xmpp.Name{Local: "hold"}:
		r.hold, err = small(a.Value)
	case xmpp.Name{Local: "pause"}:
		r.pause, err = small(a.Value)
	case xmpp.Name{Local: "sid"}:
		r.sid = a.Value
	case xmpp.Name{Local: "to"}:
		r.to = a.Value
	case xmpp.Name{Local: "from"}:
		r.from = a.Value
	case xmpp.Name{Local: "ver"}:
		r.ver = a.Value
	case xmpp.Name{Local: "content"}:
		r.content = a.Value
	case xmpp.Name{Local: "key"}:
		r.key = strings.ToLower(a.Value) // § 15.3
	case xmpp.Name{Local: "newkey"}:
		r.newKey = strings.ToLower(a.Value)
	case xmpp.Name{Local: "type"}:
		r.terminate = a.Value == "terminate"
	case xmpp.Name{Space: ns.XML, Local: "lang"}:
		r.lang = a.Value
	case xmpp.Name{Space: nsXBOSH, Local: "version"}:
		r.version = a.Value
	case xmpp.Name{Space: nsXBOSH, Local: "restart"}:
		r.restart = a.Value == "true" || a.Value == "1"
	}
	return err
}

// number reads a positive number of at most 2^53-1.
func number(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || n > maxRID {
		return 0, errBody
	}
	return n, nil
}

// small reads a number of seconds or requests; what is too large for any use becomes the largest that may have one.
func small(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		n, err = 1<<16, nil
	}
	if err != nil {
		return 0, errBody
	}
	return int(min(n, 1<<16)), nil
}

// mediaType is the type of responses for what a client wishes: one that no browser takes for a page.
func mediaType(wish string) string {
	const usual = "text/xml; charset=utf-8" // XEP-0124 § 7.1
	kind, _, err := mime.ParseMediaType(wish)
	switch {
	case err != nil:
	case kind == "text/plain", kind == "application/xml":
		return kind + "; charset=utf-8"
	}
	return usual
}

// response is the body of a response.
type response struct {
	attrs     []byte // ` name="value"`…
	condition string // of a terminal error
	terminate bool
	failed    bool // a recoverable error
	payload   []byte
}

func (r *response) attr(name, value string) {
	r.attrs = append(r.attrs, ' ')
	r.attrs = append(r.attrs, name...)
	r.attrs = append(r.attrs, '=', '"')
	r.attrs = xmpp.AppendEscaped(r.attrs, value)
	r.attrs = append(r.attrs, '"')
}

func (r *response) number(name string, n uint64) { r.attr(name, strconv.FormatUint(n, 10)) }

// bytes returns the body.
func (r *response) bytes() []byte {
	b := append(make([]byte, 0, 256+len(r.attrs)+len(r.payload)), `<body xmlns="`+nsBind+`"`...)
	if len(r.attrs) > 0 {
		b = append(b, ` xmlns:xmpp="`+nsXBOSH+`"`...)
	}
	if bytes.Contains(r.payload, []byte("<stream:")) { // XEP-0206 § 2
		b = append(b, ` xmlns:stream="`+ns.Stream+`"`...)
	}
	switch {
	case r.terminate:
		b = append(b, ` type="terminate"`...)
	case r.failed:
		b = append(b, ` type="error"`...) // XEP-0124 § 17.3
	}
	if r.condition != "" {
		b = append(b, ` condition="`...)
		b = append(append(b, r.condition...), '"')
	}
	b = append(b, r.attrs...)
	if len(r.payload) == 0 {
		return append(b, '/', '>')
	}
	b = append(b, '>')
	b = append(b, r.payload...)
	return append(b, "</body>"...)
}
