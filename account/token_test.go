package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"slices"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
)

const clientID = "d4565fa7-4d72-4749-b3d3-740edbf87770"

// tokens is a house that keeps clients in a database.
func tokens(t *testing.T, edit func(*Config)) house {
	t.Helper()
	h := newHouse(t, edit)
	db := sqlite.Temp(t)
	if err := db.CreateAccount(t.Context(), storage.Account{JID: lan(t)}, nil); err != nil {
		t.Fatal(err)
	}
	h.store.clients = db
	return h
}

// ask signs in with the password and returns the token that it is given.
func (h house) ask(t *testing.T, c Channel, client, mechanism string) string {
	t.Helper()
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: plainName, Channel: c, Client: Client{ID: client, Software: "Test"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.Step(t.Context(), []byte("\x00lan\x00xin chào")); err != nil {
		t.Fatal(err)
	}
	token, expires := x.Token(t.Context(), mechanism)
	if want := time.Now().Add(21 * 24 * time.Hour); token != "" && expires.Sub(want).Abs() > time.Minute {
		t.Errorf("it expires %s", expires)
	}
	return token
}

// attempt is what redeeming a token needs; the rest is usual.
type attempt struct {
	user, client, mechanism, token string
	bound                          []byte
	channel                        Channel
	with                           Redemption
}

func (a attempt) run(t *testing.T, h house) (*Exchange, error) {
	t.Helper()
	mac := func(role string) []byte {
		m := hmac.New(sha256.New, []byte(a.token))
		m.Write(append([]byte(role), a.bound...))
		return m.Sum(nil)
	}
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: a.mechanism, Channel: a.channel, Client: Client{ID: a.client}, Redeem: &a.with})
	if err != nil {
		return nil, err
	}
	answer, done, err := x.Step(t.Context(), append([]byte(a.user+"\x00"), mac("Initiator")...))
	if err == nil && (!done || !hmac.Equal(answer, mac("Responder"))) {
		t.Errorf("the server's proof is %x, done %v", answer, done)
	}
	if err == nil != (x.JID() == lan(t)) {
		t.Errorf("%v, and %q is signed in", err, x.JID())
	}
	return x, err
}

// TestTokenMechanisms is XEP-0484 § 3.1.
func TestTokenMechanisms(t *testing.T) {
	channel, _ := secure(t, tls.VersionTLS13, nil)
	h := newHouse(t, nil)
	for want, c := range map[string]Channel{"NONE": {Encrypted: true}, "": {}} {
		got := h.TokenMechanisms(domain, c)
		if want == "" && got != nil || want != "" && !slices.Equal(got, []string{"HT-SHA-256-" + want}) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	if got := h.TokenMechanisms(domain, channel); !slices.Equal(got, []string{"HT-SHA-256-EXPR", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"}) {
		t.Errorf("over TLS %q", got)
	}
	if got := newHouse(t, func(c *Config) { c.TokenDays = 0 }).TokenMechanisms(domain, channel); got != nil {
		t.Errorf("switched off: %q", got)
	}
	for _, m := range h.TokenMechanisms(domain, channel) {
		if _, err := h.Begin(Attempt{Domain: domain, Mechanism: m, Channel: channel}); condition(err) != InvalidMechanism {
			t.Errorf("%s as a password's mechanism: %v", m, err)
		}
	}
	for mechanism, client := range map[string]string{"HT-SHA-256-NONE": "", "PLAIN": clientID, "HT-SHA-256-UNIQ": clientID} {
		want := InvalidMechanism
		if client == "" {
			want = MalformedRequest // § 4.1
		}
		_, err := h.Begin(Attempt{Domain: domain, Mechanism: mechanism, Channel: channel, Client: Client{ID: client}, Redeem: &Redemption{}})
		if condition(err) != want {
			t.Errorf("%s of %q: %v", mechanism, client, err)
		}
	}
}

// TestToken: a token is good for its account, client, mechanism and channel, and for nothing else (XEP-0484 § 3.4).
func TestToken(t *testing.T) {
	h := tokens(t, nil)
	channel, state := secure(t, tls.VersionTLS13, nil)
	other, _ := secure(t, tls.VersionTLS13, nil)
	if h.ask(t, channel, "", "HT-SHA-256-NONE") != "" || h.ask(t, channel, clientID, "HT-SHA-256-UNIQ") != "" || h.ask(t, channel, clientID, "") != "" {
		t.Error("a token for no client, of no mechanism, or for nobody who wants it")
	}
	for mechanism, bound := range map[string][]byte{"HT-SHA-256-EXPR": exported(t, state), "HT-SHA-256-ENDP": endPoint(state), "HT-SHA-256-NONE": nil} {
		good := attempt{user: "lan", client: clientID, mechanism: mechanism, token: h.ask(t, channel, clientID, mechanism), bound: bound, channel: channel}
		for name, change := range map[string]func(*attempt){
			"another client":  func(a *attempt) { a.client = "another" },
			"another account": func(a *attempt) { a.user = "minh" },
			"no account":      func(a *attempt) { a.user = "a b" },
			"another token":   func(a *attempt) { a.token += "x" },
			"another mechanism": func(a *attempt) {
				a.mechanism, a.bound = "HT-SHA-256-NONE", nil
				if mechanism == "HT-SHA-256-NONE" {
					a.mechanism, a.bound = "HT-SHA-256-ENDP", endPoint(state)
				}
			},
			"another channel": func(a *attempt) {
				a.channel = other
				if mechanism == "HT-SHA-256-NONE" {
					a.bound = []byte("x")
				}
			},
		} {
			bad := good
			change(&bad)
			if _, err := bad.run(t, h); condition(err) != NotAuthorized {
				t.Errorf("%s, %s: %v", mechanism, name, err)
			}
		}
		for range 2 {
			if _, err := good.run(t, h); err != nil {
				t.Errorf("%s: %v", mechanism, err)
			}
		}
	}
	for _, message := range []string{"", "lan", "lan\x00", "lan\x00short", "\x00" + string(make([]byte, 32))} {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: "HT-SHA-256-NONE", Channel: channel, Client: Client{ID: clientID}, Redeem: &Redemption{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := x.Step(t.Context(), []byte(message)); condition(err) != MalformedRequest {
			t.Errorf("%q: %v", message, err)
		}
	}
}

// TestTokenLife: tokens are replaced, counted, given up and expire (XEP-0484 § 3.4 to § 3.6, § 4.2).
func TestTokenLife(t *testing.T) {
	h := tokens(t, nil)
	c := Channel{Encrypted: true}
	first := attempt{user: "lan", client: clientID, mechanism: "HT-SHA-256-NONE", token: h.ask(t, c, clientID, "HT-SHA-256-NONE"), channel: c}
	must := func(a attempt, want Condition) *Exchange {
		t.Helper()
		x, err := a.run(t, h)
		if condition(err) != want {
			t.Fatalf("%v, want %q", err, want)
		}
		return x
	}
	x := must(first, "")
	if token, _ := x.Token(t.Context(), ""); token != "" {
		t.Error("a new token is replaced")
	}
	// § 3.5: the old one is good until the new one is used.
	second := first
	second.token, _ = x.Token(t.Context(), "HT-SHA-256-NONE")
	must(first, "")
	must(second, "")
	must(first, NotAuthorized)
	// § 3.4: a count that was reached is a replay.
	second.with.Count = 5
	must(second, "")
	must(second, NotAuthorized)
	second.with.Count = 6
	must(second, "")
	// § 3.6
	second.with = Redemption{Invalidate: true}
	x = must(second, "")
	if token, _ := x.Token(t.Context(), ""); token != "" {
		t.Error("a token in the place of one that was given up")
	}
	must(second, NotAuthorized)
	first.token, _ = x.Token(t.Context(), "HT-SHA-256-NONE")
	must(first, "")

	put := func(left time.Duration) attempt {
		a := first
		seed := []byte("0123456789abcdef")
		a.token = h.token("lan@example.com", clientID, a.mechanism, seed)
		if err := h.store.PutToken(t.Context(), lan(t), storage.Client{ID: clientID},
			storage.Token{Mechanism: a.mechanism, Seed: seed, Expires: time.Now().Add(left)}, 9); err != nil {
			t.Fatal(err)
		}
		return a
	}
	must(put(-time.Second), CredentialsExpired) // § 4.2
	if token, _ := must(put(24*time.Hour), "").Token(t.Context(), ""); token == "" {
		t.Error("a token that expires tomorrow is not replaced") // § 3.5
	}
	a := put(24 * time.Hour)
	a.with.Invalidate = true
	if token, _ := must(a, "").Token(t.Context(), ""); token != "" {
		t.Error("a token that was given up is replaced")
	}
}

// TestTokenAfterPassword: who signed in before the password was changed gets no token.
func TestTokenAfterPassword(t *testing.T) {
	h := tokens(t, nil)
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: plainName, Channel: Channel{Encrypted: true}, Client: Client{ID: clientID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.Step(t.Context(), []byte("\x00lan\x00xin chào")); err != nil {
		t.Fatal(err)
	}
	if err := h.SetPassword(t.Context(), lan(t), "another"); err != nil {
		t.Fatal(err)
	}
	if token, _ := x.Token(t.Context(), "HT-SHA-256-NONE"); token != "" {
		t.Error("a token for a password that is gone")
	}
}

// TestTokenGuessing: attempts with tokens are limited like those with passwords.
func TestTokenGuessing(t *testing.T) {
	for _, user := range []string{"lan", "nobody"} {
		h := tokens(t, func(c *Config) { c.FailedLoginsPerMinute = 3 })
		var got []Condition
		for range 4 {
			_, err := attempt{user: user, client: clientID, mechanism: "HT-SHA-256-NONE", token: "guess", channel: Channel{Encrypted: true}}.run(t, h)
			got = append(got, condition(err))
		}
		if !slices.Equal(got, []Condition{NotAuthorized, NotAuthorized, NotAuthorized, TemporaryAuthFailure}) {
			t.Errorf("%s: %q", user, got)
		}
	}
}
