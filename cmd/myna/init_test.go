package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"myna/admin"
)

func TestInit(t *testing.T) {
	s := newShell(t)
	out := s.set()
	for _, want := range []string{"lan@example.com", "_xmpp-client._tcp.example.com.", "IN SRV 5 1 5222 example.com.", "SHA-256:",
		"host-meta", "myna --config " + s.file + " serve", "Password:", "is not shown again"} {
		if !strings.Contains(out, want) {
			t.Errorf("init does not tell %q\n%s", want, out)
		}
	}
	if strings.Contains(out, "-server._tcp") {
		t.Errorf("init asks for records of what is not served\n%s", out)
	}
	for file, mode := range map[string]os.FileMode{"data/key.pem": 0o600, "data": os.ModeDir | 0o700, "data/myna.db": 0o600, "myna.toml": 0o644} {
		if info, err := os.Stat(filepath.Join(s.dir, file)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	before, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.fails(failed, s.file+" exists already (for example.com); nothing was changed. Start the server with myna --config "+s.file+" serve", "init", "example.org", "--admin", "lan")
	if after, err := os.ReadFile(s.file); err != nil || !bytes.Equal(after, before) {
		t.Errorf("init again changes the configuration: %v\n%s", err, after)
	}
	d := decode[admin.AccountDetail](t, s.ok("account", "show", "lan@example.com", "--json"))
	if d.Role != "server" {
		t.Errorf("the first administrator is %+v", d)
	}
}

// A configuration that was lost is written again; the administrator who is there already stays as he is.
func TestInitKeepsAccounts(t *testing.T) {
	s := newShell(t)
	data := filepath.Join(s.dir, "data")
	if status, out, err := s.input("correct horse\n", "init", "example.com", "--admin", "lan", "--data", data, "--password-stdin"); status != done || strings.Contains(out+err, "horse") {
		t.Fatalf("init: %d\n%s%s", status, out, err)
	}
	s.signsIn("lan@example.com", "correct horse")
	remove(t, s.file)
	status, _, err := s.input("another horse\n", "init", "example.com", "--admin", "lan", "--data", data, "--password-stdin")
	if status != failed || !strings.Contains(err, "lan@example.com exists already in "+data+" and keeps its password; nothing was changed") {
		t.Errorf("init with another password: %d %s", status, err)
	}
	if _, err := os.Stat(s.file); err == nil {
		t.Error("a refused init leaves a configuration")
	}
	again := decode[initialised](t, s.ok("init", "Example.com", "--admin", "lan@example.com", "--data", data, "--json"))
	if again.Password != "" || !again.Kept || again.Admin != "lan@example.com" {
		t.Errorf("init again: %+v", again)
	}
	remove(t, s.file)
	out := s.ok("init", "example.com", "--admin", "lan", "--data", data)
	if !strings.Contains(out, "myna --config "+s.file+" account password lan@example.com") || strings.Contains(out, "Password:") {
		t.Error(out)
	}
	s.signsIn("lan@example.com", "correct horse")
}

func TestInitRefusesWeakPasswords(t *testing.T) {
	s := newShell(t)
	for password, text := range map[string]string{"": "no password on standard input", "short": "it has fewer than 8 characters; nothing was made"} {
		status, _, err := s.input(password+"\n", "init", "example.com", "--admin", "lan", "--data", filepath.Join(s.dir, "data"), "--password-stdin")
		if status != failed || !strings.Contains(err, text) {
			t.Errorf("%q: %d %s", password, status, err)
		}
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) != 0 {
		t.Errorf("a refused init leaves %v, %v", left, err)
	}
}

func TestMailDomain(t *testing.T) {
	for domain, want := range map[string]string{
		"example.com": "example.com", "EXAMPLE.com": "example.com", "example.com.": "example.com", "localhost": "localhost", "bücher.example": "bücher.example",
		"xn--bcher-kva.example": "bücher.example", "a-b.1.example": "a-b.1.example",
		"": "", "a..b": "", ".a": "", "-a.b": "", "a-.b": "", "a_b.example": "", "http://example.com": "", "example.com:5222": "", "[::1]": "", "::1": "",
		"ex\x00ample.com": "", strings.Repeat("a", 64) + ".com": "", "exa\xffmple": "", strings.Repeat("abcdefg.", 40) + "com": "",
	} {
		got, err := mailDomain(domain)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", domain, got, err, want)
		}
	}
}

func remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}
