package account

import (
	"bytes"
	"fmt"
	"testing"

	"myna/config"
	"myna/storage"
)

// TestDecoysAreLikeAccounts: when the number of iterations is raised, names without an account do not stand out.
func TestDecoysAreLikeAccounts(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Iterations = 10000 })
	h.cfg = config.NewOptions(func() Config { c := testConfig(); c.Iterations = 20000; return c }())
	if err := h.countHashes(t.Context()); err != nil {
		t.Fatal(err)
	}
	see := func(names int) (old int) {
		t.Helper()
		for i := range names {
			name := fmt.Sprintf("name%d@%s", i, domain)
			first, again := h.decoy(scramHashes[0], name, domain), h.decoy(scramHashes[0], name, domain)
			other := h.decoy(scramHashes[1], name, domain)
			if !bytes.Equal(first.Salt, again.Salt) || first.Iterations != again.Iterations || other.Iterations != first.Iterations {
				t.Fatalf("%s: %d, %d and %d iterations", name, first.Iterations, again.Iterations, other.Iterations)
			}
			if first.Iterations == 10000 {
				old++
			} else if first.Iterations != 20000 {
				t.Fatal(first.Iterations)
			}
		}
		return old
	}
	if old := see(1000); old != 1000 {
		t.Errorf("%d of 1000 names are like the only account", old)
	}
	before := h.decoy(scramHashes[0], "x", domain)
	for i := range 3 {
		if err := h.Create(t.Context(), storage.Account{JID: address(t, fmt.Sprintf("new%d@example.com", i))}, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-h.rehashed:
	default:
		t.Error("nobody is told of new passwords")
	}
	if err := h.countHashes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if old := see(1000); old < 150 || old > 350 { // 250, and the chance of a mistake is below one in a million
		t.Errorf("%d of 1000 names are like one of four accounts", old)
	}
	if after := h.decoy(scramHashes[0], "x", domain); (after.Iterations == before.Iterations) != bytes.Equal(after.Salt, before.Salt) {
		t.Error("another number of iterations with the same salt")
	}
	if d := h.decoy(scramHashes[0], "x", "example.org"); d.Iterations != 20000 {
		t.Errorf("without accounts: %d", d.Iterations)
	}
}
