package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// people are accounts with one password.
type people struct {
	mu    sync.Mutex
	of    map[string]storage.Account
	clock uint64
	since map[string]uint64
}

var errWrong = errors.New("wrong")

func (p *people) CheckPassword(_ context.Context, _ xmpp.JID, password string, _ netip.Addr) error {
	if password != "right" {
		return errWrong
	}
	return nil
}

func (p *people) Account(j xmpp.JID) (storage.Account, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, ok := p.of[j.String()]
	return a, ok
}

func (p *people) Clock() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clock
}

func (p *people) Stands(j xmpp.JID, since uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.of[j.String()].Disabled && since >= p.since[j.String()]
}

// newPassword is what a change of the password does to the clock.
func (p *people) newPassword(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock++
	p.since[address] = p.clock
}

func (p *people) set(address string, role storage.Role, disabled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[address] = storage.Account{JID: jid(address), Role: role, Disabled: disabled}
}

func jid(s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		panic(err)
	}
	return j
}

// stage is a store with a clock that the test moves.
type stage struct {
	*Store
	t      *testing.T
	people *people
	time   time.Time
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, people: &people{of: map[string]storage.Account{}, since: map[string]uint64{}}, time: time.Unix(1e9, 0)}
	s.Store = NewStore(s.people, func() time.Time { return s.time })
	s.people.set("root@example.com", storage.ServerAdmin, false)
	s.people.set("lan@example.com", storage.DomainAdmin, false)
	s.people.set("minh@example.com", storage.User, false)
	return s
}

func (s *stage) open(address string) (secret string, x Session) {
	s.t.Helper()
	secret, x, err := s.Open(s.t.Context(), jid(address), "right", netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		s.t.Fatal(err)
	}
	return secret, x
}

// in tells whether a secret still is a session.
func (s *stage) in(secret string) bool {
	_, err := s.find(secret, true)
	return err == nil
}

func TestOpen(t *testing.T) {
	s := newStage(t)
	for address, want := range map[string]error{"minh@example.com": ErrNobody, "nobody@example.com": ErrNobody} {
		if _, _, err := s.Open(t.Context(), jid(address), "right", netip.Addr{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	if _, _, err := s.Open(t.Context(), jid("root@example.com"), "wrong", netip.Addr{}); !errors.Is(err, errWrong) {
		t.Errorf("a wrong password: %v", err)
	}
	secret, x := s.open("lan@example.com")
	if who := x.Actor(); who.Domain != "example.com" || who.Role != storage.DomainAdmin || who.Door != "page" {
		t.Errorf("actor %+v", who)
	}
	other, y := s.open("lan@example.com")
	if secret == other || x.Token == y.Token || x.Token == secret {
		t.Error("secrets are not apart")
	}
	for _, wrong := range []string{"", secret[1:], secret + "A", "A" + secret[1:]} {
		if wrong != secret && s.in(wrong) {
			t.Errorf("%q is a session", wrong)
		}
	}
}

// A session ends when it is not used, and after a working day although it is.
func TestEndsByTime(t *testing.T) {
	s := newStage(t)
	idle, _ := s.open("root@example.com")
	s.time = s.time.Add(idleTime - time.Second)
	if !s.in(idle) {
		t.Error("it ended too early")
	}
	s.time = s.time.Add(time.Second)
	if s.in(idle) {
		t.Error("what the page does by itself keeps a session")
	}
	used, _ := s.open("root@example.com")
	for range wholeTime / (20 * time.Minute) {
		if _, err := s.find(used, false); err != nil {
			t.Fatal(err)
		}
		s.time = s.time.Add(20 * time.Minute)
	}
	if s.in(used) {
		t.Error("a session lasts for ever")
	}
}

// A session ends with what it stands on.
func TestEndsByChange(t *testing.T) {
	for name, change := range map[string]func(*stage){
		"password": func(s *stage) { s.people.newPassword("root@example.com") },
		"disabled": func(s *stage) { s.people.set("root@example.com", storage.ServerAdmin, true) },
		"less":     func(s *stage) { s.people.set("root@example.com", storage.DomainAdmin, false) },
		"none":     func(s *stage) { s.people.set("root@example.com", storage.User, false) },
		"gone":     func(s *stage) { delete(s.people.of, "root@example.com") },
		"End":      func(s *stage) { s.End(jid("root@example.com/x")) },
	} {
		s := newStage(t)
		mine, _ := s.open("root@example.com")
		other, _ := s.open("lan@example.com")
		change(s)
		if s.in(mine) || !s.in(other) {
			t.Errorf("%s: mine %v, the other %v", name, s.in(mine), s.in(other))
		}
		s.people.set("root@example.com", storage.ServerAdmin, false)
		if s.in(mine) {
			t.Errorf("%s: it came back", name)
		}
	}
}

// One person's sessions have a bound, and take no place from others.
func TestBounds(t *testing.T) {
	s := newStage(t)
	other, _ := s.open("root@example.com")
	var secrets []string
	for range perPerson + 3 {
		s.time = s.time.Add(time.Second)
		secret, _ := s.open("lan@example.com")
		secrets = append(secrets, secret)
	}
	for i, secret := range secrets {
		if s.in(secret) != (i >= 3) {
			t.Errorf("%d: %v", i, s.in(secret))
		}
	}
	if !s.in(other) || s.Len() != perPerson+1 {
		t.Errorf("%d sessions", s.Len())
	}
	for i := range maxAll {
		address := fmt.Sprintf("a%d@example.com", i)
		s.people.set(address, storage.DomainAdmin, false)
		s.all[key{byte(i), byte(i >> 8), 1}] = &Session{Account: jid(address), Role: storage.DomainAdmin, used: s.time, Ends: s.time.Add(time.Hour)}
	}
	s.time = s.time.Add(time.Second)
	last, _ := s.open("root@example.com")
	if s.Len() > maxAll+perPerson+1 || !s.in(last) || s.in(other) {
		t.Errorf("%d sessions", s.Len())
	}
}

// request is one that a browser makes.
func request(method, secret string, header ...string) *http.Request {
	r := httptest.NewRequest(method, "https://chat.example.com/api/v1/status", nil)
	r.AddCookie(&http.Cookie{Name: secureName, Value: secret})
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// Only our page acts with the cookie.
func TestForged(t *testing.T) {
	s := newStage(t)
	secret, x := s.open("root@example.com")
	_, other := s.open("lan@example.com")
	for name, c := range map[string]struct {
		method string
		header []string
		want   error
	}{
		"read":                    {"GET", nil, nil},
		"read by our page":        {"GET", []string{"Sec-Fetch-Site", "same-origin"}, nil},
		"read by another site":    {"GET", []string{"Sec-Fetch-Site", "cross-site"}, ErrForged},
		"read by another host":    {"GET", []string{"Sec-Fetch-Site", "same-site"}, ErrForged},
		"change":                  {"POST", []string{TokenHeader, x.Token}, nil},
		"change by our page":      {"PUT", []string{TokenHeader, x.Token, "Sec-Fetch-Site", "same-origin", "Origin", "https://chat.example.com"}, nil},
		"without token":           {"POST", []string{"Sec-Fetch-Site", "same-origin"}, ErrForged},
		"another token":           {"DELETE", []string{TokenHeader, other.Token}, ErrForged},
		"empty token":             {"PATCH", []string{TokenHeader, ""}, ErrForged},
		"token of another site":   {"POST", []string{TokenHeader, x.Token, "Sec-Fetch-Site", "cross-site"}, ErrForged},
		"token of another origin": {"POST", []string{TokenHeader, x.Token, "Origin", "https://evil.example"}, ErrForged},
		"of no origin":            {"POST", []string{TokenHeader, x.Token, "Origin", "null"}, ErrForged},
		"typed":                   {"POST", []string{"Sec-Fetch-Site", "none"}, ErrForged},
		"other method":            {"OPTIONS", nil, ErrForged},
	} {
		if _, err := s.Find(request(c.method, secret, c.header...), true); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := s.Find(request("GET", secret), false); !errors.Is(err, ErrNone) {
		t.Errorf("a cookie of https is one of plain HTTP: %v", err)
	}
}

func TestCookie(t *testing.T) {
	for _, encrypted := range []bool{true, false} {
		w := httptest.NewRecorder()
		Set(w, "secret", encrypted)
		Clear(w, encrypted)
		for i, c := range w.Result().Cookies() {
			if !c.HttpOnly || c.Secure != encrypted || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || (i == 1) != (c.MaxAge < 0) {
				t.Errorf("cookie %+v", c)
			}
			if (c.Name == "__Host-myna-admin") != encrypted {
				t.Errorf("cookie %s, encrypted %v", c.Name, encrypted)
			}
		}
	}
}

// Requests come at the same time.
func TestTogether(t *testing.T) {
	s := newStage(t)
	secret, _ := s.open("root@example.com")
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 50 {
				s.find(secret, false)
				s.Open(t.Context(), jid("lan@example.com"), "right", netip.Addr{})
				s.End(jid("lan@example.com"))
			}
		})
	}
	work.Wait()
	if !s.in(secret) {
		t.Error("somebody else's end ended it")
	}
}
