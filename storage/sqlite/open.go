package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"

	"myna/storage"
	"myna/storage/sqldb"
)

// readers is how many reads run beside the writer.
const readers = 4

// Sync says what a commit waits for.
type Sync string

// What a commit waits for. Whatever it is, a killed process loses nothing; only a machine that fails may.
const (
	Full   Sync = "full"   // the disk has it: nothing that was acknowledged is lost when the power fails
	Normal Sync = "normal" // the operating system has it: the last moments may be lost when the power fails
	Off    Sync = "off"    // nothing; the database may break when the power fails. For tests
)

// Options are what may be chosen about a database.
type Options struct {
	Sync Sync         // Full by default
	Log  *slog.Logger // none by default
	// These are explained in sqldb.Options.
	Now          func() time.Time
	ConfirmDelay time.Duration
	IndexAfter   int
	Committed    func(took time.Duration, requests, stanzas int)
}

// Store is an open database. It implements storage.Store.
type Store struct {
	*sqldb.Store
	writer, readers *sql.DB
}

var _ storage.Store = (*Store)(nil)

// Open opens a database file, makes it where there is none (readable by its owner only), and migrates its schema. A
// database of a newer version of the program is refused.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	s, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options) (_ *Store, err error) {
	switch o.Sync {
	case "":
		o.Sync = Full
	case Full, Normal, Off:
	default:
		return nil, fmt.Errorf("sync %q is none of full, normal, off", o.Sync)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if err := protect(path); err != nil {
		return nil, err
	}
	// fdatasync is as durable as fsync and halves the wait of a commit. Where there is none SQLite goes on as before.
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return nil, err
	}
	s := &Store{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closeDatabases())
		}
	}()
	if s.writer, err = database(path, 1, writerPragmas(o.Sync)); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.writer, newest); err != nil {
		return nil, err
	}
	if s.readers, err = database(path, readers, readerPragmas); err != nil {
		return nil, err
	}
	s.Store, err = sqldb.New(ctx, sqldb.Engine{
		Writer: s.writer, Readers: s.readers, ReaderCount: readers,
		Begin: "BEGIN IMMEDIATE", Inserter: newInserter, Texts: texts(), Full: full,
		Backup: func(ctx context.Context, file string) error { return backup(ctx, path, file) },
	}, sqldb.Options{Log: o.Log, Now: o.Now, ConfirmDelay: o.ConfirmDelay, IndexAfter: o.IndexAfter, Committed: o.Committed})
	return s, err
}

// codeFull is SQLite's result SQLITE_FULL.
const codeFull = 13

// full tells whether an error is that there is no room: for the database, or for its journal.
func full(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == codeFull // extended codes have it in their lowest byte
}

// protect makes the file before SQLite does, so that nobody else may read it; SQLite gives its companions the same
// permissions. A file that others may read is shut.
func protect(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	return errors.Join(err, f.Close())
}

func writerPragmas(sync Sync) []string {
	return []string{
		"busy_timeout(5000)", "journal_mode(wal)", "synchronous(" + string(sync) + ")", "foreign_keys(on)",
		"cache_size(-65536)", "wal_autocheckpoint(32000)", "journal_size_limit(268435456)", "temp_store(memory)",
	}
}

var readerPragmas = []string{
	"busy_timeout(5000)", "query_only(on)", "cache_size(-16384)", "mmap_size(1073741824)", "temp_store(memory)",
}

// database opens a pool whose connections live as long as it does.
func database(path string, size int, pragmas []string) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Path: path}
	var q []string
	for _, p := range pragmas {
		q = append(q, "_pragma="+p)
	}
	dsn.RawQuery = strings.Join(q, "&")
	c, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// Close waits for what has been accepted and closes the database.
func (s *Store) Close() error {
	return errors.Join(s.Store.Close(), s.closeDatabases())
}

// closeDatabases closes the writer last: the last connection folds the journal into the database.
func (s *Store) closeDatabases() error {
	var errs []error
	for _, db := range []*sql.DB{s.readers, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
