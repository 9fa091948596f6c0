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
	if c == nil || el.Type != xmpp.TypeSet {
		return nil, st.early(el)
	}
	id := el.ID()
	jid, err := st.resource(el, c)
	if err == nil && id == "" {
		err = xmpp.Refuse(stanza.BadRequest, "An IQ needs an id.") // § 8.1.3
	}
	if most, crowded := st.srv.crowded(len(st.srv.Router.Sessions(st.user))); err == nil && crowded && st.srv.Router.Session(jid) == nil {
		err = xmpp.Refuse(stanza.ResourceConstraint, crowdedText(most)) // § 7.6.2.1
	}
	if err != nil {
		return nil, st.refuse(id, err)
	}
	session := newSession(st, jid)
	if err := st.takePlace(session); err != nil {
		return nil, err
	}
	st.session.Store(session)
	st.srv.Registry.Fire(hook.Bound, session)
	// Nothing can be sent to the session before it has its answer: it is held back until then.
	result := xmpp.NewIQ(xmpp.JID{}, xmpp.JID{}, xmpp.TypeResult, id,
		xmpp.El(ns.Bind, "bind").Add(xmpp.El(ns.Bind, "jid").AddText(jid.String())))
	session.attach(xmpp.FrameOf(result))
	return session, nil
}

// early answers another request than that for a resource: one to the server or the own account is refused, and the client
// may still bind; what is for others ends the stream (§ 7.1).
func (st *clientStream) early(el *xmpp.Stanza) error {
	to := xmpp.Unescape(el.Attr("to"))
	request := el.Type == xmpp.TypeGet || el.Type == xmpp.TypeSet
	if j, err := xmpp.ParseJID(to); !request || to != "" && (err != nil || j != st.user && j != st.user.DomainJID()) {
		return stream.NotAuthorized
	}
	return st.refuse(el.ID(), xmpp.Refuse(stanza.NotAuthorized, "A resource is bound first."))
}

// refuse answers a request with an error.
func (st *clientStream) refuse(id string, err error) error {
	e, _ := xmpp.ErrorElement(err)
	reply := xmpp.El(ns.Client, "iq").Set("type", xmpp.TypeError).Add(e)
	if id != "" {
		reply.Set("id", id)
	}
	return st.tell(reply)
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

// takePlace makes the session reachable. One that has the address already is ended first (RFC 6120 § 7.7.2.2), and one
// that is ending is waited for: its presence is cleared before the new session can send any.
func (st *clientStream) takePlace(session *Session) error {
	for {
		old, err := st.srv.claim(session)
		if err != nil {
			return err
		}
		if old == nil {
			break
		}
		old.Kick(stream.Conflict)
		select {
		case <-old.ended:
		case <-time.After(replaceTime):
			old.cut()
			select {
			case <-old.ended:
			case <-time.After(endTime): // it hangs by a mistake of ours, which must not keep the client out of other resources
				return stream.ResourceConstraint
			case <-st.srv.ctx.Done():
				return st.srv.ctx.Err()
			}
		}
	}
	st.srv.Router.Bind(session)
	return nil
}

// replaceTime is how long a session that is replaced may take to send its last words.
const replaceTime = 2 * time.Second

// endTime is how long a session that was replaced may take to end.
const endTime = 30 * time.Second
