package roster

import (
	"fmt"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
)

// sentDirected passes on presence that a client sends to somebody, and remembers who has to hear when the session
// becomes unavailable (RFC 6121 § 4.6).
func (r *Roster) sentDirected(p *hook.Packet) error {
	c := r.client(p.Session)
	switch p.Type {
	case "":
		if most := r.Config.Of(p.From.Domain()).Directed; !c.remember(p.To, most) {
			return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("A session sends directed presence to %d addresses at most.", most))
		}
	case xmpp.TypeUnavailable:
		c.forget(p.To)
		r.directed(p.Session, p.To, nil)
	}
	to := p.To
	err := r.Router.Forward(p)
	if p.Type != "" {
		return err
	}
	if err != nil {
		c.forget(to)
		return err
	}
	if r.local(to) {
		p.BuildTail()
		r.directed(p.Session, to, p.Tail)
	}
	if c.ended() { // its end has overtaken it, so that is told again
		r.endDirected(p.Session, nil, false, map[xmpp.JID]struct{}{to: {}}, unavailable(p.Session.JID()))
	}
	return nil
}

func (r *Roster) directed(s hook.Session, to xmpp.JID, tail []byte) {
	if r.Directed != nil {
		r.Directed(s, to, tail)
	}
}
