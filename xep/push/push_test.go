package push

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// away is a router without sessions whose push service answers as told.
type away struct {
	asked atomic.Int64
	fails atomic.Bool
}

func (a *away) Sessions(xmpp.JID) []hook.Session  { return nil }
func (a *away) Target(string) (hook.Target, bool) { return "", false }
func (a *away) Ask(_ *xmpp.Element, done func(*xmpp.Stanza, error)) error {
	a.asked.Add(1)
	if a.fails.Load() {
		done(nil, errors.New("no answer"))
		return nil
	}
	done(&xmpp.Stanza{Kind: xmpp.IQ, Type: xmpp.TypeResult}, nil)
	return nil
}

func failing() *away {
	a := &away{}
	a.fails.Store(true)
	return a
}

// docs keeps documents of one space.
type docs map[string][]byte

func (d docs) Doc(_ context.Context, owner xmpp.JID, _, key string) ([]byte, error) {
	if b, ok := d[owner.String()+key]; ok {
		return b, nil
	}
	return nil, storage.ErrNotFound
}
func (d docs) PutDoc(_ context.Context, owner xmpp.JID, _, key string, b []byte) error {
	d[owner.String()+key] = b
	return nil
}
func (d docs) DeleteDoc(_ context.Context, owner xmpp.JID, _, key string) error {
	delete(d, owner.String()+key)
	return nil
}
func (d docs) PutDocs(context.Context, xmpp.JID, string, map[string][]byte) error { return nil }
func (d docs) DocKeys(context.Context, xmpp.JID, string) ([]string, error)        { return nil, nil }
func (d docs) ListDocs(context.Context, xmpp.JID, string) (map[string][]byte, error) {
	return nil, nil
}

// start runs a module for an account with one registration.
func start(t *testing.T, r *away) (*Push, xmpp.JID) {
	owner, err := xmpp.ParseJID("lan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{Config: config.NewOptions(DefaultConfig()), Docs: docs{}, Router: r, Logger: slog.New(slog.DiscardHandler),
		Enabled: func(xmpp.JID) bool { return true }})
	service, err := xmpp.ParseJID("push.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.registrations.edit(t.Context(), owner, func([]Registration) []Registration {
		return []Registration{{Service: service, Node: "n"}}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return p, owner
}

// A notification that could not be published is published later (§ 7.1), unless somebody has been there.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := failing()
		p, owner := start(t, r)
		p.Notify(owner, Said{From: owner, Body: "hi", There: true})
		synctest.Wait()
		if r.asked.Load() != 1 {
			t.Fatalf("asked %d times", r.asked.Load())
		}
		time.Sleep(firstPause + firstPause/2)
		synctest.Wait()
		if r.asked.Load() != 2 {
			t.Fatalf("asked %d times after a pause", r.asked.Load())
		}
		p.counts.reset(owner)
		time.Sleep(3 * firstPause)
		synctest.Wait()
		if r.asked.Load() != 2 || len(p.state.later) != 0 {
			t.Errorf("asked %d times though somebody was there, %d later", r.asked.Load(), len(p.state.later))
		}
	})
}

// A service that cannot be reached for long loses the registration (§ 7.1).
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := failing()
		p, owner := start(t, r)
		p.Notify(owner, Said{From: owner, Body: "hi", There: true})
		time.Sleep(2 * 24 * time.Hour)
		synctest.Wait()
		if list, err := p.registrations.of(t.Context(), owner); err != nil || len(list) != 0 || r.asked.Load() != maxFails {
			t.Errorf("%v, %v after %d failures", list, err, r.asked.Load())
		}
		if len(p.state.fails)+len(p.state.later)+len(p.state.busy) != 0 {
			t.Errorf("left: %+v", p.state)
		}
	})
}

// A success in between makes failures begin anew.
func TestRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := failing()
		p, owner := start(t, r)
		p.Notify(owner, Said{From: owner, Body: "hi", There: true})
		synctest.Wait()
		r.fails.Store(false)
		time.Sleep(2 * firstPause)
		synctest.Wait()
		if r.asked.Load() != 2 || len(p.state.fails)+len(p.state.later) != 0 {
			t.Errorf("asked %d times, left %+v", r.asked.Load(), p.state)
		}
	})
}

func TestCut(t *testing.T) {
	long := strings.Repeat("x", maxBody-1) + "ễ"
	if got := cut(long); got != strings.Repeat("x", maxBody-1)+"…" {
		t.Errorf("got …%q", got[maxBody-4:])
	}
	if got := cut("ễ"); got != "ễ" {
		t.Errorf("got %q", got)
	}
}

// A notification that fails by a mistake of ours keeps the others from nothing.
func TestMistake(t *testing.T) {
	asked := make(chan xmpp.JID)
	p := New(Options{Docs: broken{asked: asked}, Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	for _, name := range []string{"a@example.com", "b@example.com"} {
		j, err := xmpp.ParseJID(name)
		if err != nil {
			t.Fatal(err)
		}
		p.put(job{owner: j, note: &note{}})
		if got := <-asked; got != j {
			t.Errorf("asked for %s", got)
		}
	}
	cancel()
	<-done
}

// broken fails by a mistake whenever it is asked, and tells for whom.
type broken struct {
	storage.Docs
	asked chan xmpp.JID
}

func (b broken) Doc(_ context.Context, owner xmpp.JID, _, _ string) ([]byte, error) {
	b.asked <- owner
	panic("a mistake")
}
