package digest

import (
	"slices"
	"testing"
	"time"

	"myna/config"
	"myna/storage"
)

// TestChoice: who has chosen a rhythm is told in it, whatever the domain's is.
func TestChoice(t *testing.T) {
	for _, c := range []struct {
		domain, own  string
		early, after time.Duration // no mail yet, a mail; after 0: none at all
	}{
		{Hour, "", 59 * time.Minute, 61 * time.Minute},
		{Hour, Usual, 59 * time.Minute, 61 * time.Minute},
		{Hour, Short, 14 * time.Minute, 16 * time.Minute},
		{Hour, Daily, 23 * time.Hour, 25 * time.Hour},
		{Hour, Off, 50 * time.Hour, 0},
		{Off, "", 50 * time.Hour, 0},
		{Off, Short, 14 * time.Minute, 16 * time.Minute},
		{Daily, Hour, 59 * time.Minute, 61 * time.Minute},
	} {
		t.Run(c.domain+" "+c.own, func(t *testing.T) {
			h, lan := newHouse(t), jid(t, "lan@example.com")
			h.Config.All().Digest = c.domain
			if c.own != "" {
				if err := Choose(t.Context(), h.store, lan, c.own); err != nil {
					t.Fatal(err)
				}
			}
			h.says("sales", "Minh", "x", false)
			if n := len(h.later(c.early)); n != 0 {
				t.Errorf("%d mails after %v", n, c.early)
			}
			if c.after == 0 {
				return
			}
			if n := len(h.later(c.after)); n != 1 {
				t.Errorf("%d mails after %v", n, c.after)
			}
		})
	}
}

// TestChoiceWhileWaiting: a choice counts for what waits already, also when it is taken back.
func TestChoiceWhileWaiting(t *testing.T) {
	h, lan := newHouse(t), jid(t, "lan@example.com")
	choose := func(choice string) {
		t.Helper()
		if err := Choose(t.Context(), h.store, lan, choice); err != nil {
			t.Fatal(err)
		}
		h.Chosen(lan)
		if got, err := Choice(t.Context(), h.store, lan); err != nil || got != choice {
			t.Fatalf("%q, %v, want %q", got, err, choice)
		}
	}
	choose(Off)
	h.says("sales", "Minh", "x", false)
	choose(Daily)
	if n := len(h.later(20 * time.Hour)); n != 0 {
		t.Errorf("%d mails", n)
	}
	choose(Usual)
	if n := len(h.later(20 * time.Minute)); n != 0 {
		t.Errorf("%d mails", n)
	}
	choose(Short)
	if n := len(h.later(20 * time.Minute)); n != 1 {
		t.Errorf("%d mails", n)
	}
	if err := Choose(t.Context(), h.store, lan, "weekly"); err == nil {
		t.Error("weekly is taken")
	}
}

// TestChoiceLast: a choice stays over a restart, and goes with its account.
func TestChoiceLast(t *testing.T) {
	h, lan := newHouse(t), jid(t, "lan@example.com")
	if err := h.store.CreateAccounts(t.Context(), []storage.Account{{JID: lan, Created: time.Now()}}, [][]storage.Credential{nil}); err != nil {
		t.Fatal(err)
	}
	if err := Choose(t.Context(), h.store, lan, Short); err != nil {
		t.Fatal(err)
	}
	again := New(Options{Store: h.store, Config: h.Config})
	if got, err := again.rhythm(t.Context(), lan); err != nil || got != Short {
		t.Errorf("%q, %v", got, err)
	}
	if err := h.store.DeleteAccount(t.Context(), lan); err != nil {
		t.Fatal(err)
	}
	if got, err := again.rhythm(t.Context(), lan); err != nil || got != Hour {
		t.Errorf("%q, %v", got, err)
	}
}

// TestRhythmOfDomain: domains have rhythms of their own, which their administrators may decide; the relay is everybody's.
func TestRhythmOfDomain(t *testing.T) {
	o := config.NewOptions(DefaultConfig())
	cfg := &config.Config{Hosts: []string{"example.com", "example.org"},
		Modules: map[string]config.Section{"groups": {"digest": "1h", "relay": "localhost:25"}},
		Host:    map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"groups": {"digest": "off"}}}}}
	take, err := o.Load(cfg, "groups")
	if err != nil {
		t.Fatal(err)
	}
	take()
	d := New(Options{Store: newHouse(t).store, Config: o})
	for who, want := range map[string]string{"lan@example.com": Hour, "lan@example.org": Off} {
		if got, err := d.rhythm(t.Context(), jid(t, who)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", who, got, err, want)
		}
	}
	if !slices.Equal(Choices(), []string{"default", "off", "15m", "1h", "daily"}) || !d.Works() {
		t.Error("choices or relay are lost")
	}
}
