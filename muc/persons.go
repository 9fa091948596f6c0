package muc

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// persons takes what only rooms say out of the messages of accounts of ours to others: invitations and what becomes of people
// (XEP-0045 § 7.8.2, § 17.3), and who an occupant is (XEP-0421 § 4). Of other servers it is not known who is a room.
func (s *Service) persons(p *hook.Packet) error {
	if p.Kind != xmpp.Message || p.From.Local() == "" {
		return nil
	}
	if t, ok := s.Router.Target(p.From.Domain()); !ok || t != hook.Server {
		return nil
	}
	for i := range p.Children {
		if c := &p.Children[i]; c.Is(ns.MUCUser, "x") || c.Is(ns.OccupantID, "occupant-id") {
			p.Strip(i)
		}
	}
	return nil
}
