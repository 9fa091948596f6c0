package router_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
)

// archives keeps every message with a body, at both sides.
func archives(r *hook.Registrar) {
	keep := func(p *hook.Packet) error {
		if p.Has("jabber:client", "body") {
			p.Keep(storage.Entry{Owner: p.Owner})
		}
		return nil
	}
	r.Sent(hook.Archive, keep)
	r.Received(hook.Archive, keep)
	r.IQ(hook.Account, "get", "urn:test", "q", answerNothing)
}

// TestCommitFirst: a stanza that is archived is neither delivered nor acknowledged before it is durable, and what the
// same client sends behind it keeps its place.
func TestCommitFirst(t *testing.T) {
	w := newWorld(t, archives)
	romeo, juliet := w.session("romeo@example.net/o", 0), w.session("juliet@example.net/b", 0)
	var acked []uint32
	w.send(romeo, `<message to="juliet@example.net"><body>1</body></message>`)
	romeo.in.WhenHandled(func(h uint32) { acked = append(acked, h) })
	w.send(romeo, `<message to="juliet@example.net"><active xmlns="urn:s"/></message>`) // nothing keeps it
	romeo.in.WhenHandled(func(h uint32) { acked = append(acked, h) })
	if got := juliet.take(); len(got) > 0 || len(acked) > 0 || romeo.in.Handled() != 0 {
		t.Fatalf("before the commit: %q, acknowledged %d", got, acked)
	}
	w.log.commit(1)
	if got := juliet.take(); len(got) != 1 || !strings.Contains(got[0], "<body>1</body>") || !strings.Contains(got[0], `<stanza-id xmlns="urn:xmpp:sid:0" by="juliet@example.net" id="2"/>`) {
		t.Fatalf("after the first commit: %q", got)
	}
	w.log.commit(1)
	if got := juliet.take(); len(got) != 1 || !strings.Contains(got[0], "urn:s") {
		t.Fatalf("after the second commit: %q", got)
	}
	if want := []uint32{1, 2}; !reflect.DeepEqual(acked, want) {
		t.Errorf("acknowledged %d, want %d", acked, want)
	}
}

// TestRequestWaits: a request goes on only when the messages before it are delivered.
func TestRequestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, archives)
		romeo := w.session("romeo@example.net/o", 0)
		w.send(romeo, `<message to="juliet@example.net"><body>1</body></message>`)
		request := w.stanza(romeo, `<iq type="get" id="q"><q xmlns="urn:test"/></iq>`)
		go w.FromClient(romeo.in, request)
		synctest.Wait()
		if got := romeo.take(); len(got) > 0 {
			t.Fatalf("answered before the message was committed: %q", got)
		}
		w.log.commit(1)
		synctest.Wait()
		if got := romeo.take(); len(got) != 1 || !strings.Contains(got[0], `id="q"`) {
			t.Fatalf("got %q", got)
		}
	})
}

// TestFailedCommit: a sender learns that its message was not kept, and nobody gets it.
func TestFailedCommit(t *testing.T) {
	w := newWorld(t, archives)
	romeo, juliet := w.session("romeo@example.net/o", 0), w.session("juliet@example.net/b", 0)
	w.log.fail = errors.New("disk full")
	w.send(romeo, `<message to="juliet@example.net" id="1"><body>1</body></message>`)
	w.log.commit(1)
	if got := romeo.take(); condition(got) != "internal-server-error" || strings.Contains(got[0], "disk") {
		t.Errorf("the sender gets %q", got)
	}
	if got := juliet.take(); len(got) > 0 {
		t.Errorf("delivered: %q", got)
	}
	if h := romeo.in.Handled(); h != 1 {
		t.Errorf("%d handled", h)
	}
	w.log.fail = fmt.Errorf("write: %w", storage.ErrFull) // RFC 6120 § 8.3.3.18
	w.send(romeo, `<message to="juliet@example.net" id="2"><body>2</body></message>`)
	w.log.commit(1)
	if got := romeo.take(); condition(got) != "resource-constraint" || !strings.Contains(got[0], `type="wait"`) {
		t.Errorf("the sender gets %q of a full disk", got)
	}
}

// TestBusy: while the log's queue is full the sender's reads pause; after a deadline it is told.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, archives)
		romeo := w.session("romeo@example.net/o", 0)
		w.log.err = storage.ErrBusy
		w.send(romeo, `<message to="juliet@example.net" id="1"><body>1</body></message>`)
		if got := condition(romeo.take()); got != "resource-constraint" {
			t.Errorf("got %s", got)
		}
		romeo.in.Wait() // nothing is on its way
		w.log.err = nil
		w.send(romeo, `<message to="juliet@example.net" id="2"><body>2</body></message>`)
		w.log.commit(1)
		if h := romeo.in.Handled(); h != 2 {
			t.Errorf("%d handled", h)
		}
	})
}

// TestHold: a stanza that a service holds is not acknowledged, nor is what comes behind it; the same release called twice
// counts once.
func TestHold(t *testing.T) {
	var release []func()
	w := newWorld(t, func(r *hook.Registrar) {
		r.Host("groups", func(p *hook.Packet) error {
			release = append(release, p.Hold(), p.Hold())
			return nil
		})
	})
	romeo := w.session("romeo@example.net/o", 0)
	w.send(romeo, `<message to="a@groups.example.net"><body>1</body></message>`)
	w.send(romeo, `<message to="a@groups.example.net"><body>2</body></message>`)
	for i, want := range []uint32{0, 0, 0, 2} { // the second message first
		release[(i+2)%4]()
		release[(i+2)%4]()
		if h := romeo.in.Handled(); h != want {
			t.Errorf("after %d releases %d are handled, want %d", i+1, h, want)
		}
	}
}

// TestPanic: a module that panics on the log's goroutine ends nothing but the stanza.
func TestPanic(t *testing.T) {
	w := newWorld(t, func(r *hook.Registrar) {
		archives(r)
		r.Received(hook.Copy, func(*hook.Packet) error { panic("test") })
	})
	romeo := w.session("romeo@example.net/o", 0)
	w.session("juliet@example.net/b", 0)
	w.send(romeo, `<message to="juliet@example.net" id="1"><body>1</body></message>`)
	w.log.commit(1)
	romeo.in.Wait()
	if h := romeo.in.Handled(); h != 1 {
		t.Errorf("%d handled", h)
	}
	if got := condition(romeo.take()); got != "internal-server-error" {
		t.Errorf("got %s", got)
	}
}

// TestInboundOrder completes stanzas in any order, on many goroutines, near the end of the count: it goes on over 2^32
// (XEP-0198 § 4) and never back.
func TestInboundOrder(t *testing.T) {
	release := make(chan func(), 64)
	w := newWorld(t, func(r *hook.Registrar) {
		r.Host("groups", func(p *hook.Packet) error {
			release <- p.Hold()
			return nil
		})
	})
	romeo := w.session("romeo@example.net/o", 0)
	romeo.in.StartAt(1<<32 - 20)
	var all []func()
	asked := 0
	var mu sync.Mutex
	for i := range 40 {
		w.send(romeo, `<message to="a@groups.example.net"><body>1</body></message>`)
		all = append(all, <-release)
		before := romeo.in.Taken()
		romeo.in.WhenHandled(func(h uint32) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			if int32(h-before) < 0 {
				t.Errorf("stanza %d is told before it is handled: %d, %d", i, h, before)
			}
		})
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var work sync.WaitGroup
	for _, f := range all {
		work.Go(f)
	}
	work.Wait()
	if h := romeo.in.Handled(); h != 20 || asked != 40 {
		t.Errorf("handled %d, told %d times", h, asked)
	}
}

// TestAskAgain: a request that has the id of another one does not get the other's time-out.
func TestAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		juliet := w.session("juliet@example.net/b", 0)
		var told []string
		ask := func(name string) {
			iq := xmpp.NewIQ(address(t, "example.net"), juliet.jid, "get", "same", xmpp.El("urn:test", "q"))
			if err := w.Ask(iq, func(_ *xmpp.Stanza, err error) { told = append(told, fmt.Sprint(name, err)) }); err != nil {
				t.Error(err)
			}
		}
		ask("first ")
		time.Sleep(20 * time.Second)
		ask("second ")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		w.send(juliet, `<iq type="result" id="same" to="example.net"/>`)
		if want := []string{"first " + router.ErrTimeout.Error(), "second <nil>"}; !reflect.DeepEqual(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}
