package account

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// byExternal signs in by EXTERNAL on a channel.
func (h house) byExternal(t *testing.T, c Channel, authzid string) (*Exchange, error) {
	t.Helper()
	c.Encrypted = true
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: externalName, Channel: c})
	if err != nil {
		return nil, err
	}
	_, done, err := x.Step(t.Context(), []byte(authzid))
	if err == nil && !done {
		t.Fatal("EXTERNAL asks for more")
	}
	return x, err
}

// A browser that has shown a pass comes back without another one, until the program's session ends or the time is over.
func TestStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		issue := func() string {
			t.Helper()
			text, _, _, err := h.Issue(lan(t), "mail-1", time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		offered := func(c Channel) bool {
			c.Encrypted = true
			return slices.Contains(h.Mechanisms(domain, address(t, "lan@"+domain), c), externalName)
		}
		pass := issue()
		secret, who, ends, ok := h.Stay(pass, "")
		if !ok || who != lan(t) || time.Until(ends) > stayTime || h.Staying(secret) != lan(t) {
			t.Fatal(who, ends, ok)
		}
		if offered(Channel{}) || offered(Channel{Browser: pass}) || offered(Channel{Pass: secret}) || !offered(Channel{Browser: secret}) || !offered(Channel{Pass: pass}) {
			t.Error("EXTERNAL is offered to the wrong")
		}
		if _, err := h.by(t, plainName, "lan", secret); condition(err) != NotAuthorized {
			t.Error("what a browser keeps is a password:", err)
		}
		if _, _, _, ok := h.Stay(secret, ""); ok {
			t.Error("what a browser keeps makes more of it")
		}
		time.Sleep(time.Hour) // the pass is old
		x, err := h.byExternal(t, Channel{Browser: secret}, "")
		if err != nil || x.JID() != lan(t) || x.Grant() == nil || x.Grant().Session != "mail-1" || x.Proof().By != ByPass {
			t.Fatal(err)
		}
		if _, err := h.byExternal(t, Channel{Browser: secret}, "minh@"+domain); condition(err) != InvalidAuthzid {
			t.Error(err)
		}
		second, _, _, ok := h.Stay(issue(), secret)
		if !ok || !h.Staying(secret).IsZero() || h.Staying(second) != lan(t) {
			t.Error("what a browser had before is good")
		}
		h.Withdraw(domain, "mail-1")
		if _, err := h.byExternal(t, Channel{Browser: second}, ""); condition(err) != InvalidMechanism || !h.Staying(second).IsZero() {
			t.Error("the session has ended:", err)
		}
		third, _, _, _ := h.Stay(issue(), "")
		if err := h.SetPassword(t.Context(), lan(t), "another one"); err != nil || !h.Staying(third).IsZero() {
			t.Error("the password was changed:", err)
		}
		fourth, _, _, _ := h.Stay(issue(), "")
		if h.Leave(fourth); !h.Staying(fourth).IsZero() {
			t.Error("the browser has left")
		}
		fifth, _, _, _ := h.Stay(issue(), "")
		if time.Sleep(stayTime); !h.Staying(fifth).IsZero() {
			t.Error("it is old")
		}
	})
}

// EXTERNAL by a pass that a program hands in for its user, and on no other host.
func TestPassHandedIn(t *testing.T) {
	h := newHouse(t, nil)
	text, _, _, err := h.Issue(lan(t), "mail-1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if x, err := h.byExternal(t, Channel{Pass: text}, "lan@"+domain); err != nil || x.JID() != lan(t) {
		t.Fatal(err)
	}
	if names := h.Mechanisms("other.example", lan(t), Channel{Pass: text, Encrypted: true}); slices.Contains(names, externalName) {
		t.Error(names)
	}
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: externalName, Channel: Channel{Pass: text, Encrypted: true}})
	if err != nil {
		t.Fatal(err)
	}
	h.Withdraw("", "mail-1")
	if _, _, err := x.Step(t.Context(), []byte{}); condition(err) != NotAuthorized || x.Grant() != nil {
		t.Error(err)
	}
}

// One pass lets few browsers stay at a time: nobody fills the place of the passes of all others.
func TestStayIsForFew(t *testing.T) {
	s, _ := stored(t, nil)
	text, _, _, err := s.Issue(lan(t), "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for range maxStays + 2 {
		secret, _, _, ok := s.Stay(text, "")
		if !ok {
			t.Fatal("the pass is good")
		}
		all = append(all, secret)
	}
	for i, secret := range all {
		if stays := !s.Staying(secret).IsZero(); stays != (i >= 2) {
			t.Errorf("browser %d stays: %v", i, stays)
		}
	}
	if n := len(s.passes.of); n != 1+maxStays {
		t.Errorf("%d are remembered", n)
	}
	s.Leave(all[maxStays+1])
	if _, _, _, ok := s.Stay(text, ""); !ok || s.Staying(all[2]).IsZero() {
		t.Error("who has left made room for another")
	}
}
