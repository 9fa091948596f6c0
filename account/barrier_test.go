package account

import (
	"fmt"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
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

// One way in that ends turns back those who are on the way, and ends nothing that was let in by others: the passes of the webmail, and
// what a browser keeps of them.
func TestOneWayEnds(t *testing.T) {
	s, _ := stored(t, nil)
	ctx, who := t.Context(), lan(t)
	pass, _, _, err := s.Issue(who, "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	app, _, err := s.CreateAppPassword(ctx, who, "Phone")
	if err != nil {
		t.Fatal(err)
	}
	at := s.Clock()
	for name, end := range map[string]func() error{
		"app password": func() error { return s.EndAppPassword(ctx, who, app.ID) },
		"client":       func() error { return s.EndClient(ctx, who, "c1") },
	} {
		at = s.Clock()
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if s.Holds(who, at) {
			t.Errorf("%s: who is on the way in is let in", name)
		}
		if !s.Stands(who, at) || s.holder(pass) == nil {
			t.Errorf("%s: what has nothing to do with it has ended", name)
		}
	}
	if err := s.SetPassword(ctx, who, "another one"); err != nil {
		t.Fatal(err)
	}
	if s.Stands(who, at) || s.holder(pass) != nil {
		t.Error("with another password all goes on")
	}
}

func TestBarrierIsBounded(t *testing.T) {
	for name, raise := range map[string]func(*barrier, xmpp.JID){"all": (*barrier).raise, "under way": (*barrier).turnBack} {
		var b barrier
		early := address(t, "early@example.com")
		raise(&b, early)
		at := b.now()
		for i := range 2 * maxBarred {
			raise(&b, address(t, fmt.Sprintf("a%d@example.com", i)))
		}
		if n := max(len(b.whole.of), len(b.ways.of)); n > maxBarred {
			t.Errorf("%s: %d accounts are remembered", name, n)
		}
		if b.passed(early, at-1) || b.stands(early, at-1) == (name == "all") {
			t.Errorf("%s: forgotten", name)
		}
		if !b.passed(early, b.now()) {
			t.Errorf("%s: nobody signs in any more", name)
		}
	}
}
