package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/storagetest"
)

// TestStore runs the suite with archives that are not indexed yet, that are indexed at once, and in between.
func TestStore(t *testing.T) {
	for _, after := range []int{0, 1, 7} {
		t.Run(fmt.Sprintf("index after %d", after), func(t *testing.T) {
			storagetest.Run(t, func(t *testing.T, dir string, now func() time.Time) storage.Store {
				s, err := sqlite.Open(t.Context(), filepath.Join(dir, "myna.db"),
					sqlite.Options{Sync: sqlite.Off, Now: now, IndexAfter: after})
				if err != nil {
					t.Fatal(err)
				}
				return s
			})
		})
	}
}
