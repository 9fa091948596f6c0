package groups

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"myna/xmpp"
)

// Group is a group as one of its members sees it.
type Group struct {
	Room       xmpp.JID
	Name       string
	Nick       string // the member's
	Membership string // as in storage.Alias: "", "hide", "leave", "mandatory"
}

// live is a group in memory. It is never changed, only replaced.
type live struct {
	alias      xmpp.JID
	name       string
	membership string
	nicks      map[xmpp.JID]string // by member
}

// index is who is in which group. The reconciler writes it, everybody reads it.
type index struct {
	mu      sync.RWMutex
	rooms   map[xmpp.JID]*live             // guarded by mu
	aliases map[xmpp.JID]xmpp.JID          // address of an alias → its room; guarded by mu
	of      map[xmpp.JID]map[xmpp.JID]bool // account → rooms; guarded by mu
}

func (x *index) start() {
	x.rooms, x.aliases, x.of = map[xmpp.JID]*live{}, map[xmpp.JID]xmpp.JID{}, map[xmpp.JID]map[xmpp.JID]bool{}
}

// put replaces what is known of a room; nil: it is no group any more. It returns all who are or were members, unless the
// members are the same as before, and how many there were.
func (x *index) put(room xmpp.JID, g *live) (changed []xmpp.JID, before int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.rooms[room]
	changed = differ(old, g)
	if old != nil {
		before = len(old.nicks)
		if x.aliases[old.alias] == room {
			delete(x.aliases, old.alias)
		}
		for who := range old.nicks {
			if delete(x.of[who], room); len(x.of[who]) == 0 {
				delete(x.of, who)
			}
		}
	}
	if g == nil {
		delete(x.rooms, room)
		return changed, before
	}
	x.rooms[room], x.aliases[g.alias] = g, room
	for who := range g.nicks {
		if x.of[who] == nil {
			x.of[who] = map[xmpp.JID]bool{}
		}
		x.of[who][room] = true
	}
	return changed, before
}

// differ returns the members of two states of a group if they are not the same; nil is a group without any.
func differ(a, b *live) []xmpp.JID {
	all, common := map[xmpp.JID]bool{}, 0
	for who := range a.members() {
		all[who] = true
	}
	was := len(all)
	for who := range b.members() {
		if all[who] {
			common++
		}
		all[who] = true
	}
	if common == was && len(all) == was {
		return nil
	}
	return slices.Collect(maps.Keys(all))
}

// members are those of a group, which may be nil.
func (g *live) members() iter.Seq[xmpp.JID] {
	if g == nil {
		return func(func(xmpp.JID) bool) {}
	}
	return maps.Keys(g.nicks)
}

// Team is the members of a group at one moment. It never changes.
type Team struct{ nicks map[xmpp.JID]string }

// Len returns how many there are.
func (t Team) Len() int { return len(t.nicks) }

// Has tells whether an account is one of them.
func (t Team) Has(account xmpp.JID) bool {
	_, ok := t.nicks[account]
	return ok
}

// All goes over them, in no order.
func (t Team) All() iter.Seq[xmpp.JID] { return maps.Keys(t.nicks) }

// teams lists the groups of an account by their members.
func (x *index) teams(account xmpp.JID) []Team {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]Team, 0, len(x.of[account]))
	for room := range x.of[account] {
		list = append(list, Team{x.rooms[room].nicks})
	}
	return list
}

// alias returns the room of an alias' address, and whether somebody is a member of it.
func (x *index) alias(address, who xmpp.JID) (room xmpp.JID, member, ok bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	room, ok = x.aliases[address]
	return room, x.of[who][room], ok
}

// group returns what is known of a room, nil where it is no group.
func (x *index) group(room xmpp.JID) *live {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.rooms[room]
}

// groups lists the groups of an account by name.
func (x *index) groups(account xmpp.JID) []Group {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]Group, 0, len(x.of[account]))
	for room := range x.of[account] {
		list = append(list, x.rooms[room].seenBy(room, account))
	}
	slices.SortFunc(list, func(a, b Group) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Room.String(), b.Room.String())
	})
	return list
}

func (g *live) seenBy(room, account xmpp.JID) Group {
	return Group{Room: room, Name: g.name, Nick: g.nicks[account], Membership: g.membership}
}
