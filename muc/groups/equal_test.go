package groups

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Whatever breaks at whatever point: once nothing breaks any more, rooms, bookmarks and memory are what the aliases ask
// for, and a room has never changed hands.
func TestKilledAtAnyPoint(t *testing.T) {
	seeds, steps := uint64(20), 60
	if testing.Short() {
		seeds = 1
	}
	failed := map[string]bool{}
	for seed := range seeds {
		w := newTown(t, seed)
		for step := range steps {
			w.step()
			if step%6 == 5 {
				w.compare(seed, step)
			}
			w.holders(seed, step)
		}
		maps.Copy(failed, w.store.seen)
	}
	for _, name := range []string{"SetAliasRoom", "DropAlias", "ClearDirty", "PutDocs " + spaceRooms, "PutDocs " + spaceMembers, "PutDocs " + spaceFormer,
		"Erase", "PutRoom", "DeleteRoom", "SetAffiliations", "Added", "Changed", "Removed"} {
		if !failed[name] && !testing.Short() {
			t.Errorf("%s has never failed: the test proves nothing about it", name)
		}
	}
}

// compare checks that everything is what the aliases ask for.
func (w *town) compare(seed uint64, step int) {
	w.Helper()
	for range 3 { // what a round purges is queued again
		if _, ok := w.service.pass(w.ctx); !ok {
			w.Fatalf("seed %d, step %d: not up to date although nothing fails", seed, step)
		}
	}
	rows, err := w.store.Dirty(w.ctx, 10)
	w.check(err)
	if len(rows) > 0 {
		w.Errorf("seed %d, step %d: the outbox has %v", seed, step, rows)
	}
	got, want := w.state(), w.wanted()
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if want[key] != got[key] {
			w.Errorf("seed %d, step %d: %s is %q, want %q", seed, step, key, got[key], want[key])
		}
		delete(want, key)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w.Errorf("seed %d, step %d: %s is missing: %q", seed, step, key, want[key])
	}
	if w.Failed() {
		w.FailNow()
	}
}

// state is what rooms there are, who is in them, and what clients and the server know of that.
func (w *town) state() map[string]string {
	m := map[string]string{}
	rooms, err := w.store.Rooms().Rooms(w.ctx, "")
	w.check(err)
	for _, r := range rooms {
		m["room "+r.JID.String()] = fmt.Sprint(r.Group, r.Config["roomname"], r.Config["x-announcement"], r.Config["membersonly"],
			policies(r.Config["x-newcomers"], r.Config["x-retention"], r.Config["x-filesoff"] == "1", r.Config["x-callall"], r.Config["x-mayleave"] == "1"))
		affs, err := w.store.Rooms().Affiliations(w.ctx, r.JID)
		w.check(err)
		for _, a := range affs {
			m["affiliation "+r.JID.String()+" "+a.JID.String()] = fmt.Sprint(a.Affiliation, a.Nick, a.Managed)
			if a.JID.Local() != "" {
				w.dated(r.JID, a)
			}
		}
	}
	for who, list := range w.view {
		for room, g := range list {
			m["client "+room.String()+" "+who.String()] = fmt.Sprint(g.Name, g.Nick)
		}
	}
	for _, a := range w.folk {
		for _, g := range w.service.GroupsOf(a.JID) {
			m["group "+g.Room.String()+" "+a.JID.String()] = fmt.Sprint(g.Name, g.Nick)
		}
	}
	return m
}

// wanted is the same as the aliases ask for it, found the simple way.
func (w *town) wanted() map[string]string {
	m := map[string]string{}
	all, err := w.store.Aliases(w.ctx, "")
	w.check(err)
	byName := map[string]*storage.Alias{}
	for i := range all {
		byName[all[i].JID.String()] = &all[i]
	}
	for i := range all {
		al := &all[i]
		if !al.Deleted.IsZero() && w.now.Sub(al.Deleted) >= undelete {
			m["alias "+al.JID.String()] = "gone"
		}
		if !al.Deleted.IsZero() || !al.GroupChat {
			continue
		}
		name := al.Name
		if name == "" {
			name = al.JID.Local()
		}
		announcement := "0"
		if al.Announcement {
			announcement = "1"
		}
		m["room "+al.Room.String()] = fmt.Sprint(al.JID, name, announcement, "1", w.policies(al))
		m["affiliation "+al.Room.String()+" "+al.Room.Domain()] = fmt.Sprint("owner", "", true)
		reached := map[string]bool{}
		w.reach(byName, al, reached)
		left := w.left(al, reached)
		var members []Member
		for _, a := range w.folk {
			if reached[a.JID.String()] && !a.Disabled && !a.ChatOff && !left[a.JID.String()] {
				members = append(members, Member{JID: a.JID, Kind: Chat, Lead: slices.Contains(al.Leads, a.JID), Account: a})
			}
		}
		for _, p := range people(al.Room, members) {
			key := al.Room.String() + " " + p.JID.String()
			m["affiliation "+key] = fmt.Sprint(p.Affiliation, p.Nick, true)
			m["client "+key] = fmt.Sprint(name, p.Nick)
			m["group "+key] = m["client "+key]
		}
	}
	return m
}

func policies(newcomers, retention string, filesOff bool, callAll string, mayLeave bool) string {
	return fmt.Sprint(" newcomers=", newcomers, " retention=", retention, " no files=", filesOff, " all=", callAll, " leave=", mayLeave)
}

// policies are those that an alias asks for.
func (w *town) policies(al *storage.Alias) string {
	newcomers, retention, all := al.History, "", ""
	if newcomers == "all" {
		newcomers = ""
	}
	if al.RetentionDays > 0 {
		retention = fmt.Sprint(al.RetentionDays)
	}
	if al.Everyone {
		all = "moderators"
	}
	if al.MentionAllOff {
		all = "none"
	}
	return policies(newcomers, retention, al.FilesOff, all, al.Membership == "leave")
}

// left are those who have left a group. Nobody has whom the alias does not reach, or who may not leave.
func (w *town) left(al *storage.Alias, reached map[string]bool) map[string]bool {
	docs, err := w.store.ListDocs(w.ctx, al.Room, spaceLeft)
	w.check(err)
	left := map[string]bool{}
	for who := range docs {
		if left[who] = true; al.Membership != "leave" || !reached[who] {
			w.Errorf("%s is noted as having left %s (membership %q, reached %v)", who, al.JID, al.Membership, reached[who])
		}
	}
	return left
}

// dated checks since when somebody is a member: as long as the last time, or since then.
func (w *town) dated(room xmpp.JID, a storage.Affiliation) {
	key := room.String() + " " + a.JID.String()
	before, known := w.since[key]
	if since := a.Since; since.IsZero() || since.After(w.now) || known && since.Before(before.at) && !since.Equal(before.since) {
		w.Errorf("%s: a member since %v; at %v it was since %v", key, since, before.at, before.since)
	}
	w.since[key] = membership{a.Since, w.now}
}

// membership is since when somebody is a member, as it was seen at some time.
type membership struct{ since, at time.Time }

// reach adds what an alias reaches.
func (w *town) reach(byName map[string]*storage.Alias, al *storage.Alias, reached map[string]bool) {
	if reached[al.JID.String()] {
		return
	}
	reached[al.JID.String()] = true
	for _, target := range al.Targets {
		if next := byName[target]; next == nil {
			reached[target] = true
		} else if next.Deleted.IsZero() {
			w.reach(byName, next, reached)
		}
	}
	for _, a := range w.folk {
		if al.Everyone && a.JID.Domain() == al.JID.Domain() {
			reached[a.JID.String()] = true
		}
	}
}

// holders checks that an alias keeps its room, and that no other alias ever gets it.
func (w *town) holders(seed uint64, step int) {
	w.Helper()
	all, err := w.store.Aliases(w.ctx, "")
	w.check(err)
	for i := range all {
		if all[i].Room.IsZero() {
			continue
		}
		by := mark(&all[i])
		for other, room := range w.given {
			if (other == by) != (room == all[i].Room) {
				w.Fatalf("seed %d, step %d: %s has the room %s, but %s went to the alias made at %s", seed, step, all[i].JID, all[i].Room, room, other)
			}
		}
		w.given[by] = all[i].Room
	}
}
