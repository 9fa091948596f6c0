package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/storage/storagetest"
)

// opener opens stores that index their archives after so many stanzas; 0: the default.
func opener(after int) storagetest.Open {
	return func(t *testing.T, dir string, now func() time.Time) storage.Store {
		s, err := sqlite.Open(t.Context(), sqlitetest.Fresh(t, filepath.Join(dir, "myna.db")),
			sqlite.Options{Sync: sqlite.Off, Now: now, IndexAfter: after})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// TestStore runs the suite; in it archives are not indexed yet.
func TestStore(t *testing.T) { storagetest.Run(t, opener(0)) }

// TestIndexed runs the archive's part of the suite with archives that are indexed at once, and in part.
func TestIndexed(t *testing.T) {
	for _, after := range []int{1, 7} {
		t.Run(fmt.Sprintf("after %d", after), func(t *testing.T) { storagetest.RunArchive(t, opener(after)) })
	}
}
