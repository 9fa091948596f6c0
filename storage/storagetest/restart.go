package storagetest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"myna/storage"
)

func testReopen(t *testing.T, d *database) {
	lan := id("lan@example.com")
	d.with(t, func(s storage.Store) {
		check(t, s.CreateAccount(t.Context(), storage.Account{JID: lan, Created: day}, nil))
		must[[]int64](t)(s.Append(t.Context(), entry("lan@example.com", "a@example.org", "kept")))
	})
	d.with(t, func(s storage.Store) {
		equal(t, "account", must[storage.Account](t)(s.Account(t.Context(), lan)), storage.Account{JID: lan, Created: day})
		same(t, "archive", fmt.Sprint(all(t, s, lan)), "[kept]")
	})
}

// testIDsNeverAgain removes the newest records, sets the clock back and opens the database again.
func testIDsNeverAgain(t *testing.T, d *database) {
	one := entry("lan@example.com", "a@example.org", "x")
	remove := map[string]func(s storage.Store) error{
		"erase": func(s storage.Store) error { return s.Erase(t.Context(), one.Owner) },
		"trim": func(s storage.Store) error {
			_, err := s.Trim(t.Context(), one.Owner, time.Now().Add(time.Hour))
			return err
		},
		"delete": func(s storage.Store) error {
			check(t, s.CreateAccount(t.Context(), storage.Account{JID: one.Owner}, nil))
			return s.DeleteAccount(t.Context(), one.Owner)
		},
	}
	var last int64
	for name, f := range remove {
		d.with(t, func(s storage.Store) {
			id := must[[]int64](t)(s.Append(t.Context(), one))[0]
			if id <= last {
				t.Fatalf("%s: id %d after %d", name, id, last)
			}
			last = id
			check(t, f(s))
			same(t, name+": left", len(all(t, s, one.Owner)), 0)
		})
		d.now = func() time.Time { return day.Add(-time.Hour) }
		d.with(t, func(s storage.Store) {
			id := must[[]int64](t)(s.Append(t.Context(), one))[0]
			if id <= last {
				t.Fatalf("%s: id %d after %d", name, id, last)
			}
			last = id
		})
	}
}

// testClock steps the clock back while the store runs.
func testClock(t *testing.T, d *database) {
	at := day
	d.now = func() time.Time { return at }
	d.with(t, func(s storage.Store) {
		first := must[[]int64](t)(s.Append(t.Context(), entry("lan@example.com", "a@example.org", "0")))[0]
		same(t, "id", first, day.UnixMicro())
		at = day.Add(-time.Hour)
		second := must[[]int64](t)(s.Append(t.Context(), entry("lan@example.com", "a@example.org", "1")))[0]
		same(t, "id after a step back", second, first+1)
		at = day.Add(time.Hour)
		third := must[[]int64](t)(s.Append(t.Context(), entry("lan@example.com", "a@example.org", "2")))[0]
		same(t, "id later", third, at.UnixMicro())
	})
}

func testConfirmLasts(t *testing.T, d *database) {
	lan := id("lan@example.com")
	w := entry("lan@example.com", "a@example.org", "x")
	w.Flags = storage.Waiting
	d.with(t, func(s storage.Store) {
		ids := must[[]int64](t)(s.Append(t.Context(), w, w, w))
		s.Confirm(lan, ids[1])
	})
	d.with(t, func(s storage.Store) {
		same(t, "waiting", len(waits(t, s, lan, 0, 9)), 1)
	})
}

// testBackup copies a store while somebody writes into it and opens the copy.
func testBackup(t *testing.T, d *database) {
	copied := &database{open: d.open, dir: t.TempDir(), now: time.Now}
	var before []string
	d.with(t, func(s storage.Store) {
		must[[]int64](t)(s.Append(t.Context(), entry("lan@example.com", "a@example.org", "0")))
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
					if _, err := s.Append(t.Context(), entry("lan@example.com", "a@example.org", fmt.Sprint(i))); err != nil {
						t.Error(err)
					}
				}
			}
		}()
		before = all(t, s, id("lan@example.com"))
		file := filepath.Join(copied.dir, "myna.db")
		check(t, s.Backup(t.Context(), file))
		close(stop)
		<-stopped
		if s.Backup(t.Context(), file) == nil {
			t.Error("a backup replaced a file that was there")
		}
		info, err := os.Stat(file)
		check(t, err)
		same(t, "permissions", info.Mode().Perm(), 0o600)
	})
	copied.with(t, func(s storage.Store) {
		got := all(t, s, id("lan@example.com"))
		if len(got) < len(before) {
			t.Fatalf("the copy has %d records of at least %d", len(got), len(before))
		}
		for i, text := range got {
			same(t, "record", text, fmt.Sprint(i))
		}
	})
}
