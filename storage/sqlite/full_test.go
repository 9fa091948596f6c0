package sqlite

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/storage/sqldb"
	"myna/xmpp"
)

// TestFull: a database that cannot grow says so to callers, in words for the client, and to the log once a minute; for
// what there is room is written.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	var log strings.Builder
	now := time.Now()
	writer, err := database(path, 1, append(writerPragmas(Off), "max_page_count(500)"))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := migrate(t.Context(), writer, newest); err != nil {
		t.Fatal(err)
	}
	readers, err := database(path, 1, readerPragmas)
	if err != nil {
		t.Fatal(err)
	}
	defer readers.Close()
	s, err := sqldb.New(t.Context(), sqldb.Engine{Writer: writer, Readers: readers, ReaderCount: 1, Begin: "BEGIN IMMEDIATE",
		Inserter: newInserter, Full: full}, sqldb.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	lan, big := address(t, "lan@example.com"), make([]byte, 4<<20)
	for range 3 {
		_, err := s.Append(t.Context(), storage.Entry{Owner: lan, Stanza: big})
		refused(t, err)
		refused(t, s.PutDoc(t.Context(), lan, "space", "key", big))
	}
	if _, err := s.Append(t.Context(), storage.Entry{Owner: lan, Stanza: big[:100]}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

// refused checks that an error tells a client to try again later.
func refused(t *testing.T, err error) {
	t.Helper()
	var r *xmpp.Refusal
	if !errors.Is(err, storage.ErrFull) || !errors.As(err, &r) || r.Stanza.Condition != stanza.ResourceConstraint || r.Stanza.Type != stanza.Wait {
		t.Errorf("got %v", err)
	}
}
