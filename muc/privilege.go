package muc

// Affiliation is what somebody is to a room for good, in the order of power (XEP-0045 § 5.2).
type Affiliation int8

// The affiliations.
const (
	Outcast Affiliation = iota - 1
	None
	Member
	Admin
	Owner
)

// String returns the affiliation as it is written on the wire.
func (a Affiliation) String() string {
	return [...]string{"outcast", "none", "member", "admin", "owner"}[a+1]
}

// ParseAffiliation reads an affiliation as it is written on the wire.
func ParseAffiliation(s string) (Affiliation, bool) {
	for a := Outcast; a <= Owner; a++ {
		if a.String() == s {
			return a, true
		}
	}
	return None, false
}

// Role is what an occupant may do in a room during a visit, in the order of power (XEP-0045 § 5.1).
type Role int8

// The roles.
const (
	NoRole Role = iota
	Visitor
	Participant
	Moderator
)

// String returns the role as it is written on the wire.
func (r Role) String() string { return [...]string{"none", "visitor", "participant", "moderator"}[r] }

// ParseRole reads a role as it is written on the wire.
func ParseRole(s string) (Role, bool) {
	for r := NoRole; r <= Moderator; r++ {
		if r.String() == s {
			return r, true
		}
	}
	return NoRole, false
}

// initialRole is the role with which somebody enters (XEP-0045 § 5.1.2).
func initialRole(a Affiliation, c *settings) Role {
	switch {
	case a >= Admin:
		return Moderator
	case a == Outcast, a == None && c.MembersOnly:
		return NoRole
	case c.Announcement, a == None && c.Moderated:
		return Visitor
	}
	return Participant
}

// verdict is the outcome of a question about privileges.
type verdict uint8

const (
	allowed    verdict = iota
	forbidden          // the actor lacks the privilege as such
	notAllowed         // the actor has it, but not over this one
	conflict           // the actor would harm itself or leave the room without owner
)

// party is somebody's standing in a room.
type party struct {
	aff  Affiliation
	role Role
}

// changeRole decides whether actor may give target the role to; self tells that both are the same occupant.
func changeRole(actor, target party, to Role, self bool) verdict {
	switch {
	case actor.role != Moderator:
		return forbidden // § 8: any of these requests from somebody who is no moderator
	case to == target.role:
		return allowed
	case to == NoRole: // § 8.2: kick
		if self {
			return conflict
		}
		if target.aff > actor.aff {
			return notAllowed
		}
		if target.role == Moderator && actor.aff < Admin {
			return notAllowed // § 5.1.3: a moderator is kicked by an admin or owner
		}
		return allowed
	case to == Visitor && (target.aff >= Admin || target.aff >= actor.aff && target.aff > None): // § 8.4; none is no affiliation (§ 5.2)
		return notAllowed
	case to == Moderator || target.role == Moderator: // § 9.6, § 9.7
		if to != Moderator && target.aff >= Admin {
			return notAllowed // § 5.1.3: whoever asks
		}
		if actor.aff < Admin {
			return forbidden
		}
		return allowed
	}
	return allowed // § 8.3, § 8.4: voice
}

// changeAffiliation decides whether actor may make a target of affiliation from one of affiliation to. lastOwner tells
// that the target is the only owner.
func changeAffiliation(actor, from, to Affiliation, self, lastOwner bool) verdict {
	if actor < Admin {
		return forbidden // § 9
	}
	if self && to == Outcast {
		return conflict // § 9.1
	}
	if actor < Owner {
		switch {
		case to == Outcast && from >= Admin:
			return notAllowed // § 9.1, § 5.2.2
		case from >= Admin || to >= Admin:
			return forbidden // § 10.3 to § 10.8: owners edit these lists
		}
		return allowed
	}
	if from == Owner && to != Owner && lastOwner {
		return conflict // § 10.4
	}
	return allowed
}
