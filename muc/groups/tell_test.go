package groups

import (
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// Whom a group cannot be told of, because storage fails, is told later, and nobody else is told twice; what is to be told is not
// forgotten over a restart.
func TestToldAgain(t *testing.T) {
	w := newTown(t, 1)
	al := storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), Targets: []string{"a@example.com", "b@example.com", "c@example.com"}}
	w.folk = nil
	for _, who := range al.Targets {
		w.folk = append(w.folk, storage.Account{JID: jid(who), Created: w.now.UTC()})
	}
	room := jid("sales@groups.example.com")
	for step, c := range []struct {
		change func()
		sees   func(g Group, there bool) bool
	}{
		{func() {}, func(_ Group, there bool) bool { return there }},
		{func() { al.Name = "Sales" }, func(g Group, _ bool) bool { return g.Name == "Sales" }},
		{func() { al.Targets = nil }, func(_ Group, there bool) bool { return !there }},
	} {
		c.change()
		w.check(w.store.PutAlias(w.ctx, al))
		calls := &oneFails{follower: follower{w.view, w.store}, who: jid("b@example.com")}
		w.service.Follower = calls
		if _, ok := w.service.pass(w.ctx); ok {
			t.Fatalf("step %d: the group is up to date, although somebody was not told", step)
		}
		for _, who := range w.folk {
			g, there := w.view[who.JID][room]
			if c.sees(g, there) == (who.JID == calls.who) {
				t.Errorf("step %d: %s sees %v %t", step, who.JID, g, there)
			}
		}
		if step == 1 {
			w.die()
			w.live()
			w.service.Follower = calls
		}
		if _, ok := w.service.pass(w.ctx); !ok {
			t.Errorf("step %d: not up to date", step)
		}
		if g, there := w.view[calls.who][room]; !c.sees(g, there) {
			t.Errorf("step %d: %s sees %v %t in the end", step, calls.who, g, there)
		}
		if calls.n != 4 {
			t.Errorf("step %d: %d calls for 3 members and one failure", step, calls.n)
		}
	}
}

// oneFails is a follower that fails once for somebody.
type oneFails struct {
	follower
	who    xmpp.JID
	failed bool
	n      int
}

func (o *oneFails) try(who xmpp.JID, then func(xmpp.JID, Group) error, g Group) error {
	if o.n++; who == o.who && !o.failed {
		o.failed = true
		return errBroken
	}
	return then(who, g)
}

func (o *oneFails) Added(who xmpp.JID, g Group) error   { return o.try(who, o.follower.Added, g) }
func (o *oneFails) Changed(who xmpp.JID, g Group) error { return o.try(who, o.follower.Changed, g) }
func (o *oneFails) Removed(who xmpp.JID, g Group) error { return o.try(who, o.follower.Removed, g) }
