package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func entry(owner, peer, text string) storage.Entry {
	return storage.Entry{Owner: id(owner), Peer: id(peer), Kind: "chat", Stanza: []byte(text)}
}

// all returns an owner's archive as texts.
func all(t *testing.T, s storage.Archive, owner xmpp.JID) (out []string) {
	t.Helper()
	list, _, err := s.Query(t.Context(), storage.Query{Owner: owner, Max: 1 << 20})
	check(t, err)
	for _, r := range list {
		out = append(out, string(r.Stanza))
	}
	return out
}

func testAppend(t *testing.T, s storage.Store) {
	lan, before := id("lan@example.com"), time.Now().Truncate(time.Microsecond)
	e := storage.Entry{Owner: lan, Peer: id("an@example.org/ph ône"), Kind: "chat", Flags: storage.Sent | storage.NoBody,
		Origin: "o-1", Stanza: []byte("<message>ệ\x00</message>")}
	bare := storage.Entry{Owner: lan, Peer: id("example.org"), Stanza: []byte("y")}
	none := storage.Entry{Owner: lan, Kind: "headline", Stanza: []byte("x")}
	ids := must[[]int64](t)(s.Append(t.Context(), e, bare, none))
	same(t, "ids", len(ids), 3)
	if ids[0] >= ids[1] || ids[1] >= ids[2] {
		t.Fatalf("ids %v do not grow", ids)
	}
	list, _, err := s.Query(t.Context(), storage.Query{Owner: lan, Max: 9})
	check(t, err)
	equal(t, "records", list, []storage.Record{{Entry: e, ID: ids[0]}, {Entry: bare, ID: ids[1]}, {Entry: none, ID: ids[2]}})
	if at := list[0].Time(); at.Before(before) || at.After(time.Now().Add(time.Second)) {
		t.Fatalf("time of arrival is %v, now is %v", at, time.Now())
	}
	if err := s.AppendAsync([]storage.Entry{{Peer: lan}}, func([]int64, error) {}); err == nil {
		t.Fatal("an entry without owner was accepted")
	}
}

func testAppendOrder(t *testing.T, s storage.Store) {
	var order []int // of the log's goroutine
	done := make(chan error)
	var last int64
	for i := range 1000 {
		list := make([]storage.Entry, i%4)
		for k := range list {
			list[k] = entry("lan@example.com", "an@example.com", fmt.Sprint(i, " ", k))
		}
		check(t, s.AppendAsync(list, func(ids []int64, err error) {
			order = append(order, i)
			if err != nil || len(ids) != i%4 {
				t.Errorf("request %d: ids %v, error %v", i, ids, err)
			}
			for _, id := range ids {
				if id <= last {
					t.Errorf("id %d after %d", id, last)
				}
				last = id
			}
		}))
	}
	check(t, s.AppendAsync(nil, func(_ []int64, err error) { done <- err })) // a barrier
	check(t, <-done)
	same(t, "calls", len(order), 1000)
	for i, n := range order {
		same(t, "call", n, i)
	}
	same(t, "records", len(all(t, s, id("lan@example.com"))), 1500)
}

// testBusy fills the queue behind a call back that blocks the log.
func testBusy(t *testing.T, s storage.Store) {
	blocked, release, calls := make(chan struct{}), make(chan struct{}), 0
	check(t, s.AppendAsync([]storage.Entry{entry("a@example.com", "b@example.com", "first")}, func([]int64, error) {
		close(blocked)
		<-release
	}))
	<-blocked
	accepted, body := 0, make([]byte, 64<<10)
	e := storage.Entry{Owner: id("a@example.com"), Stanza: body}
	var err error
	for ; accepted < 1<<14 && err == nil; accepted++ {
		err = s.AppendAsync([]storage.Entry{e}, func([]int64, error) { calls++ })
	}
	wantErr(t, err, storage.ErrBusy)
	accepted--
	fill := func() float64 { return 0 }
	if q, ok := s.(interface{ Fill() float64 }); ok {
		if fill = q.Fill; fill() < 0.9 || fill() > 1 {
			t.Errorf("what takes nothing more is full to %v", fill())
		}
	}
	close(release)
	done := make(chan struct{})
	for errors.Is(s.AppendAsync(nil, func([]int64, error) { close(done) }), storage.ErrBusy) {
	}
	<-done
	same(t, "calls", calls, accepted)
	must[[]int64](t)(s.Append(t.Context(), e))
	if fill() > 0.1 {
		t.Errorf("what has written all is full to %v", fill())
	}
}

func testConcurrent(t *testing.T, s storage.Store) {
	const people, messages = 8, 40
	var wg sync.WaitGroup
	for p := range people {
		owner := fmt.Sprintf("u%d@example.com", p)
		wg.Go(func() {
			for i := range messages {
				peer := fmt.Sprintf("u%d@example.com/r%d", i%people, i%3)
				ids, err := s.Append(t.Context(), entry(owner, peer, fmt.Sprint(i)), entry("room@example.com", peer, owner))
				if err != nil || ids[0] >= ids[1] {
					t.Errorf("append: %v %v", ids, err)
				}
				s.Confirm(id(owner), ids[0])
				_, err = s.PutRosterItem(t.Context(), id(owner), storage.RosterItem{JID: id(peer).Bare()})
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			var seen int64
			for range messages {
				_, last, err := s.Bounds(t.Context(), id("room@example.com"))
				if err != nil && !errors.Is(err, storage.ErrNotFound) {
					t.Error(err)
				}
				if last.ID < seen {
					t.Errorf("the archive's end went back from %d to %d", seen, last.ID)
				}
				seen = last.ID
				if _, _, err := s.Waiting(t.Context(), id(owner), 0, storage.Most{Records: 10}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for p := range people {
		got := all(t, s, id(fmt.Sprintf("u%d@example.com", p)))
		same(t, "records", len(got), messages)
		for i, text := range got {
			same(t, "record", text, fmt.Sprint(i))
		}
	}
	same(t, "room's records", len(all(t, s, id("room@example.com"))), people*messages)
}

func testClosed(t *testing.T, s storage.Store) {
	var calls []error
	for range 100 {
		check(t, s.AppendAsync([]storage.Entry{entry("a@example.com", "b@example.com", "x")}, func(_ []int64, err error) {
			calls = append(calls, err)
		}))
	}
	check(t, s.Close())
	same(t, "calls of what was accepted before Close", len(calls), 100)
	wantErr(t, errors.Join(calls...), nil)
	_, err := s.Append(t.Context(), entry("a@example.com", "b@example.com", "x"))
	wantErr(t, err, storage.ErrClosed)
	wantErr(t, s.PutDoc(t.Context(), id("a@example.com"), "x", "y", nil), storage.ErrClosed)
	_, err = s.Doc(t.Context(), id("a@example.com"), "x", "y")
	wantErr(t, err, storage.ErrClosed)
}
