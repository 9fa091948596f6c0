package router

import (
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
)

// presence routes presence: what clients send goes to the module that handles presence, which decides about
// broadcast, subscription and directed presence (RFC 6121 § 3, § 4), and hands back what has to go on by Forward.
func (r *Router) presence(f *flight) error {
	p := &f.Packet
	switch p.Type {
	case "", xmpp.TypeUnavailable, xmpp.TypeError, xmpp.TypeProbe, xmpp.TypeSubscribe, xmpp.TypeSubscribed,
		xmpp.TypeUnsubscribe, xmpp.TypeUnsubscribed:
	default:
		return xmpp.Refuse(stanza.BadRequest, "There is no presence of this type.") // RFC 6121 § 4.7.1
	}
	if f.in != nil && r.reg.PresenceOut != nil {
		p.Side, p.Owner = hook.Out, p.From.Bare()
		return r.reg.PresenceOut(p)
	}
	return r.forward(p)
}

// Forward brings presence to its addressee: the module that handles presence calls it for what it has let pass.
func (r *Router) Forward(p *hook.Packet) error {
	err := r.forward(p)
	if errors.Is(err, hook.Drop) {
		return nil
	}
	return err
}

func (r *Router) forward(p *hook.Packet) error {
	d := r.place(p.To)
	switch d.kind {
	case toServer: // RFC 6121 § 8.4: nothing is shared with the server itself
		_, err := r.taken(p)
		return err
	case toService:
		if r.reg.Host(d.target) == nil {
			return nil
		}
		return r.host(p, d.target)
	case toRemote:
		p.BuildTail()
		if r.remote == nil {
			if p.Type == xmpp.TypeUnavailable || p.Type == xmpp.TypeError {
				return nil
			}
			return errRemote()
		}
		return r.remote.Route(p.From, p.Frame(p.To))
	}
	if p.Type != xmpp.TypeProbe && !r.dir.Exists(p.To.Bare()) {
		return nil // RFC 6121 § 8.5.1: silently ignored; a probe is answered as for an account that does not want it (§ 4.3.2)
	}
	if p.To.Bare() != p.From.Bare() {
		if err := r.stage(p, hook.In, p.To.Bare(), hook.Screen); err != nil {
			return err
		}
	}
	if p.To.IsBare() || r.subscription(p.Type) {
		if r.reg.PresenceIn == nil {
			return nil
		}
		p.Side, p.Owner = hook.In, p.To.Bare()
		return r.reg.PresenceIn(p)
	}
	if p.Type != xmpp.TypeProbe { // RFC 6121 § 8.5.3.1, § 8.5.3.2.2
		p.BuildTail()
		f := p.Frame(p.To)
		f.Idle = true
		r.ToSession(f)
	}
	return nil
}

// subscription tells whether presence of a type manages subscriptions; it is for the account, whatever the resource.
func (r *Router) subscription(typ string) bool {
	switch typ {
	case xmpp.TypeSubscribe, xmpp.TypeSubscribed, xmpp.TypeUnsubscribe, xmpp.TypeUnsubscribed, xmpp.TypeProbe:
		return true
	}
	return false
}
