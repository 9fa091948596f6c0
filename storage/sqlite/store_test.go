package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T, dir string, now func() time.Time) storage.Store {
		s, err := sqlite.Open(t.Context(), filepath.Join(dir, "myna.db"), sqlite.Options{Sync: sqlite.Off, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
