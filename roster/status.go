package roster

import (
	"myna/hook"
	"myna/xmpp"
)

// Status is what people see of an account over all its devices.
type Status string

// The statuses.
const (
	Offline      Status = "offline"
	Available    Status = "available"
	Chat         Status = "chat" // available, and likes to talk
	Away         Status = "away"
	ExtendedAway Status = "xa"
	DoNotDisturb Status = "dnd"
)

// Status returns an account's status: Do Not Disturb where one device says so, else the best of all devices.
func (r *Roster) Status(account xmpp.JID) Status {
	best := Offline
	for _, s := range r.Router.Sessions(account.Bare()) {
		if st := statusOf(s.Presence()); rank(st) > rank(best) {
			best = st
		}
	}
	return best
}

func statusOf(p *hook.Presence) Status {
	if p == nil {
		return Offline
	}
	if p.Show == "" {
		return Available
	}
	return Status(p.Show)
}

func rank(s Status) int {
	switch s {
	case DoNotDisturb:
		return 5
	case Chat:
		return 4
	case Available:
		return 3
	case Away:
		return 2
	case ExtendedAway:
		return 1
	}
	return 0
}
