package c2s

import (
	"time"

	"mellium.im/xmpp/stanza"
	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// bind answers a request for a resource (RFC 6120 § 7). It is nil, nil when the request was refused and the client may
// ask again.
func (st *clientStream) bind(el *xmpp.Stanza) (*Session, error) {
	c := el.Find(ns.Bind, "bind")
	if c == nil || el.Type != xmpp.TypeSet || len(el.Attr("id")) == 0 {
		return nil, stream.NotAuthorized // § 7.1: nothing else before a resource is bound
	}
	id := el.ID()
	jid, err := st.resource(el, c)
	if err == nil && len(st.srv.Router.Sessions(st.user)) >= st.srv.Config.SessionsPer {
		err = xmpp.Refuse(stanza.ResourceConstraint, "This account is signed in too often.") // § 7.6.2.1
	}
	if err != nil {
		e, _ := xmpp.ErrorElement(err)
		return nil, st.write(xmpp.NewIQ(xmpp.JID{}, xmpp.JID{}, xmpp.TypeError, id, e))
	}
	session := newSession(st, jid)
	st.takePlace(session)
	st.session.Store(session)
	st.srv.Registry.Fire(hook.Bound, session)
	// Nothing can be sent to the session before it has its answer: it is held back until then.
	result := xmpp.NewIQ(xmpp.JID{}, xmpp.JID{}, xmpp.TypeResult, id,
		xmpp.El(ns.Bind, "bind").Add(xmpp.El(ns.Bind, "jid").AddText(jid.String())))
	session.attach(st, xmpp.FrameOf(result))
	return session, nil
}

func (st *clientStream) resource(el *xmpp.Stanza, c *xmpp.Child) (xmpp.JID, error) {
	e, err := el.Element(c)
	if err != nil {
		return xmpp.JID{}, xmpp.Refuse(stanza.BadRequest, "")
	}
	wish := e.ChildText(ns.Bind, "resource")
	if wish == "" {
		wish = xmpp.NewID() // § 7.6
	}
	jid, err := st.user.WithResource(wish)
	if err != nil {
		return xmpp.JID{}, xmpp.Refuse(stanza.BadRequest, "This is no resource.") // § 7.7.2.1
	}
	return jid, nil
}

// takePlace makes the session reachable. One that has the address already is ended first (RFC 6120 § 7.7.2.2): its
// presence is cleared before the new session can send any.
func (st *clientStream) takePlace(session *Session) {
	for {
		old := st.srv.Router.Session(session.jid)
		if old == nil {
			break
		}
		old.Kick(stream.Conflict)
		o, ok := old.(*Session)
		if !ok {
			break
		}
		select {
		case <-o.ended:
		case <-time.After(replaceTime):
			o.cut()
			<-o.ended
		}
	}
	if old := st.srv.Router.Bind(session); old != nil {
		old.Kick(stream.Conflict)
	}
}

// replaceTime is how long a session that is replaced may take to send its last words.
const replaceTime = 2 * time.Second
