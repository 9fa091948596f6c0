// Package partners decides with whom the accounts and services of a domain communicate: the lists that its administrators
// keep (XEP-0133 § 4.11, § 4.12), in both directions. Package commands lets them edit the lists in their clients.
package partners

import (
	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
)

// Options are what the module is made of.
type Options struct {
	Config *config.Options[Config]
	Target func(domain string) (t hook.Target, ours bool)
}

// Partners is the module.
type Partners struct{ Options }

// New returns the module.
func New(o Options) *Partners { return &Partners{o} }

// Register names what it does.
func (m *Partners) Register(r *hook.Registrar) {
	r.Sent(hook.Screen, m.sent)
	r.Received(hook.Screen, m.received)
}

// Frozen returns what decides by the lists as they are now, whatever becomes of them.
func (m *Partners) Frozen() *Partners { return &Partners{Options{m.Config.Frozen(), m.Target}} }

// Apart tells whether two addresses must not communicate, by the lists of either's domain. It answers from memory.
func (m *Partners) Apart(a, b xmpp.JID) bool {
	if c, all := m.Config.Uniform(); all && c.empty() {
		return false
	}
	return m.refuses(a, b) || m.refuses(b, a)
}

// refuses tells whether the lists of a domain of ours keep an address away from the domain. A service has the lists of its
// domain, and belongs to it.
func (m *Partners) refuses(own, other xmpp.JID) bool {
	lists := m.Config.Of(own.Domain())
	if lists.empty() {
		return false
	}
	if _, ours := m.Target(own.Domain()); !ours {
		return false
	}
	return !other.IsZero() && m.Config.Of(other.Domain()) != lists && lists.refuses(other)
}

// sent looks at what an account of ours sends, to other servers and to other domains of this one. Taking leave is always
// possible: who has entered a room before the list was made must not stay there.
func (m *Partners) sent(p *hook.Packet) error {
	if p.To.IsZero() || !m.Apart(p.From, p.To) {
		return nil
	}
	switch {
	case p.Kind == xmpp.Presence && p.Type == xmpp.TypeUnavailable:
		return nil
	case p.Type == xmpp.TypeResult, p.Type == xmpp.TypeError:
		return hook.Drop
	}
	return xmpp.Refuse(stanza.NotAllowed, "The administrators do not allow communication with this address.")
}

// isServer tells whether an address is this server itself, which tells administrators of reports whatever their domain's lists say.
func (m *Partners) isServer(j xmpp.JID) bool {
	t, ours := m.Target(j.Domain())
	return ours && t == hook.Server && j.Local() == ""
}

// received looks at what comes from other servers, and from services, leave again excepted. Who is kept out learns as little as from an account that
// is not there.
func (m *Partners) received(p *hook.Packet) error {
	if p.Kind == xmpp.Presence && p.Type == xmpp.TypeUnavailable || !m.Apart(p.Owner, p.From) || m.isServer(p.From) {
		return nil
	}
	if p.Kind == xmpp.Presence || p.Type == xmpp.TypeResult || p.Type == xmpp.TypeError || p.Type == xmpp.TypeGroupchat {
		return hook.Drop
	}
	return xmpp.Refuse(stanza.ServiceUnavailable, "")
}
