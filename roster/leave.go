package roster

import (
	"myna/hook"
	"myna/xmpp"
)

// leave handles that a client makes its session unavailable: everyone who saw it hears of it, and so does the session
// itself (RFC 6121 § 4.5.2). The session stays and may become available again.
func (r *Roster) leave(s hook.Session, tail []byte, status string) {
	c := r.client(s)
	f := xmpp.Frame{Kind: xmpp.Presence, Tail: tail, Idle: true}
	was, ok := c.setPresence(s, nil)
	if !ok {
		return
	}
	l := c.book.list.Load()
	if was != nil {
		r.seen(s, status)
		hook.Charge(s, r.toSubscribers(l, f), f.Len())
		r.toOwn(l.owner, f)
		s.Send(f.WithTo(s.JID()))
	}
	r.endDirected(s, l, was != nil, c.takeDirected(false), f)
	if was != nil {
		r.Registry.Fire(hook.Unavailable, s)
	}
}

// closed handles the end of a session: where it did not say that it is unavailable, the server does (RFC 6121 § 4.5.2).
func (r *Roster) closed(s hook.Session) {
	c := r.client(s)
	directed := c.takeDirected(true)
	defer r.close(c.book)
	was := s.Presence()
	l := c.book.list.Load()
	f := unavailable(s.JID())
	if was != nil {
		r.seen(s, "")
		r.toSubscribers(l, f)
		r.toOwn(l.owner, f)
	}
	r.endDirected(s, l, was != nil, directed, f)
	if was != nil {
		r.Registry.Fire(hook.Unavailable, s)
	}
}

// endDirected tells those who got directed presence that the session is unavailable (RFC 6121 § 4.6.2), but for whom
// the broadcast has told. l is nil where the session never was available.
func (r *Roster) endDirected(s hook.Session, l *list, told bool, directed map[xmpp.JID]struct{}, f xmpp.Frame) {
	for to := range directed {
		r.directed(s, to, nil)
		if told && l.from(to.Bare()) && (to.IsBare() || !r.local(to) || r.isAvailable(to)) {
			continue
		}
		if err := r.Router.SendFrame(f.WithTo(to)); err != nil {
			r.Logger.Error("presence not sent", "to", to.String(), "err", err)
		}
	}
}

func (r *Roster) isAvailable(full xmpp.JID) bool {
	s := r.Router.Session(full)
	return s != nil && s.Presence() != nil
}
