package main

import (
	"encoding/json"
	"strings"
	"testing"

	"myna/admin"
)

// An invitation's links are shown once, it is listed without them, keeps its address, and is gone when it is revoked.
func TestInviteCommands(t *testing.T) {
	s := newShell(t)
	s.set()
	s.fails(misuse, "DOMAIN|ADDRESS", "invite", "create")
	s.fails(failed, "not a domain of this server", "invite", "create", "example.org")
	var i admin.CreatedInvite
	if err := json.Unmarshal([]byte(s.ok("invite", "create", "mai@example.com", "--note", "from Monday", "--days", "2", "--json")), &i); err != nil {
		t.Fatal(err)
	}
	if out := s.ok("invite", "create", "example.com", "--uses", "20"); !strings.Contains(out, "xmpp:example.com?register;preauth=") || !strings.Contains(out, "for 20 accounts") {
		t.Errorf("created: %s", out)
	}
	if out := s.ok("invite", "list"); !strings.Contains(out, i.ID) || !strings.Contains(out, "0/20") || !strings.Contains(out, "from Monday") || strings.Contains(out, i.Token) {
		t.Errorf("listed: %s", out)
	}
	s.fails(failed, "is kept for somebody who is invited", "account", "create", "mai@example.com", "--generate-password")
	s.ok("invite", "revoke", i.ID)
	s.fails(failed, "there is no invitation", "invite", "revoke", i.ID)
	if out := s.ok("invite", "list", "--domain", "example.com"); strings.Contains(out, i.ID) {
		t.Errorf("listed: %s", out)
	}
	if out := s.ok("audit"); strings.Contains(out, i.Token) || !strings.Contains(out, "invite.revoke") {
		t.Errorf("audit log: %s", out)
	}
}
