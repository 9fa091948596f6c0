package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// At a terminal, who deletes an account sees what goes and answers with a whole word.
func TestDeleteAsks(t *testing.T) {
	s := newShell(t)
	s.set()
	s.ok("account", "create", "minh@example.com", "--name", "Minh", "--generate-password")
	s.ok("alias", "create", "sales@example.com", "--target", "minh@example.com", "--group-chat")
	s.asks = true
	for _, answer := range []string{"", "\n", "y\n", "no\n"} {
		status, out, err := s.input(answer, "account", "delete", "minh@example.com")
		if status != failed || out != "" || !strings.Contains(err, "nothing was deleted") {
			t.Errorf("answer %q: %d\n%s%s", answer, status, out, err)
		}
		for _, want := range []string{"Minh", "Messages:  0", "Files:     0 (0 bytes)", "Aliases:   sales@example.com", "account disable minh@example.com"} {
			if !strings.Contains(err, want) {
				t.Errorf("the question does not tell %q\n%s", want, err)
			}
		}
	}
	if status, out, err := s.input("Yes\n", "account", "delete", "minh@example.com"); status != done || !strings.Contains(out, "minh@example.com is deleted.\nAliases that do not name it any more: sales@example.com") {
		t.Errorf("yes: %d\n%s%s", status, out, err)
	}
	if status, _, err := s.input("yes\n", "account", "delete", "minh@example.com"); status != failed || !strings.Contains(err, "there is no account") {
		t.Errorf("again: %d %s", status, err)
	}
}

// What is gone for good is asked for, too.
func TestPurgeAndDestroyAsk(t *testing.T) {
	s := newShell(t)
	s.set()
	s.ok("alias", "create", "sales@example.com", "--everyone")
	s.ok("alias", "delete", "sales@example.com") // it can be restored
	commands := map[string][]string{
		"sales@example.com":      {"alias", "delete", "sales@example.com", "--purge"},
		"tea@groups.example.com": {"room", "delete", "tea@groups.example.com"},
	}
	for what, command := range commands {
		s.asks = false
		s.fails(misuse, "give --yes", command...)
		s.asks = true
		for _, answer := range []string{"", "\n", "y\n"} {
			status, out, err := s.input(answer, command...)
			if status != failed || out != "" || !strings.Contains(err, what) || !strings.Contains(err, "nothing was deleted") {
				t.Errorf("%s, answer %q: %d\n%s%s", what, answer, status, out, err)
			}
		}
	}
	if status, out, err := s.input("yes\n", commands["sales@example.com"]...); status != done || out != "sales@example.com is gone for good.\n" {
		t.Errorf("yes: %d\n%s%s", status, out, err)
	}
	s.fails(failed, "there is no room", "room", "delete", "tea@groups.example.com", "--yes")
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 kB", 104857600: "104.9 MB", 5e15: "5000.0 TB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// An export is a new file that only its owner reads; one that cannot be made leaves nothing.
func TestExportFile(t *testing.T) {
	s := newShell(t)
	s.set()
	s.ok("account", "create", "minh@example.com", "--name", "Minh", "--generate-password")
	file := filepath.Join(t.TempDir(), "minh.xml")
	if out := s.ok("account", "export", "minh@example.com", file); out != "minh@example.com is in "+file+".\n" {
		t.Errorf("said %q", out)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("file %v, %v", info, err)
	}
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), `<user name="minh">`) || !strings.Contains(string(b), "<FN>Minh</FN>") {
		t.Errorf("file %s, %v", b, err)
	}
	if out := s.ok("account", "export", "minh@example.com"); out != string(b) {
		t.Errorf("standard output: %s", out)
	}
	s.fails(failed, "file exists", "account", "export", "minh@example.com", file)
	other := filepath.Join(t.TempDir(), "nobody.xml")
	s.fails(failed, "there is no account", "account", "export", "nobody@example.com", other)
	if _, err := os.Stat(other); !os.IsNotExist(err) {
		t.Errorf("a file is left: %v", err)
	}
}
