package sqlite

import (
	"context"
	"path/filepath"
)

// T is what Temp needs of a test.
type T interface {
	Helper()
	TempDir() string
	Cleanup(func())
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Temp opens an empty store for a test, in a file that goes when the test ends. It waits for no disk.
func Temp(t T) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "myna.db"), Options{Sync: Off})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}
