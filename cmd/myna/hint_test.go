package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Commands that are shown can be typed as they stand.
func TestShownCommands(t *testing.T) {
	for file, want := range map[string]string{
		defaultConfig:    `start it with bin/myna serve (or "bin/myna init"), not /opt/myna serve, myna serves`,
		"/srv/m.toml":    `start it with bin/myna --config /srv/m.toml serve (or "bin/myna --config /srv/m.toml init"), not /opt/myna serve, myna serves`,
		"/a b/$1/it's.x": `start it with bin/myna --config '/a b/$1/it'\''s.x' serve (or "bin/myna --config '/a b/$1/it'\''s.x' init"), not /opt/myna serve, myna serves`,
	} {
		c := &cli{name: "bin/myna", env: func(string) string { return file }}
		c.root()
		if got := c.commands(`start it with myna serve (or "myna init"), not /opt/myna serve, myna serves`); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestHintsNameTheConfiguration(t *testing.T) {
	s := newShell(t)
	s.set()
	other := filepath.Join(s.dir, "other.toml")
	s.fails(failed, "or make one with myna --config "+other+" init DOMAIN", "status", "--config", other)
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.fails(failed, "start it with myna --config "+other+" serve", "account", "kick", "lan@example.com", "--config", other)
	s.ok("alias", "create", "sales@example.com", "--target", "lan@example.com")
	for text, out := range map[string]string{
		"group show sales@example.com":    s.ok("alias", "set", "sales@example.com", "--group-chat", "--config", other),
		"alias restore sales@example.com": s.ok("alias", "delete", "sales@example.com", "--config", other),
		"alias create ADDRESS":            s.ok("group", "list", "--config", other),
	} {
		if !strings.Contains(out, "myna --config "+other+" "+text) {
			t.Errorf("no %q in %s", text, out)
		}
	}
	_, out, _ := s.input("", "doctor", "--no-dns", "--config", other)
	if !strings.Contains(out, "start it with: myna --config "+other+" serve") {
		t.Error(out)
	}
}
