package archive

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// stripSent takes out what a client must not say in the name of this server: that one of its addresses has archived the
// message (XEP-0359 § 3), or delayed it (XEP-0203 § 5), or that this is a result of an archive (XEP-0313 § 8.2): no client
// is one. A client may say that it has delayed the message itself.
func (a *Archive) stripSent(p *hook.Packet) error {
	for i := range p.Children {
		c := &p.Children[i]
		switch {
		case c.Is(ns.StanzaID, "stanza-id"):
			by, ok := a.named(p.Stanza, c, "by")
			if !ok || a.ours(by) {
				p.Strip(i)
			}
		case c.Is(ns.Delay, "delay"):
			from, ok := a.named(p.Stanza, c, "from")
			// What an owner of a room brings there from another conversation has its times (XEP-0045 § 7.9): the room decides.
			brought := p.Type == xmpp.TypeGroupchat && from.Local() != ""
			if ok && a.ours(from) && from.Bare() != p.From.Bare() && !brought {
				p.Strip(i)
			}
		case c.Is(ns.MAM, "result") && p.Session != nil:
			p.Strip(i)
		}
	}
	return nil
}

// stripOthers does the same for what comes from elsewhere: other servers, components, and services of this server. A
// service speaks for itself.
func (a *Archive) stripOthers(p *hook.Packet) error {
	for i := range p.Children {
		c := &p.Children[i]
		if c.Space != ns.StanzaID && c.Space != ns.Delay || p.Stripped(i) {
			continue
		}
		switch {
		case c.Is(ns.StanzaID, "stanza-id"):
			by, ok := a.named(p.Stanza, c, "by")
			if !ok || by.Bare() == p.Owner || a.ours(by) && !a.service(p, by) {
				p.Strip(i)
			}
		case c.Is(ns.Delay, "delay"):
			from, ok := a.named(p.Stanza, c, "from")
			if ok && a.ours(from) && from.Bare() != p.From.Bare() {
				p.Strip(i)
			}
		}
	}
	return nil
}

// named returns the address in an attribute of a child; false where there is none that can be one.
func (a *Archive) named(st *xmpp.Stanza, c *xmpp.Child, name string) (xmpp.JID, bool) {
	v, ok := attr(st.Bytes(c), name)
	if !ok {
		return xmpp.JID{}, false
	}
	j, err := xmpp.ParseJID(v)
	return j, err == nil
}

// ours tells whether an address is one of this server.
func (a *Archive) ours(j xmpp.JID) bool {
	_, ok := a.Router.Target(j.Domain())
	return ok
}

// service tells whether a stanza comes from a service of ours that names itself.
func (a *Archive) service(p *hook.Packet, by xmpp.JID) bool {
	t, ok := a.Router.Target(p.From.Domain())
	return ok && t != hook.Server && by.Bare() == p.From.Bare()
}
