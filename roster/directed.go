package roster

import (
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
		if !c.remember(p.To) {
			return xmpp.Refuse(stanza.ResourceConstraint, "Too many addresses have directed presence of this session.")
		}
	case xmpp.TypeUnavailable:
		c.forget(p.To)
	}
	err := r.Router.Forward(p)
	if err != nil && p.Type == "" {
		c.forget(p.To)
	}
	return err
}
