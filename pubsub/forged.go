package pubsub

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// secret tells whether a node of accounts is private by its specification: nobody but the account itself has anything to say
// on it (XEP-0223 § 6).
func (s *Service) secret(node string) bool {
	n := s.own[node]
	return n != nil && n.Settings[FieldAccess] == AccessWhitelist
}

// guardSecrets takes out of what others send an account the events of private nodes: clients that do not look where such
// an event comes from would take them for the account's own (docs/decisions/0014-events.md). All other events pass, from
// whom they are.
func (s *Service) guardSecrets(p *hook.Packet) error {
	if p.Kind != xmpp.Message || p.From.Bare() == p.Owner {
		return nil
	}
	for i := range p.Children {
		c := &p.Children[i]
		if !c.Is(ns.PubSubEvent, "event") {
			continue
		}
		e, err := p.Element(c)
		if err != nil || s.aboutSecret(e) {
			p.Strip(i)
		}
	}
	return nil
}

func (s *Service) aboutSecret(event *xmpp.Element) bool {
	for e := range event.Elements() {
		if s.secret(e.Attr("node")) {
			return true
		}
	}
	return false
}
