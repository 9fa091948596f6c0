package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What root makes in the server's directory is the server's; what a link there leads to is not.
func TestGiveToOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	const uid = 12345
	data, elsewhere := t.TempDir(), t.TempDir()
	inside, outside := filepath.Join(data, "keys", "key.pem"), filepath.Join(elsewhere, "key.pem")
	for _, name := range []string{inside, outside} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(elsewhere, filepath.Join(data, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, uid, uid); err != nil {
		t.Fatal(err)
	}
	if err := giveToOwner(data); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{inside: uid, filepath.Dir(inside): uid, outside: 0, elsewhere: 0} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; got != want {
			t.Errorf("%s belongs to %d, want %d", name, got, want)
		}
	}
}
