package roster

import (
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxPresence is how many bytes presence may have: it is kept as long as the session, and everybody who signs in is sent
// that of all contacts.
const maxPresence = 16 << 10

// sent handles presence that a client sends.
func (r *Roster) sent(p *hook.Packet) error {
	switch {
	case len(p.Raw) > maxPresence:
		return xmpp.Refuse(stanza.PolicyViolation, "The presence is too long: 16 kB at most.")
	case manages(p.Type):
		return r.sentSubscription(p)
	case !p.To.IsZero():
		return r.sentDirected(p)
	case p.Type == xmpp.TypeUnavailable:
		p.BuildTail()
		r.leave(p.Session, p.Tail, statusText(p))
		return nil
	case p.Type == "":
		return r.available(p)
	}
	return nil // a probe or an error for nobody
}

// available handles initial presence and its updates (RFC 6121 § 4.2.2, § 4.4.2).
func (r *Roster) available(p *hook.Packet) error {
	pres, err := parsePresence(p)
	if err != nil {
		return err
	}
	p.BuildTail()
	pres.Tail = slices.Clone(p.Tail) // exact: it is kept as long as the session
	s, c := p.Session, r.client(p.Session)
	if _, err := r.loadKept(c.book); err != nil {
		return err
	}
	echo := s.Send
	if old := s.Presence(); wants(pres) && !wants(old) {
		// From now on messages come as they are sent. What waited is older and goes first, at the end of this.
		direct, release := s.Pause()
		defer release(0)
		echo = direct
	}
	was, ok := c.setPresence(s, pres)
	if !ok {
		return nil
	}
	l := c.book.list.Load() // whoever became a contact before that was shown nothing; of who comes later is taken care
	f := xmpp.Frame{Kind: xmpp.Presence, Tail: pres.Tail, Idle: true}
	copies := r.toSubscribers(l, f)
	for _, o := range r.Router.Sessions(l.owner) { // § 4.2.2: the one that it is about, too
		if o == s {
			echo(f.WithTo(s.JID()))
		} else if o.Presence() != nil {
			o.Send(f.WithTo(o.JID()))
		}
	}
	if was == nil {
		copies += r.fetch(l, s)
		r.sendRequests(l, s)
	}
	hook.Charge(s, copies, f.Len())
	if c.ended() { // its end has overtaken it, so that is told again
		r.toSubscribers(l, unavailable(s.JID()))
		r.toOwn(l.owner, unavailable(s.JID()))
		return nil
	}
	switch {
	case was == nil, was.Priority < 0 && pres.Priority >= 0:
		r.Registry.Fire(hook.Available, s)
	default:
		r.Registry.Fire(hook.Updated, s)
	}
	return nil
}

// wants tells whether a client with this presence gets what is sent to the account's bare address (RFC 6121 § 8.5.2.1.1).
func wants(p *hook.Presence) bool { return p != nil && p.Priority >= 0 }

// toSubscribers sends presence to everyone who may see the owner's: one frame, of which all share the bytes. It returns
// how many got it.
func (r *Roster) toSubscribers(l *list, f xmpp.Frame) (copies int) {
	for _, i := range l.items {
		if !i.From {
			continue
		}
		if _, both := l.colleague(i.JID); both {
			continue
		}
		if r.local(i.JID) {
			copies += r.toWatcher(l.owner, i.JID, f)
		} else if r.Blocked == nil || !r.Blocked(l.owner, i.JID) {
			r.toContact(i.JID, f)
			copies++
		}
	}
	settled := r.stale.none()
	for m := range l.colleagues() {
		if settled || r.mutual(l.owner, m.jid) || l.own(m.jid).From {
			copies += r.toWatcher(l.owner, m.jid, f)
		}
	}
	return copies
}

// toWatcher sends presence to the available sessions of an account here that may see the owner's. Most accounts have
// none: that is found first. It returns how many got it.
func (r *Roster) toWatcher(owner, watcher xmpp.JID, f xmpp.Frame) (copies int) {
	sessions := r.Router.Sessions(watcher)
	if len(sessions) == 0 || r.blocked(owner, watcher) {
		return 0
	}
	for _, s := range sessions {
		if s.Presence() != nil {
			s.Send(f.WithTo(watcher)) // RFC 6121 § 8.5.2.1.2: not the full address
			copies++
		}
	}
	return copies
}

// toContact sends presence to a contact, wherever it is.
func (r *Roster) toContact(contact xmpp.JID, f xmpp.Frame) {
	if r.local(contact) {
		if contact.IsBare() {
			r.toAvailable(contact, f)
		} else {
			r.Router.ToSession(f.WithTo(contact))
		}
		return
	}
	if err := r.Router.SendFrame(f.WithTo(contact)); err != nil {
		r.Logger.Error("presence not sent", "to", contact.String(), "err", err)
	}
}

// toAvailable sends presence to all available sessions of an account, to whose bare address it remains (RFC 6121 § 8.5.2.1.2).
func (r *Roster) toAvailable(account xmpp.JID, f xmpp.Frame) {
	for _, s := range r.Router.Sessions(account) {
		if s.Presence() != nil {
			s.Send(f.WithTo(account))
		}
	}
}

// toOwn sends presence to the account's own available sessions, the one that it is about too (RFC 6121 § 4.2.2).
func (r *Roster) toOwn(owner xmpp.JID, f xmpp.Frame) {
	for _, s := range r.Router.Sessions(owner) {
		if s.Presence() != nil {
			s.Send(f.WithTo(s.JID()))
		}
	}
}

// fetch sends a session that has become available the presence of all it may see: what is on this server is known,
// others are probed (RFC 6121 § 4.2.2, § 4.3.1). It returns how many were sent and asked.
func (r *Roster) fetch(l *list, s hook.Session) (copies int) {
	for _, other := range r.Router.Sessions(l.owner) {
		if other != s {
			show(other, s)
		}
	}
	for _, i := range l.items {
		if _, both := l.colleague(i.JID); both || !i.To && !i.Ask {
			continue
		}
		switch {
		case r.local(i.JID):
			if i.To && r.sees(l.owner, i.JID) {
				copies += r.showAll(l.owner, i.JID, s)
			}
		case r.Blocked != nil && r.Blocked(l.owner, i.JID):
		case i.To:
			copies++
			if err := r.Router.Send(xmpp.NewPresence(s.JID(), i.JID, xmpp.TypeProbe)); err != nil {
				r.Logger.Error("probe not sent", "to", i.JID.String(), "err", err)
			}
		default: // § 3.1.2: a request that was not answered may have been lost on the way
			r.tell(l.owner, i.JID, xmpp.TypeSubscribe)
		}
	}
	settled := r.stale.none()
	for m := range l.colleagues() {
		if settled || r.mutual(l.owner, m.jid) || l.own(m.jid).To {
			copies += r.showAll(l.owner, m.jid, s)
		}
	}
	return copies
}

// sees tells whether a contact with available sessions, whose list is in memory therefore, shows its presence to asker.
func (r *Roster) sees(asker, contact xmpp.JID) bool {
	l := r.known(contact)
	return l != nil && l.from(asker)
}

// showAll sends a session of an account the presence of all sessions of another account, and returns how many those are.
func (r *Roster) showAll(owner, account xmpp.JID, to hook.Session) (copies int) {
	sessions := r.Router.Sessions(account)
	if len(sessions) == 0 || r.blocked(owner, account) {
		return 0
	}
	for _, s := range sessions {
		show(s, to)
	}
	return len(sessions)
}

// show sends one session's presence to another session.
func show(s, to hook.Session) {
	if p := s.Presence(); p != nil {
		to.Send(xmpp.Frame{Kind: xmpp.Presence, To: to.JID(), Tail: p.Tail, Idle: true})
	}
}

// showPresent sends a contact the presence of all the owner's sessions, showGone that they are unavailable.
func (r *Roster) showPresent(owner, contact xmpp.JID) {
	if r.blocked(owner, contact) {
		return
	}
	for _, s := range r.Router.Sessions(owner) {
		if p := s.Presence(); p != nil {
			r.toContact(contact, xmpp.Frame{Kind: xmpp.Presence, Tail: p.Tail, Idle: true})
		}
	}
}

// shown is showPresent for a contact that has just come to see the owner.
func (r *Roster) shown(owner, contact xmpp.JID) {
	r.showPresent(owner, contact)
	r.related(owner, contact, false, nil)
}

func (r *Roster) showGone(owner, contact xmpp.JID) {
	for _, s := range r.Router.Sessions(owner) {
		if s.Presence() != nil {
			r.toContact(contact, unavailable(s.JID()))
		}
	}
}

// unavailable is the presence that the server sends on behalf of a session that has gone (RFC 6121 § 4.5.2).
func unavailable(from xmpp.JID) xmpp.Frame {
	f := xmpp.FrameOf(xmpp.NewPresence(from, xmpp.JID{}, xmpp.TypeUnavailable))
	f.Idle = true
	return f
}

// parsePresence reads what the server needs of available presence, and checks it (RFC 6121 § 4.7.2).
func parsePresence(p *hook.Packet) (*hook.Presence, error) {
	pres := &hook.Presence{}
	shows, priorities := 0, 0
	for i := range p.Children {
		c := &p.Children[i]
		if c.Space != ns.Client {
			continue
		}
		switch c.Local {
		case "show":
			shows++
			pres.Show = knownShow(childText(p, c))
		case "status":
			if pres.Status == "" {
				pres.Status = childText(p, c)
			}
		case "priority":
			priorities++
			n, err := strconv.ParseInt(strings.TrimSpace(childText(p, c)), 10, 8)
			if err != nil { // § 4.7.2.3
				return nil, xmpp.Refuse(stanza.BadRequest, "A priority is a number from -128 to 127.")
			}
			pres.Priority = int8(n)
		}
	}
	if shows > 1 || priorities > 1 { // § 4.7.2.1, § 4.7.2.3
		return nil, xmpp.Refuse(stanza.BadRequest, "Presence has one show and one priority.")
	}
	return pres, nil
}

// knownShow is a show value that the specification defines, or "": others pass, and count as available (§ 4.7.2.1).
func knownShow(s string) string {
	switch s = strings.TrimSpace(s); s {
	case "away", "chat", "dnd", "xa":
		return s
	}
	return ""
}

// statusText is the first status of presence (§ 4.7.2.2).
func statusText(p *hook.Packet) string {
	if c := p.Find(ns.Client, "status"); c != nil {
		return childText(p, c)
	}
	return ""
}

func childText(p *hook.Packet, c *xmpp.Child) string {
	e, err := p.Element(c)
	if err != nil {
		return ""
	}
	return e.Text()
}
