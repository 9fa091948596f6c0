package groups_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"myna/admin"
	"myna/config"
	"myna/internal/bench/client"
	"myna/server"
	"myna/storage"
	"myna/xmpp"
)

// The town of the benchmark.
const (
	benchAccounts = 1000
	benchGroups   = 300
	benchMembers  = 20 // of each group; and one group for everyone
	benchDomain   = "example.net"
	benchPassword = "a pencil for the benchmark"
)

// watched is what the benchmark waits for: that some clients see something of a room.
type watched struct {
	mu   sync.Mutex
	room []byte
	sign []byte
	who  map[int]bool // guarded by mu, as the two above
	done chan struct{}
}

// saw looks at a stanza of a client.
func (w *watched) saw(who int, el []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.who[who] && bytes.Contains(el, w.sign) && bytes.Contains(el, w.room) {
		if delete(w.who, who); len(w.who) == 0 {
			close(w.done)
		}
	}
}

// await has clients do something and waits until all of them have seen what comes of it.
func (w *watched) await(b *testing.B, room, sign string, who []int, do func()) time.Duration {
	b.Helper()
	w.mu.Lock()
	w.room, w.sign, w.who, w.done = []byte(`"`+room), []byte(sign), map[int]bool{}, make(chan struct{})
	for _, i := range who {
		w.who[i] = true
	}
	done := w.done
	w.mu.Unlock()
	start := time.Now()
	do()
	select {
	case <-done:
	case <-time.After(time.Minute):
		w.mu.Lock()
		defer w.mu.Unlock()
		b.Fatalf("%d of %d clients have not seen %s of %s", len(w.who), len(who), sign, room)
	}
	return time.Since(start)
}

// benchTown is a server with everybody signed in and in the rooms of their groups.
type benchTown struct {
	*testing.B
	server  *server.Server
	clients []*client.Conn
	members [][]int // of each group; the last is for everyone
	watched watched
	rnd     *rand.Rand
}

func user(i int) string  { return fmt.Sprintf("u%d@%s", i, benchDomain) }
func group(i int) string { return fmt.Sprintf("g%d@%s", i, benchDomain) }
func place(i int) string { return fmt.Sprintf("g%d@groups.%s", i, benchDomain) }

func newBenchTown(b *testing.B) *benchTown {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir, cfg.TLS.PlaintextLoopback = []string{benchDomain}, b.TempDir(), true
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	cfg.Limits.BytesPerSecond, cfg.Limits.ConnectionsPerIP = 0, 0
	cfg.Modules = map[string]config.Section{"contacts": {"shared_roster": false}}
	s, err := server.Start(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	w := &benchTown{B: b, server: s, clients: make([]*client.Conn, benchAccounts), rnd: rand.New(rand.NewPCG(1, 1))}
	var reading sync.WaitGroup
	b.Cleanup(func() {
		for _, c := range w.clients {
			if c != nil {
				c.Abort()
			}
		}
		reading.Wait()
		if err := s.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
	})
	everybody(func(i int) {
		j, err := xmpp.ParseJID(user(i))
		if err == nil {
			err = s.Accounts().Create(b.Context(), storage.Account{JID: j, Name: fmt.Sprint("Person ", i)}, benchPassword)
		}
		if err == nil {
			w.clients[i], err = client.Dial(b.Context(), client.Options{
				Addr: s.ClientAddr().String(), Domain: benchDomain, User: j.Local(), Password: benchPassword, Resource: "x", Presence: true,
				Keys: new(client.Keys),
			})
		}
		if err != nil {
			b.Errorf("%s does not come: %v", user(i), err)
		}
	})
	if b.Failed() {
		b.FailNow()
	}
	for i, c := range w.clients {
		reading.Go(func() { _ = c.Run(client.Handler{Stanza: func(el []byte) { w.watched.saw(i, el) }}) })
	}
	return w
}

// everybody does something for all accounts, a few at a time.
func everybody(f func(i int)) {
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := k; i < benchAccounts; i += 8 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// do carries out an operation of administration.
func (w *benchTown) do(name string, request map[string]any) {
	w.Helper()
	body, err := json.Marshal(request)
	if err == nil {
		_, err = w.server.Admin().Do(w.Context(), admin.CommandLine(), name, body, func(admin.Progress) {})
	}
	if err != nil {
		w.Fatal(err)
	}
}

// found makes a group and has its members enter.
func (w *benchTown) found(i int, members []int, request map[string]any) {
	request["address"], request["group_chat"] = group(i), true
	w.watched.await(w.B, place(i), "<invite", members, func() { w.do("alias.create", request) })
	w.watched.await(w.B, place(i), `code="110"`, members, func() { w.enter(i, members...) })
	w.members = append(w.members, members)
}

func (w *benchTown) enter(i int, members ...int) {
	for _, m := range members {
		if err := w.clients[m].Send(fmt.Sprintf(`<presence to="%s/n%d"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, place(i), m)); err != nil {
			w.Error(err)
		}
	}
}

// save changes a random group and tells how long it took until everybody concerned saw it.
func (w *benchTown) save() time.Duration {
	g := w.rnd.IntN(len(w.members) - 1)
	switch w.rnd.IntN(4) {
	case 0: // another name: everybody in the room learns it
		if w.rnd.IntN(20) == 0 {
			g = len(w.members) - 1 // everyone
		}
		return w.watched.await(w.B, place(g), `code="104"`, w.members[g], func() {
			w.do("alias.set", map[string]any{"address": group(g), "name": fmt.Sprint("Name ", w.rnd.Int64())})
		})
	case 1: // somebody goes
		if k := w.rnd.IntN(len(w.members[g])); len(w.members[g]) > 1 {
			who := w.members[g][k]
			w.members[g] = slices.Delete(slices.Clone(w.members[g]), k, k+1)
			return w.watched.await(w.B, place(g), `code="321"`, []int{who}, func() {
				w.do("alias.remove", map[string]any{"address": group(g), "targets": []string{user(who)}})
			})
		}
	}
	who := w.rnd.IntN(benchAccounts) // somebody comes
	for slices.Contains(w.members[g], who) {
		who = (who + 1) % benchAccounts
	}
	d := w.watched.await(w.B, place(g), "<invite", []int{who}, func() {
		w.do("alias.add", map[string]any{"address": group(g), "targets": []string{user(who)}})
	})
	w.watched.await(w.B, place(g), `code="110"`, []int{who}, func() { w.enter(g, who) })
	w.members[g] = append(slices.Clone(w.members[g]), who)
	return d
}

// BenchmarkSaveToVisible is an alias that an administrator saves, until all whom it concerns have seen what comes of it: 1,000
// people who are signed in, in 300 groups and one for everyone.
func BenchmarkSaveToVisible(b *testing.B) {
	w := newBenchTown(b)
	for i := range benchGroups {
		members, targets := w.rnd.Perm(benchAccounts)[:benchMembers], []string{}
		for _, m := range members {
			targets = append(targets, user(m))
		}
		w.found(i, members, map[string]any{"targets": targets, "name": fmt.Sprint("Group ", i)})
	}
	w.found(benchGroups, w.rnd.Perm(benchAccounts), map[string]any{"targets": []string{}, "everyone": true})
	var times []time.Duration
	for b.Loop() {
		times = append(times, w.save())
	}
	slices.Sort(times)
	worst := times[len(times)-1]
	b.ReportMetric(float64(times[len(times)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(worst.Milliseconds()), "max-ms")
	if worst > 2*time.Second {
		b.Errorf("it took %v until what was saved was seen; 2 s are promised", worst)
	}
}
