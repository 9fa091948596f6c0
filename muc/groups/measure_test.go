package groups

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// watch notes when members are told of a room, and under which name.
type watch struct {
	mu   sync.Mutex
	told map[xmpp.JID]map[string]int // room → name → members; guarded by mu
	more chan struct{}               // holds one
}

func (w *watch) Added(_ xmpp.JID, g Group) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told[g.Room] == nil {
		w.told[g.Room] = map[string]int{}
	}
	w.told[g.Room][g.Name]++
	select {
	case w.more <- struct{}{}:
	default:
	}
	return nil
}
func (w *watch) Changed(who xmpp.JID, g Group) error { return w.Added(who, g) }
func (w *watch) Removed(xmpp.JID, Group) error       { return nil }

// until waits until n members know a room by a name.
func (w *watch) until(t *testing.T, room xmpp.JID, name string, n int) {
	t.Helper()
	late := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		got := w.told[room][name]
		w.mu.Unlock()
		if got >= n {
			return
		}
		select {
		case <-w.more:
		case <-late:
			t.Fatalf("%d of %d members know %s as %q", got, n, room, name)
		}
	}
}

// From saving an alias until its members are told, with 200 accounts in 50 groups of 200.
func TestSaveToVisible(t *testing.T) {
	const accounts, groups = 200, 50
	w := newTown(t, 1)
	w.folk = nil
	for i := range accounts {
		w.folk = append(w.folk, storage.Account{JID: jid(fmt.Sprintf("user%03d@example.com", i)), Name: fmt.Sprintf("Person %d", i%150)})
	}
	seen := &watch{told: map[xmpp.JID]map[string]int{}, more: make(chan struct{}, 1)}
	w.service.Follower = seen
	var running sync.WaitGroup
	running.Go(func() { w.service.Run(w.ctx) })
	defer running.Wait()
	defer w.stop()

	room := func(i int) xmpp.JID { return jid(fmt.Sprintf("g%02d@groups.example.com", i)) }
	save := func(i int, name string) {
		al := storage.Alias{JID: jid(fmt.Sprintf("g%02d@example.com", i)), Name: name, GroupChat: true, Created: time.Unix(int64(i), 0)}
		for _, a := range w.folk {
			al.Targets = append(al.Targets, a.JID.String())
		}
		w.check(w.store.PutAlias(w.ctx, al))
		w.service.Changed(al.JID)
	}
	start := time.Now()
	for i := range groups {
		save(i, "first")
	}
	for i := range groups {
		seen.until(t, room(i), "first", accounts)
	}
	t.Logf("%d groups of %d: all members told %v after the first was saved", groups, accounts, time.Since(start).Round(time.Millisecond))

	var times []time.Duration
	for i := range 20 {
		start := time.Now()
		save(i, "second")
		seen.until(t, room(i), "second", accounts)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	median, worst := times[len(times)/2], times[len(times)-1]
	t.Logf("one alias saved, its %d members told: median %v, worst %v", accounts, median.Round(time.Millisecond), worst.Round(time.Millisecond))
	if worst > 2*time.Second {
		t.Errorf("it took %v until all members were told; 2 s are promised", worst)
	}
}
