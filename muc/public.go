package muc

import (
	"slices"
	"strings"

	"myna/xmpp"
)

// Listed is what everybody may know of a public room (§ 6.3, § 6.4).
type Listed struct {
	JID                     xmpp.JID
	Name, Description, Lang string
	Occupants               int
	Open                    bool // neither a password nor an affiliation is needed to enter
	NonAnonymous            bool // everybody sees everybody's address
}

// listingOf is what a room's configuration says about it to those who are not in it.
func listingOf(c *settings) listing {
	l := listing{name: c.Name, public: c.Public, maker: c.rest[makerKey]}
	if c.Public {
		l.description, l.lang = c.Description, c.Lang
		l.open, l.nonAnonymous = !c.MembersOnly && !c.Protected, c.NonAnonymous
	}
	return l
}

// Public returns the public rooms of a host in the order of their addresses. It answers from memory.
func (s *Service) Public(host string) []Listed {
	var list []Listed
	var loaded []*room
	s.mu.Read(func() {
		for j, l := range s.names {
			if l.public && j.Domain() == host {
				list = append(list, Listed{JID: j, Name: l.name, Description: l.description, Lang: l.lang, Open: l.open, NonAnonymous: l.nonAnonymous})
				loaded = append(loaded, s.rooms[j])
			}
		}
	})
	for i, r := range loaded {
		if r != nil {
			r.mu.Do(func() { list[i].Occupants = len(r.occupants) })
		}
	}
	slices.SortFunc(list, func(a, b Listed) int { return strings.Compare(a.JID.String(), b.JID.String()) })
	return list
}
