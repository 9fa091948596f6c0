package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"myna/storage"
)

// TestConfirmDelay waits until a confirmation is written although nothing else is.
func TestConfirmDelay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	s, err := Open(t.Context(), path, Options{Sync: Off, ConfirmDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lan := address(t, "lan@example.com")
	ids, err := s.Append(t.Context(), storage.Entry{Owner: lan})
	if err != nil {
		t.Fatal(err)
	}
	db, err := database(path, 1, readerPragmas)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s.Confirm(lan, ids[0])
	limit := time.After(30 * time.Second)
	for tick := time.NewTicker(time.Millisecond); ; {
		var id int64
		if err := db.QueryRowContext(t.Context(), `SELECT COALESCE(MAX(id), 0) FROM confirmed`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		if id == ids[0] {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("the confirmation is not written")
		}
	}
}

// TestFailingTransaction takes the archive's table away: all of a transaction fails, and the next ones work.
func TestFailingTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	s, err := Open(t.Context(), path, Options{Sync: Off})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lan := address(t, "lan@example.com")
	db, err := database(path, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("archive", "gone")
	if ids, err := s.Append(t.Context(), storage.Entry{Owner: lan}); err == nil || ids != nil {
		t.Fatalf("appended %v without a table", ids)
	}
	s.Confirm(lan, 1)
	if err := s.PutDoc(t.Context(), lan, "a", "b", []byte("c")); err != nil { // gives lan a number that is not rolled back
		t.Fatal(err)
	}
	rename("gone", "archive")
	if _, err := s.Append(t.Context(), storage.Entry{Owner: lan}); err != nil {
		t.Fatal(err)
	}
	list, _, err := s.Query(t.Context(), storage.Query{Owner: lan, Max: 9})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d records, error %v", len(list), err)
	}
	if doc, err := s.Doc(t.Context(), lan, "a", "b"); err != nil || string(doc) != "c" {
		t.Errorf("document %q, error %v", doc, err)
	}
}

// TestFailingCallback: a callback that fails by a mistake of ours keeps nothing from those behind it.
func TestFailingCallback(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "myna.db"), Options{Sync: Off})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := []storage.Entry{{Owner: address(t, "lan@example.com")}}
	done := make(chan []int64)
	for _, f := range []func([]int64, error){
		func([]int64, error) { panic("a mistake") },
		func(ids []int64, _ error) { done <- ids },
	} {
		if err := s.AppendAsync(e, f); err != nil {
			t.Fatal(err)
		}
	}
	if ids := <-done; len(ids) != 1 {
		t.Errorf("ids %v", ids)
	}
}
