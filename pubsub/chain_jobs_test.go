package pubsub

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// What nodes repeat of each other in a row ends somewhere (XEP-0253 § 2 says nothing of it).
func TestChainsInARow(t *testing.T) {
	w, _ := chainWorld(t)
	last := maxHops + 3
	for i := range last + 1 {
		w.create(romeo, fmt.Sprint("n", i))
	}
	for i := range last {
		w.chained(romeo, fmt.Sprint("n", i+1), host, fmt.Sprint("n", i))
	}
	has := func(n int, id string) bool {
		return strings.Contains(w.must(romeo, xmpp.TypeGet, ns.PubSub, fmt.Sprintf(`<items node="n%d"/>`, n)), `id="`+id+`"`)
	}
	w.publishAt(romeo, "n0", "1", "x")
	if n := w.pump(); n != maxHops+1 {
		t.Errorf("%d jobs for one item", n)
	}
	if !has(maxHops, "1") || has(maxHops+1, "1") {
		t.Errorf("the item is where it should not be, or not where it should")
	}
	w.publishAt(romeo, fmt.Sprint("n", maxHops), "2", "x") // where it is published it begins
	w.pump()
	if !has(last, "2") {
		t.Error("an item does not come as far as it may")
	}
}

func queued(c *chains, by xmpp.JID, n int) (taken int) {
	for range n {
		if c.put(job{by: by, items: 1}) {
			taken++
		}
	}
	return taken
}

// Who has much repeated waits for it, and nobody else does.
func TestChainsShare(t *testing.T) {
	w := newWorld(t)
	mallory, romeo := w.jid("mallory@example.net"), w.jid(romeo).Bare()
	synctest.Test(t, func(t *testing.T) {
		c := &chains{loaded: true}
		c.start()
		if n := queued(c, mallory, maxJobs); n != maxJobsOfOne {
			t.Errorf("%d jobs of one wait", n)
		}
		queued(c, romeo, 1)
		c.put(job{end: &link{}})
		var order []string
		for range 4 {
			j, _ := c.next(time.Now())
			order = append(order, j.by.Local())
		}
		if got := strings.Join(order, ","); got != "mallory,romeo,,mallory" {
			t.Errorf("the order is %s", got)
		}
		n := 2
		for _, ok := c.next(time.Now()); ok; _, ok = c.next(time.Now()) {
			n++
		}
		if n != carryBurst {
			t.Errorf("%d go at once", n)
		}
		begin := time.Now()
		<-c.wake // of the jobs before
		if _, ok := c.next(time.Now()); ok {
			t.Error("one goes too early")
		}
		<-c.wake // when it is time
		if _, ok := c.next(time.Now()); !ok || time.Since(begin) < time.Second/carryRate {
			t.Errorf("after %v there is another one: %v", time.Since(begin), ok)
		}
		if c.emptyQueues(time.Now()); c.jobs.of[mallory] == nil || c.jobs.of[romeo] != nil {
			t.Error("a queue is forgotten too early, or one that is full again is kept")
		}
		c.jobs.later.Stop()
	})
}
