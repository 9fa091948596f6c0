package c2s

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// binding announces XEP-0386 with what can be switched on while binding (§ 3.1).
func (st *clientStream) binding() *xmpp.Element {
	inline := xmpp.El(ns.Bind2, "inline")
	for _, space := range append([]string{ns.SM, ns.CSI}, st.srv.Registry.Bind2()...) {
		inline.Add(xmpp.El(ns.Bind2, "feature").Set("var", space))
	}
	return xmpp.El(ns.Bind2, "bind", inline)
}

// bind2 gives a client that signs in a session (XEP-0386 § 3.2). answer makes what it is told of what came of the request.
func (st *clientStream) bind2(q *request, answer func(j xmpp.JID, bound *xmpp.Element) *xmpp.Element) (*Session, error) {
	session := newSession(st, st.place(q))
	session.device = q.client.ID
	others := 0
	for _, o := range st.srv.Router.Sessions(st.user) {
		if o.JID() != session.jid && !session.replaces(o) {
			others++
		}
	}
	if most, crowded := st.srv.crowded(others); crowded {
		full := stream.ResourceConstraint // a failed binding has no answer
		full.Text = []struct{ Lang, Value string }{{"en", crowdedText(most)}}
		return nil, full
	}
	if err := st.takePlace(session); err != nil {
		return nil, err
	}
	st.session.Store(session)
	st.srv.Registry.Fire(hook.Bound, session)
	for _, o := range st.srv.Router.Sessions(st.user) {
		if session.replaces(o) {
			o.Kick(stream.Conflict) // the same client has come back
		}
	}
	bound := xmpp.El(ns.Bind2, "bound", st.srv.Registry.FireBind2(session, q.bind)...)
	managed, enabled := session.switchOn(q.bind)
	success := answer(session.jid, bound.Add(enabled))
	session.start(func() {
		session.buffer()
		session.out.element(success)
		session.out.features(st.offerBound()) // XEP-0388 § 2.6.1
		if managed != nil {
			session.manageBy(managed) // XEP-0198 § 9.1
		}
		session.schedule()
	})
	return session, nil
}

// switchOn does what the stream itself can do while binding: stream management (XEP-0198 § 9.1) and the state of the
// client (XEP-0352). The session is not attached yet.
func (s *Session) switchOn(bind *xmpp.Element) (m *managed, enabled *xmpp.Element) {
	if e := bind.Child(ns.SM, "enable"); e != nil {
		m, enabled = s.management(e.Attr("resume"), e.Attr("max"))
	}
	if bind.Child(ns.CSI, "inactive") != nil {
		s.mu.Lock()
		s.csi.inactive = true
		s.mu.Unlock()
	}
	return m, enabled
}

// replaces tells whether an older session is of the same client (XEP-0386 § 3.2).
func (s *Session) replaces(o hook.Session) bool {
	old, ok := o.(*Session)
	return ok && old != s && s.device != "" && old.device == s.device && old.number < s.number
}

// place is the address that a client gets: its tag and a part of ours, which stays the same for the same client and does
// not tell its id (XEP-0386 § 3.2.1). A tag that fits into no address is left out.
func (st *clientStream) place(q *request) xmpp.JID {
	own := xmpp.NewID()
	if id := q.client.ID; id != "" {
		mac := hmac.New(sha256.New, st.srv.Secret)
		mac.Write([]byte("resource\x00" + st.user.String() + "\x00" + id))
		own = base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
	}
	if tag := q.bind.ChildText(ns.Bind2, "tag"); tag != "" {
		if j, err := st.user.WithResource(tag + "/" + own); err == nil {
			return j
		}
	}
	j, _ := st.user.WithResource(own) // letters, digits, hyphens and lines
	return j
}
