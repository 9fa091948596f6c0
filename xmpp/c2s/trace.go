package c2s

import (
	"fmt"
	"log/slog"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Tap is shown what goes over client streams: whose stream it is, whether the server sends, and an element or a stream
// header. Passwords and what else a sign-in exchanges are left out. It is called on the stream's goroutines, must not
// keep text, and must not block for long.
type Tap func(who string, out bool, text []byte)

// Trace shows a tap all that goes over the streams from now on; nil ends that. It is for development: each stanza is
// scanned once more.
func (s *Server) Trace(t Tap) {
	if t == nil {
		s.tap.Store(nil)
		return
	}
	s.tap.Store(&t)
}

// received shows the tap an element that has come.
func (st *clientStream) received(el *xmpp.Stanza) {
	if t := st.srv.tap.Load(); t != nil {
		(*t)(st.name(), false, blank(el, el.Raw))
	}
}

// sent shows the tap what is sent: each element by itself.
func (st *clientStream) sent(o *out) {
	t := st.srv.tap.Load()
	if t == nil {
		return
	}
	if o.framing == wire.Framed {
		sentFrames(*t, st.name(), o)
		return
	}
	b, who := o.b, st.name()
	if strings.HasPrefix(string(b), "<?xml") { // a header, and behind it the features or an error
		(*t)(who, true, b)
		return
	}
	scan := wire.NewScanner(wire.Limits{StanzaBytes: len(b) + 1024, Elements: len(b)}, ns.Client)
	own := wire.Header{Content: ns.Client}
	if _, _, err := scan.Open(own.Append(nil)); err != nil {
		return
	}
	for len(b) > 0 {
		el, n, err := scan.Next(b)
		if err != nil {
			(*t)(who, true, b) // the stream's end tag
			return
		}
		(*t)(who, true, blank(el, b[:n]))
		b = b[n:]
	}
}

func sentFrames(t Tap, who string, o *out) {
	from := 0
	for _, end := range o.ends {
		b := o.b[from:end]
		from = end
		el, err := wire.NewScanner(wire.Limits{StanzaBytes: len(b) + 1024, Elements: len(b)}, ns.Client).Frame(b)
		if err != nil {
			continue
		}
		t(who, true, blank(el, b))
	}
}

// blank is the text of an element, as it was sent, or without what is secret in it.
func blank(el *xmpp.Stanza, text []byte) []byte {
	secret := el.Name.Space == ns.SASL && el.Name.Local != "failure" || strings.HasPrefix(el.Name.Space, "urn:xmpp:sasl:")
	for i := range el.Children {
		switch el.Children[i].Space {
		case "jabber:iq:register", "jabber:iq:auth":
			secret = true
		}
	}
	if secret && el.Content.Start != el.Content.End {
		return hollow(el)
	}
	return mask(el, text)
}

// LogValue is whose stream it is; it is found when a line is written, not before.
func (st *clientStream) LogValue() slog.Value { return slog.StringValue(st.name()) }

// LogValue is the session's address.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.jid.String()) }

// name is whose stream it is, as far as that is known.
func (st *clientStream) name() string {
	if s := st.session.Load(); s != nil {
		return s.jid.String()
	}
	from := "client"
	if a := st.conn.Remote(); a.IsValid() {
		from = a.String()
	}
	return fmt.Sprintf("%s#%d", from, st.number)
}
