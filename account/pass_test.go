package account

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// by signs in as a user with a text, by PLAIN or OAUTHBEARER.
func (h house) by(t *testing.T, mechanism, user, text string) (*Exchange, error) {
	t.Helper()
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: mechanism, Channel: Channel{Encrypted: true}})
	if err != nil {
		t.Fatal(err)
	}
	message := "\x00" + user + "\x00" + text
	if mechanism == bearerName {
		message = "n,a=" + user + "@" + domain + ",\x01host=x\x01auth=Bearer " + text + "\x01\x01"
	}
	challenge, done, err := x.Step(t.Context(), []byte(message))
	if err == nil && !done { // RFC 7628 § 3.2.2
		if string(challenge) != `{"status":"invalid_token"}` {
			t.Errorf("challenge %s", challenge)
		}
		_, _, err = x.Step(t.Context(), []byte{1})
	}
	return x, err
}

// A pass signs its account in, and nobody else, until it expires, its session ends or the password changes.
func TestPass(t *testing.T) {
	for _, mechanism := range []string{plainName, bearerName} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, func(c *Config) { c.Bearer = true })
			issue := func(session string) string {
				t.Helper()
				text, name, expires, err := h.Issue(lan(t), session, 5*time.Minute)
				if err != nil || name == "" || session != "" && name != session || time.Until(expires) > 5*time.Minute {
					t.Fatal(text, name, expires, err)
				}
				return text
			}
			refused := func(why, user, text string) {
				t.Helper()
				if x, err := h.by(t, mechanism, user, text); condition(err) != NotAuthorized || !x.JID().IsZero() || x.Grant() != nil {
					t.Errorf("%s, %s: %v, %s", mechanism, why, err, x.JID())
				}
			}
			first := issue("mail-1")
			for range 2 { // a connection may be lost
				x, err := h.by(t, mechanism, "lan", first)
				if err != nil || x.JID() != lan(t) || x.Grant() == nil || x.Grant().Session != "mail-1" || x.Grant().Revoked() {
					t.Fatal(err, x.JID(), x.Grant())
				}
			}
			refused("another account", "minh", first)
			refused("another text", "lan", passPrefix+strings.Repeat("A", 43))
			second, other := issue("mail-1"), issue("")
			x, err := h.by(t, mechanism, "lan", second)
			if err != nil {
				t.Fatal(err)
			}
			h.Withdraw("other.example", "mail-1")
			if x.Grant().Revoked() {
				t.Error("a program of another domain ended a session")
			}
			h.Withdraw(domain, "mail-1")
			if !x.Grant().Revoked() {
				t.Error("who is on the way in is not found")
			}
			refused("the session has ended", "lan", first)
			refused("the session has ended", "lan", second)
			if _, err := h.by(t, mechanism, "lan", other); err != nil {
				t.Error("another session ended, too:", err)
			}
			if err := h.SetPassword(t.Context(), lan(t), "another one"); err != nil {
				t.Fatal(err)
			}
			refused("the password was changed", "lan", other)
			late := issue("")
			time.Sleep(5 * time.Minute)
			refused("it is old", "lan", late)
		})
	}
}

// Old passes are forgotten, and there are not more than so many.
func TestPassesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		for range maxPasses {
			if _, _, _, err := h.Issue(lan(t), "", time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, _, err := h.Issue(lan(t), "", time.Minute); !errors.Is(err, ErrPasses) {
			t.Error(err)
		}
		time.Sleep(time.Minute + passLinger + time.Second)
		if _, _, _, err := h.Issue(lan(t), "", time.Minute); err != nil || len(h.passes.of) != 1 {
			t.Error(err, len(h.passes.of))
		}
	})
}

// RFC 7628 § 3.1: what is no message of the mechanism is refused.
func TestMalformedBearer(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Bearer = true })
	for message, want := range map[string]Condition{
		"": MalformedRequest, "n,": MalformedRequest, "n,,\x01auth=Bearer x\x01\x01": MalformedRequest, "y,a=lan@example.com,\x01\x01": MalformedRequest,
		"n,a=lan@example.com,\x01\x01":                             MalformedRequest,
		"n,a=lan@example.com,\x01auth=Basic x\x01\x01":             MalformedRequest,
		"n,a=lan@other.example,\x01auth=Bearer x\x01\x01":          InvalidAuthzid,
		"n,a=lan@example.com/phone,\x01auth=Bearer x\x01\x01":      InvalidAuthzid,
		"n,a=@,\x01auth=Bearer x\x01\x01":                          InvalidAuthzid,
		"p=tls-unique,a=lan@example.com,\x01auth=Bearer x\x01\x01": MalformedRequest,
	} {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: bearerName, Channel: Channel{Encrypted: true}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := x.Step(t.Context(), []byte(message)); condition(err) != want {
			t.Errorf("%q: %v, want %s", message, err, want)
		}
	}
	if _, err := newHouse(t, nil).Begin(Attempt{Domain: domain, Mechanism: bearerName, Channel: Channel{Encrypted: true}}); condition(err) != InvalidMechanism {
		t.Error("offered by default")
	}
}
