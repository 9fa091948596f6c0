package account

import (
	"strings"
	"testing"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// asGuest tries to sign in to a host for guests.
func asGuest(t *testing.T, s *Service, from xmpp.JID, trace string) (*Exchange, error) {
	t.Helper()
	x, err := s.Begin(Attempt{Domain: domain, Mechanism: anonymousName, Channel: Channel{Encrypted: true}, From: from, Client: Client{ID: clientID}})
	if err != nil {
		return nil, err
	}
	_, _, err = x.Step(t.Context(), []byte(trace))
	return x, err
}

// RFC 4505 § 2, XEP-0175 § 3: each guest has another address, nobody chooses one, and there are not too many; an account is there
// from Welcome to Part, and is no account to stay with.
func TestGuests(t *testing.T) {
	s, db := stored(t, func(c *Config) { c.Anonymous, c.MaxGuests = true, 2 })
	if got := s.Mechanisms(domain, xmpp.JID{}, Channel{Encrypted: true}); len(got) != 1 || got[0] != anonymousName {
		t.Errorf("offered: %v", got)
	}
	if got := s.Mechanisms(domain, xmpp.JID{}, Channel{}); got != nil {
		t.Errorf("offered without TLS: %v", got)
	}
	for trace, want := range map[string]Condition{strings.Repeat("é", 255): "", strings.Repeat("é", 256): MalformedRequest, "\xff": MalformedRequest} {
		if _, err := asGuest(t, s, xmpp.JID{}, trace); condition(err) != want {
			t.Errorf("%.4q: %v", trace, err)
		}
	}
	if _, err := asGuest(t, s, lan(t), ""); condition(err) != InvalidAuthzid {
		t.Errorf("as somebody: %v", err)
	}
	first, _ := asGuest(t, s, xmpp.JID{}, "")
	second, err := asGuest(t, s, xmpp.JID{}, "")
	if err != nil || first.JID() == second.JID() || !isUUID(first.JID().Local()) || s.Exists(first.JID()) {
		t.Fatalf("%v and %v: %v", first.JID(), second.JID(), err)
	}
	p := first.Proof()
	if token, _ := first.Token(t.Context(), "HT-SHA-256-NONE"); token != "" || p.By != ByNothing || !p.Limited() {
		t.Errorf("token %q, proof %+v", token, p)
	}
	for _, x := range []*Exchange{first, second} {
		if err := s.Welcome(t.Context(), x.JID()); err != nil || !s.IsGuest(x.JID()) || !s.Holds(x.JID(), x.Since()) {
			t.Fatalf("not welcome: %v", err)
		}
	}
	if _, err := asGuest(t, s, xmpp.JID{}, ""); condition(err) != TemporaryAuthFailure {
		t.Errorf("the third of two: %v", err)
	}
	if err := s.Part(t.Context(), first.JID()); err != nil || s.Exists(first.JID()) || s.IsGuest(first.JID()) {
		t.Errorf("not parted: %v", err)
	}
	if err := s.Part(t.Context(), lan(t)); err != nil || !s.Exists(lan(t)) {
		t.Errorf("an account that stays has parted: %v", err)
	}
	// The server is killed: what is left of guests is gone, and nothing else.
	odd := storage.Account{JID: address(t, newUUID()+"@"+domain), ChatOff: true}
	if err := s.Create(t.Context(), odd, "a long secret"); err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.Anonymous = true
	o := testOptions(db)
	o.Config = config.NewOptions(cfg)
	again, err := New(o)
	if err == nil {
		err = again.Load(t.Context())
	}
	if err != nil || again.Exists(second.JID()) || !again.Exists(lan(t)) || !again.Exists(odd.JID) {
		t.Errorf("after a restart: %v", err)
	}
}
