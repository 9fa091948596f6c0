package main

import (
	"os"
	"strings"
	"testing"

	"myna/admin"
)

// TestPassingTheLimit: who makes a domain too large for a shared roster of everybody reads it, once, and the domain's own
// value counts.
func TestPassingTheLimit(t *testing.T) {
	s := newShell(t)
	s.set()
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.write("myna.toml", string(text)+"\n[host.\"example.com\".modules.contacts]\nshared_limit = 2\n")
	create := func(name string) string { return s.ok("account", "create", name+"@example.com", "--generate-password") }
	if out := create("an"); strings.Contains(out, "Note:") {
		t.Errorf("the second account: %s", out)
	}
	out := create("minh")
	for _, part := range []string{"Note: example.com has more than 2 accounts", "recent contacts", "shared_limit"} {
		if strings.Count(out, part) != 1 {
			t.Errorf("the third account says nothing of %q: %s", part, out)
		}
	}
	if out := create("chi"); strings.Contains(out, "Note:") {
		t.Errorf("the fourth account: %s", out)
	}
	s.ok("account", "delete", "an@example.com", "--yes")
	s.ok("account", "delete", "chi@example.com", "--yes")
	file := s.write("people.csv", "x@example.com,,,secret-of-x\ny@example.com,,,secret-of-y\n")
	r := decode[admin.Imported](t, s.ok("account", "import", file, "--json"))
	if r.Created != 2 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "more than 2 accounts") {
		t.Errorf("import: %+v", r)
	}
}
