package roster

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// push tells all interested sessions of the account what a contact is now (RFC 6121 § 2.1.6). The caller holds the
// book's mu, so that pushes come in the order of their versions.
func (r *Roster) push(l *list, contact xmpp.JID) {
	f := pushOf(l, contact, l.ver())
	for _, s := range r.Router.Sessions(l.owner) {
		r.pushTo(s, f)
	}
}

func (r *Roster) pushTo(s hook.Session, f xmpp.Frame) {
	if r.client(s).interested.Load() {
		s.Send(f.WithTo(s.JID()))
	}
}

// pushOf makes a push; for a contact that clients do not see, it tells them to remove it (§ 2.5.2).
func pushOf(l *list, contact xmpp.JID, ver string) xmpp.Frame {
	query := xmpp.El(ns.Roster, "query", itemOf(l, contact)).Set("ver", ver)
	return xmpp.FrameOf(xmpp.NewIQ(xmpp.JID{}, xmpp.JID{}, xmpp.TypeSet, "", query))
}

// itemOf is a contact as a push names it.
func itemOf(l *list, contact xmpp.JID) *xmpp.Element {
	if e, ok := l.entry(contact); ok {
		return e.element()
	}
	return xmpp.El(ns.Roster, "item").Set("jid", contact.String()).Set("subscription", "remove")
}
