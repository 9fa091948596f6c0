package roster

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"myna/xmpp"
)

// TestChurn: groups change while everybody signs in and out; in the end everybody sees exactly the colleagues who are online.
func TestChurn(t *testing.T) {
	w := newTown(t, 8, 3)
	var group atomic.Int64 // the team is the three accounts from this one on
	at := func(n int64) []xmpp.JID { return []xmpp.JID{w.who[n%8], w.who[(n+1)%8], w.who[(n+2)%8]} }
	w.Options.Teams = func(account xmpp.JID) []Team {
		if tm := teamOf(at(group.Load())...); tm.Has(account) {
			return []Team{tm}
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	var runs, work sync.WaitGroup
	runs.Go(func() { w.freshen(ctx) })
	watcher := w.come(w.who[0].String() + "/watcher")
	for n := 1; n < 8; n++ {
		work.Go(func() {
			for range 30 {
				s := w.bind(w.who[n].String() + "/x")
				w.send(s, `<presence/>`)
				if n%2 == 0 {
					w.end(s)
				} else {
					w.send(s, `<presence type="unavailable"/>`)
					w.send(s, `<presence/>`)
					w.end(s)
				}
			}
			w.send(w.bind(w.who[n].String()+"/x"), `<presence/>`)
		})
	}
	work.Go(func() {
		for n := int64(1); n <= 104; n++ {
			group.Store(n)
			w.TeamChanged(append(at(n-1), at(n)...), 3, 3)
		}
	})
	work.Wait()
	stop()
	runs.Wait()
	w.settle()
	there := map[string]bool{}
	for _, x := range watcher.take() {
		if strings.HasPrefix(x, "<presence") {
			_, rest, _ := strings.Cut(x, `from="`)
			from, _, _ := strings.Cut(rest, "@")
			there[from] = !strings.Contains(x, `type="unavailable"`)
		}
	}
	for n := 1; n < 8; n++ {
		if name := w.who[n].Local(); there[name] != w.see(0, n) {
			t.Errorf("%s is shown as online: %v, a colleague: %v", name, there[name], w.see(0, n))
		}
	}
}
