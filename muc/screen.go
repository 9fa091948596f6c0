package muc

import "myna/xmpp"

// blocks tells whether an occupant's account blocks an address in the room: of another occupant, of the room, or of its host.
func (o *occupant) blocks(from xmpp.JID) bool { return o.screen != nil && o.screen(from) }

// Rescreen lets all rooms in which an account is follow a change of whom it blocks. It may read storage.
func (s *Service) Rescreen(account xmpp.JID) {
	if s.Screen == nil {
		return
	}
	account = account.Bare()
	seen := map[*room]bool{}
	for _, session := range s.Router.Sessions(account) {
		for _, r := range s.joined.Load(session) {
			if seen[r] {
				continue
			}
			seen[r] = true
			screen := s.Screen(account, r.jid.Domain())
			r.do(func() { r.rescreen(account, screen) })
		}
	}
}

// rescreen makes a block list that of an account's occupants. r.mu is held.
func (r *room) rescreen(account xmpp.JID, screen func(from xmpp.JID) bool) {
	for _, o := range r.of(account) {
		if o.screen != nil || screen != nil {
			o.screen = screen
			r.shift()
		}
	}
}
