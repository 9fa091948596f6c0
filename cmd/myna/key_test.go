package main

import (
	"encoding/json"
	"strings"
	"testing"

	"myna/admin"
)

// A key is shown once, listed without its secret, and gone when it is revoked.
func TestKeyCommands(t *testing.T) {
	s := newShell(t)
	s.set()
	s.fails(misuse, "what may the key do", "key", "create", "webmail")
	s.fails(misuse, "what may the key do", "key", "create", "webmail", "--server", "--domain", "example.com")
	s.fails(failed, "not a domain of this server", "key", "create", "webmail", "--domain", "example.org")
	var k admin.CreatedKey
	if err := json.Unmarshal([]byte(s.ok("key", "create", "webmail", "--domain", "example.com", "--json")), &k); err != nil {
		t.Fatal(err)
	}
	if out := s.ok("key", "create", "panel", "--server"); !strings.HasPrefix(out, "myna_") || !strings.Contains(out, "administers the server") {
		t.Errorf("created: %s", out)
	}
	if out := s.ok("key", "list"); !strings.Contains(out, k.ID) || !strings.Contains(out, "panel") || strings.Contains(out, k.Text) {
		t.Errorf("listed: %s", out)
	}
	if out := s.ok("key", "list", "--domain", "example.com"); strings.Contains(out, "panel") {
		t.Errorf("listed of a domain: %s", out)
	}
	s.ok("key", "revoke", k.ID)
	s.fails(failed, "there is no key", "key", "revoke", k.ID)
	if out := s.ok("key", "list", "--domain", "example.com"); out != "No keys.\n" {
		t.Errorf("listed: %s", out)
	}
	if out := s.ok("audit"); strings.Contains(out, k.Text) || !strings.Contains(out, "key.revoke") {
		t.Errorf("audit log: %s", out)
	}
}
