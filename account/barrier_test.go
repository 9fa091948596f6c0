package account

import (
	"fmt"
	"testing"

	"myna/storage"
)

// What somebody has proved before the password was changed, or the account was disabled or deleted, is worth nothing then.
func TestWhatWasProvedBefore(t *testing.T) {
	h := newHouse(t, nil)
	ctx, who := t.Context(), lan(t)
	since := func() uint64 {
		t.Helper()
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: plainName, Channel: Channel{Encrypted: true}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := x.Step(ctx, []byte("\x00lan\x00xin chào")); err != nil {
			t.Fatal(err)
		}
		return x.Since()
	}
	for name, change := range map[string]func() error{
		"password": func() error { return h.SetPassword(ctx, who, "xin chào") },
		"disabled": func() error { return h.Disable(ctx, who) },
		"deleted":  func() error { return h.Delete(ctx, who) },
	} {
		before := since()
		if !h.Holds(who, before) {
			t.Errorf("%s: it does not hold before", name)
		}
		if err := h.Rename(ctx, who, name); err != nil {
			t.Fatal(err)
		}
		if !h.Holds(who, before) {
			t.Error("another name ends it")
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if h.Holds(who, before) {
			t.Errorf("%s: it holds afterwards", name)
		}
		if h.Exists(who) {
			if err := h.Enable(ctx, who); err != nil {
				t.Fatal(err)
			}
		} else if err := h.Create(ctx, storage.Account{JID: who}, "xin chào"); err != nil {
			t.Fatal(err)
		}
		if h.Holds(who, before) {
			t.Errorf("%s: it holds once all is well again", name)
		}
		if !h.Holds(who, since()) {
			t.Errorf("%s: who signs in afterwards cannot go on", name)
		}
	}
}

func TestBarrierIsBounded(t *testing.T) {
	var b barrier
	early := address(t, "early@example.com")
	b.raise(early)
	at := b.now()
	for i := range 2 * maxBarred {
		b.raise(address(t, fmt.Sprintf("a%d@example.com", i)))
	}
	if len(b.of) > maxBarred {
		t.Errorf("%d accounts are remembered", len(b.of))
	}
	if b.passed(early, at-1) {
		t.Error("forgotten")
	}
	if !b.passed(early, b.now()) {
		t.Error("nobody signs in any more")
	}
}
