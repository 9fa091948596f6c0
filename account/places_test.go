package account

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"myna/storage"
	"myna/xmpp"
)

// papers is Docs in memory that counts.
type papers struct {
	mu            sync.Mutex
	texts         map[xmpp.JID]string
	reads, writes int
}

func (p *papers) Doc(_ context.Context, owner xmpp.JID, _, _ string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	if text, ok := p.texts[owner]; ok {
		return []byte(text), nil
	}
	return nil, storage.ErrNotFound
}

func (p *papers) PutDoc(_ context.Context, owner xmpp.JID, _, _ string, data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	p.texts[owner] = string(data)
	return nil
}

func (p *papers) ListDocs(context.Context, xmpp.JID, string) (map[string][]byte, error) {
	return nil, nil
}

func (p *papers) DeleteDoc(context.Context, xmpp.JID, string, string) error { return nil }

func (p *papers) counts(t *testing.T, when string, reads, writes int) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reads != reads || p.writes != writes {
		t.Errorf("%s: %d reads and %d writes, want %d and %d", when, p.reads, p.writes, reads, writes)
	}
	p.reads, p.writes = 0, 0
}

// A restart does not take from an owner the places at which nobody can keep him or her out.
func TestUsualPlacesSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		docs := &papers{texts: map[xmpp.JID]string{}}
		h := newHouse(t, limited)
		h.docs = docs
		go h.KeepPlaces(ctx)
		for range 3 {
			if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
				t.Fatal(got)
			}
		}
		docs.counts(t, "the first place", 1, 1)

		o := testOptions(h.store)
		o.Docs, o.Config = docs, h.cfg
		again, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Load(ctx); err != nil {
			t.Fatal(err)
		}
		go again.KeepPlaces(ctx)
		h.Service = again
		for i := range 3 {
			h.try(t, "lan@example.com", "guess", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
		}
		docs.counts(t, "attempts that are looked at", 0, 0)
		for i := range 9 {
			if got := h.try(t, "lan@example.com", "guess", netip.AddrFrom4([4]byte{198, 51, 100, byte(9 + i)})); got != TemporaryAuthFailure {
				t.Errorf("a stranger: %q", got)
			}
			h.try(t, "nobody@example.com", "guess", netip.AddrFrom4([4]byte{198, 51, 100, byte(99 + i)}))
		}
		docs.counts(t, "an attack", 1, 0)
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Errorf("the owner at the usual place is locked out: %q", got)
		}
		docs.counts(t, "the owner", 0, 0)
		if got := again.Delete(ctx, lan(t)); got != nil {
			t.Fatal(got)
		}
		docs.counts(t, "a deleted account", 0, 0)
	})
}

// What is stored of an account is bounded, in the order of use, and written once for each new place.
func TestStoredPlacesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		docs := &papers{texts: map[xmpp.JID]string{}}
		docs.texts[lan(t)] = "192.0.2.1/32 nonsense 2001:db8::/64"
		h := newHouse(t, limited)
		h.docs = docs
		go h.KeepPlaces(ctx)
		from := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{172, 16, 0, byte(i)}) }
		h.try(t, "lan@example.com", "xin chào", office)
		docs.counts(t, "a known place after the start", 1, 0)
		for i := range maxPlaces {
			h.try(t, "lan@example.com", "xin chào", from(i))
			docs.counts(t, "a new place", 1, 1)
			h.try(t, "lan@example.com", "xin chào", office)
			docs.counts(t, "an old one", 0, 0)
		}
		h.try(t, "lan@example.com", "xin chào", from(99))
		docs.counts(t, "one more", 1, 1)
		lines := strings.Fields(docs.texts[lan(t)])
		if len(lines) != maxPlaces || lines[0] != fmt.Sprintf("%s/32", from(99)) || lines[1] != "192.0.2.1/32" {
			t.Errorf("stored: %v", lines)
		}
	})
}
