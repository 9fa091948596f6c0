package signup

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// A quota holds for a stretch of time and for its key, and what is given back does not count.
func TestQuota(t *testing.T) {
	q, now := newQuota(time.Hour), time.Unix(1_800_000_000, 0)
	take := func(key string, most int) bool {
		t.Helper()
		ok, err := q.take(t.Context(), key, most, now)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	for i, want := range []bool{true, true, false} {
		if take("a", 2) != want {
			t.Errorf("attempt %d of a: %v", i, !want)
		}
	}
	if !take("b", 2) {
		t.Error("b has its own")
	}
	if err := q.giveBack(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if !take("a", 2) || take("a", 2) {
		t.Error("one was given back")
	}
	now = now.Add(time.Hour)
	if !take("a", 2) {
		t.Error("an hour later it is counted anew")
	}
	for range 10 {
		if !take("c", 0) {
			t.Error("0 is any number")
		}
	}
	for i := range maxCounted + 10 {
		take(string(rune(i))+"x", 1)
	}
	if len(q.of) > maxCounted {
		t.Errorf("%d keys are remembered", len(q.of))
	}
}

// disk is where counts are kept that outlive a server.
type disk map[string][]byte

// ListDocs lists all.
func (d disk) ListDocs(context.Context, xmpp.JID, string) (map[string][]byte, error) {
	return maps.Clone(d), nil
}

// PutDocs writes and deletes.
func (d disk) PutDocs(_ context.Context, _ xmpp.JID, _ string, docs map[string][]byte) error {
	if d == nil {
		return errors.New("the disk is full")
	}
	for key, data := range docs {
		if d[key] = data; data == nil {
			delete(d, key)
		}
	}
	return nil
}

// What was counted counts after a restart, as long as it would have; nothing is left of what is over or was given back. What cannot
// be kept is not done.
func TestQuotaIsKept(t *testing.T) {
	now, kept := time.Unix(1_800_000_000, 0), disk{"c": []byte("no count")}
	start := func(on disk) *quota {
		t.Helper()
		q := newQuota(time.Hour)
		if err := q.kept(t.Context(), on, xmpp.JID{}, "", now); err != nil && on != nil {
			t.Fatal(err)
		}
		return q
	}
	take := func(q *quota, key string) bool {
		t.Helper()
		ok, err := q.take(t.Context(), key, 1, now)
		if err != nil {
			t.Error(err)
		}
		return ok
	}
	first := start(kept)
	if !take(first, "a") || !take(first, "b") || take(first, "a") {
		t.Error("not counted")
	}
	if err := first.giveBack(t.Context(), "b"); err != nil || len(kept) != 1 {
		t.Errorf("kept %q, %v", kept, err)
	}
	now = now.Add(59 * time.Minute)
	second := start(kept)
	if take(second, "a") || !take(second, "b") {
		t.Error("the restart is an occasion for more")
	}
	now = now.Add(time.Minute)
	if third := start(kept); !take(third, "a") || len(kept) != 2 {
		t.Errorf("an hour is over; kept %q", kept)
	}
	now = now.Add(2 * time.Hour)
	if !take(second, "d") || len(kept) != 1 {
		t.Errorf("what is over is kept: %q", kept)
	}
	if ok, err := start(nil).take(t.Context(), "a", 1, now); ok || err == nil {
		t.Error("done without being kept")
	}
}

// A token leads to its invitation whatever letters it is typed with, and nothing else does.
func TestToken(t *testing.T) {
	token, id, hash := NewToken()
	i := storage.Invite{ID: id, Hash: hash}
	normal, name, ok := nameOf(" " + strings.ToUpper(token) + "\n")
	if !ok || name != id || normal != token || !fits(normal, &i) {
		t.Errorf("%q is not found: %q %v", token, name, ok)
	}
	for _, wrong := range []string{"", token[1:], token + "a", token[:35] + "!", token[:35] + "1", token[:34] + "ê"} {
		if _, _, ok := nameOf(wrong); ok {
			t.Errorf("%q looks like a token", wrong)
		}
	}
	other, _, _ := NewToken()
	if fits(id+other[nameSize:], &i) {
		t.Error("another secret fits")
	}
}

func TestConfig(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil || c.Enabled || c.Web {
		t.Errorf("the defaults are not closed: %v", err)
	}
	for key, change := range map[string]func(*Config){
		"invitations":            func(c *Config) { c.Invitations = "friends" },
		"invitation_days":        func(c *Config) { c.InvitationDays = 0 },
		"invitations_per_user":   func(c *Config) { c.InvitationsPerUser = 0 },
		"invitations_per_domain": func(c *Config) { c.InvitationsAll = 0 },
		"reset_hours":            func(c *Config) { c.ResetHours = 169 },
		"accounts_per_address":   func(c *Config) { c.AccountsPerAddress = -1 },
		"accounts_per_day":       func(c *Config) { c.AccountsPerDay = -1 },
		"reserved":               func(c *Config) { c.Reserved = []string{"a@b"} },
	} {
		c := DefaultConfig()
		change(&c)
		var wrong *config.KeyError
		if err := c.Validate(); !errors.As(err, &wrong) || wrong.Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
	c.Reserved = []string{"Sếp"}
	for name, want := range map[string]bool{"postmaster": true, "sếp": true, "lan": false} {
		if c.reserved(name) != want {
			t.Errorf("%s is reserved: %v", name, !want)
		}
	}
}

// Display names are one line that turns nothing around; addresses of a /64 are one.
func TestDisplayAndPrefix(t *testing.T) {
	if got := display(" a\u202eb\n c\x00 "); got != "a b c" {
		t.Errorf("%q", got)
	}
	if a, b := prefix(netip.MustParseAddr("2001:db8::1")), prefix(netip.MustParseAddr("2001:db8::ffff:1")); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if a, b := prefix(netip.MustParseAddr("::ffff:192.0.2.1")), prefix(netip.MustParseAddr("192.0.2.1")); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// Names of letters that do not belong together are none; what looks like the name of whoever runs a domain is that name.
func TestLookalikes(t *testing.T) {
	for name, want := range map[string]bool{
		"lan": false, "nguyễn": false, "олег": false, "山田taro": false, "やまだ": false, "kim김": false, "lan-1.x": false, "ωμέγα": false,
		"\u0430dmin": true, "раypal": true, "olga山\u043e": true, "λan": true,
	} {
		if mixed(name) != want {
			t.Errorf("%s is mixed: %v", name, !want)
		}
	}
	c := DefaultConfig()
	for name, want := range map[string]bool{"adm1n": true, "r00t": true, "supp0rt": true, "ѕаӏеѕ": true, "anna1": false, "олег": false} {
		if c.reserved(name) != want {
			t.Errorf("%s is reserved: %v", name, !want)
		}
	}
	if got := skeleton("асе"); got != "ace" {
		t.Errorf("looks like %s", got)
	}
}

// Where everybody may invite, who talks to nobody, as a guest, may not: only contacts are invited, and the account would stay.
func TestMayInvite(t *testing.T) {
	c := DefaultConfig()
	c.Invitations = Everybody
	s := &Service{Options: Options{Config: config.NewOptions(c)}}
	for _, a := range []struct {
		storage.Account
		want bool
	}{{storage.Account{}, true}, {storage.Account{ChatOff: true}, false}, {storage.Account{ChatOff: true, Role: storage.ServerAdmin}, true}} {
		if s.MayInvite(&a.Account) != a.want {
			t.Errorf("%+v may invite: %v", a.Account, !a.want)
		}
	}
}
