package account

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"myna/storage"
)

var (
	office   = netip.MustParseAddr("192.0.2.1")
	attacker = netip.MustParseAddr("198.51.100.7")
)

func limited(c *Config) { c.FailedLoginsPerMinute = 3 }

// try signs in and says whether the password was looked at and right.
func (h house) try(t *testing.T, who, password string, from netip.Addr) Condition {
	t.Helper()
	return condition(h.CheckPassword(t.Context(), address(t, who), password, from))
}

func TestAnAddressThatGuessesIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited)
		for i := range 3 {
			if got := h.try(t, fmt.Sprintf("user%d@example.com", i), "guess", attacker); got != NotAuthorized {
				t.Fatalf("attempt %d: %q", i, got)
			}
		}
		if got := h.try(t, "lan@example.com", "xin chào", attacker); got != TemporaryAuthFailure {
			t.Errorf("the fourth attempt, though right: %q", got)
		}
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Errorf("from elsewhere: %q", got)
		}
		<-time.After(20 * time.Second)
		if got := h.try(t, "user3@example.com", "guess", attacker); got != NotAuthorized {
			t.Errorf("20 s later: %q", got)
		}
		if got := h.try(t, "user3@example.com", "guess", attacker); got != TemporaryAuthFailure {
			t.Errorf("and once more: %q", got)
		}
	})
}

func TestANameIsGuardedAgainstManyAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited)
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Fatalf("the owner: %q", got)
		}
		for _, name := range []string{"lan@example.com", "nobody@example.com"} {
			for i := range 10 {
				want := NotAuthorized
				if i >= 3 {
					want = TemporaryAuthFailure
				}
				if got := h.try(t, name, "guess", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})); got != want {
					t.Errorf("%s from address %d: %q, want %q", name, i, got, want)
				}
			}
		}
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Errorf("the owner at the usual place is locked out: %q", got)
		}
		if err := h.SetPassword(t.Context(), lan(t), "new"); err != nil {
			t.Fatal(err)
		}
		if got := h.try(t, "lan@example.com", "new", office); got != "" {
			t.Errorf("the owner with a new password is locked out: %q", got)
		}
	})
}

func TestANeighbourDoesNotLockOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited)
		if err := h.Create(t.Context(), storage.Account{JID: address(t, "minh@example.com")}, "secret"); err != nil {
			t.Fatal(err)
		}
		h.try(t, "lan@example.com", "xin chào", office)
		for range 5 {
			h.try(t, "minh@example.com", "guess", office)
		}
		if got := h.try(t, "minh@example.com", "secret", office); got != TemporaryAuthFailure {
			t.Errorf("who guesses: %q", got)
		}
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Errorf("the neighbour: %q", got)
		}
		for range 3 {
			if got := h.try(t, "lan@example.com", "guess", office); got != NotAuthorized {
				t.Errorf("guesses from the usual place: %q", got)
			}
		}
		if got := h.try(t, "lan@example.com", "xin chào", office); got != TemporaryAuthFailure {
			t.Errorf("the usual place is not limited: %q", got)
		}
	})
}

func TestParallelAttemptsDoNotOutrunTheLimit(t *testing.T) {
	l := newLimiter(func() int { return 20 })
	l.now = func() time.Time { return time.Unix(0, 0) }
	var mu sync.Mutex
	passed := 0
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if _, ok := l.take("lan@example.com", attacker); ok {
				mu.Lock()
				defer mu.Unlock()
				passed++
			}
		})
	}
	all.Wait()
	if passed != 20 {
		t.Errorf("%d attempts at once, want 20", passed)
	}
}

func TestSuccessCostsNothing(t *testing.T) {
	h := newHouse(t, limited)
	for range 10 {
		if got := h.try(t, "lan@example.com", "xin chào", office); got != "" {
			t.Fatalf("%q", got)
		}
	}
	unlimited := newHouse(t, nil)
	for range 10 {
		if got := unlimited.try(t, "lan@example.com", "guess", attacker); got != NotAuthorized {
			t.Fatalf("without a limit: %q", got)
		}
	}
}

func TestAddressesOfOneNetwork(t *testing.T) {
	for pair, same := range map[[2]string]bool{
		{"192.0.2.1", "::ffff:192.0.2.1"}:   true,
		{"192.0.2.1", "192.0.2.2"}:          false,
		{"2001:db8::1", "2001:db8::ffff:1"}: true,
		{"2001:db8::1", "2001:db8:0:1::1"}:  false,
		{"fe80::1%eth0", "fe80::1%eth1"}:    true,
	} {
		a, b := prefixOf(netip.MustParseAddr(pair[0])), prefixOf(netip.MustParseAddr(pair[1]))
		if (a == b) != same || !a.IsValid() {
			t.Errorf("%s and %s: %s and %s", pair[0], pair[1], a, b)
		}
	}
	if prefixOf(netip.Addr{}) != (netip.Prefix{}) {
		t.Error("no address")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := newLimiter(func() int { return 20 })
	l.now = func() time.Time { return time.Unix(0, 0) }
	for range 20 {
		l.take("victim", attacker)
	}
	for i := range 2 * maxBuckets {
		l.take(fmt.Sprint("name", i), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if len(l.names) > maxBuckets || len(l.addresses) > maxBuckets {
		t.Errorf("%d names, %d addresses", len(l.names), len(l.addresses))
	}
	if _, ok := l.take("victim", office); ok {
		t.Error("the drained bucket was evicted before full ones")
	}
	for i := range 100 {
		ticket, _ := l.take("owner", netip.AddrFrom4([4]byte{172, 16, 0, byte(i)}))
		l.succeeded(ticket)
	}
	if n := len(l.usual["owner"].list); n != maxPlaces {
		t.Errorf("%d places are remembered", n)
	}
	if l.forget("owner"); len(l.usual) != 0 {
		t.Error("a deleted account is remembered")
	}
}

// Whoever goes on guessing does not fill the log.
func TestRefusalsAreLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, limited)
		for range 100 {
			h.try(t, "lan@example.com", "guess", attacker)
		}
		if n := strings.Count(h.log.String(), "too many failed attempts"); n != 1 {
			t.Errorf("%d lines of 97 refusals", n)
		}
		<-time.After(time.Minute)
		for range 10 {
			h.try(t, "lan@example.com", "guess", attacker)
		}
		if n := strings.Count(h.log.String(), "too many failed attempts"); n != 2 {
			t.Errorf("%d lines after another minute", n)
		}
	})
}
