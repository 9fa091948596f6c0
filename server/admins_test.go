package server_test

import (
	"testing"

	"myna/config"
)

// TestAdministratorsAtHome: where administrators may make rooms, those of another domain here may not.
func TestAdministratorsAtHome(t *testing.T) {
	h := newHosts(t, func(c *config.Config) {
		c.Modules = map[string]config.Section{"muc": {"room_creation": "admins"}}
	})
	h.account("boss@example.org")
	_, err := h.s.Do(h.ctx, `admin account.set {"address":"boss@example.org","role":"domain"}`)
	h.must(err)
	boss := h.client("boss@example.org")
	for room, want := range map[string]string{"one@groups.example.org": "entered", "two@groups.example.net": "cancel not-allowed"} {
		if got := h.enter(boss, room); got != want {
			t.Errorf("%s: %s, want %s", room, got, want)
		}
	}
}
