// Package sqlitetest gives tests new databases at the price of a copy: the schema is made once for each test binary, as
// its migrations are slow where the race detector is on.
package sqlitetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"myna/storage/sqlite"
)

// Fresh puts an empty database of the newest schema at path, for sqlite.Open, and returns path. A file that is there stays.
func Fresh(tb testing.TB, path string) string {
	tb.Helper()
	if _, err := os.Stat(path); err == nil {
		return path
	}
	content, err := schema()
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// schema returns the content of a database that was opened once.
var schema = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "schema")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "db")
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{Sync: sqlite.Off})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // which writes what is in the journal into the file
		return nil, err
	}
	return os.ReadFile(path)
})
