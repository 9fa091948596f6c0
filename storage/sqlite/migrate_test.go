package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// at makes a database of an earlier version, with what testdata says that it has written.
func at(t *testing.T, path string, version int) {
	db, err := database(path, 1, writerPragmas(Off))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, int64(version)); err != nil {
		t.Fatal(err)
	}
	rows, err := os.ReadFile(fmt.Sprintf("testdata/v%d.sql", version))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("schema %d has no testdata/v%[1]d.sql", version)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), string(rows)); err != nil {
		t.Fatal(err)
	}
}

// TestMigrate opens a database of every earlier version. All of them hold the same.
func TestMigrate(t *testing.T) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations", err)
	}
	for i, name := range files {
		if !strings.HasPrefix(filepath.Base(name), fmt.Sprintf("%05d_", i+1)) {
			t.Errorf("%s is migration %d", name, i+1)
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "myna.db")
			at(t, path, i+1)
			s, err := Open(t.Context(), path, Options{Sync: Off})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			checkFixture(t, s)
			if i+1 >= 3 {
				yes, err := s.IsRecent(t.Context(), address(t, "an@example.com"), address(t, "lan@example.com"))
				if err != nil || !yes {
					t.Errorf("the accounts do not know each other: %v, %v", yes, err)
				}
			}
			if i+1 >= 6 {
				in, err := s.Invite(t.Context(), "k7x2abcdmn")
				if err != nil || in.Kept() != address(t, "minh@example.com") || len(in.Groups) != 1 {
					t.Errorf("the invitation is %+v, %v", in, err)
				}
			}
			if i+1 >= 8 {
				list, err := s.AppPasswords(t.Context(), address(t, "an@example.com"))
				if err != nil || len(list) != 1 || list[0].Label != "Phone" {
					t.Errorf("app passwords %+v, %v", list, err)
				}
			}
			if i+1 >= 10 {
				list, err := s.PubSub().Items(t.Context(), address(t, "lan@example.com"), "n", 0)
				if err != nil || len(list) != 1 || list[0].Origin != "pubsub.example.org news" {
					t.Errorf("items %+v, %v", list, err)
				}
			}
		})
	}
}

func address(t *testing.T, s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func checkFixture(t *testing.T, s *Store) {
	ctx, lan, room := t.Context(), address(t, "lan@example.com"), address(t, "sales@groups.example.com")
	see := func(what string, want any, read func() (any, error)) {
		t.Helper()
		got, err := read()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, want %+v; error %v", what, got, want, err)
		}
	}
	see("name", "Lan", func() (any, error) { a, err := s.Account(ctx, lan); return a.Name, err })
	see("credentials", []storage.Credential{{Mechanism: "SCRAM-SHA-256", Salt: []byte{1}, Iterations: 4096, StoredKey: []byte{2},
		ServerKey: []byte{3}}}, func() (any, error) { return s.Credentials(ctx, lan) })
	see("roster", []storage.RosterItem{{JID: address(t, "bo@example.org"), Name: "Bo", Groups: []string{"friends"}, To: true, From: true}},
		func() (any, error) { items, _, err := s.Roster(ctx, lan); return items, err })
	see("document", []byte("*"), func() (any, error) { return s.Doc(ctx, lan, "vcard", "") })
	see("affiliation", []storage.Affiliation{{JID: lan, Affiliation: "member", Nick: "Lan", Managed: true}},
		func() (any, error) { return s.Rooms().Affiliations(ctx, room) })
	see("alias", room, func() (any, error) { a, err := s.Alias(ctx, address(t, "sales@example.com")); return a.Room, err })
	see("archive", 1, func() (any, error) {
		_, page, err := s.Query(ctx, storage.Query{Owner: lan, Count: true})
		return page.Count, err
	})
	see("waiting", []int64{1700000000000003}, func() (any, error) {
		list, _, err := s.Waiting(ctx, lan, 0, storage.Most{Records: 9})
		var ids []int64
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids, err
	})
}

// TestNewerSchema opens a database that a later program has migrated.
func TestNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	s, err := Open(t.Context(), path, Options{Sync: Off})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := database(path, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{Sync: Off}); err == nil || !strings.Contains(err.Error(), "schema 99999 is newer") {
		t.Errorf("error is %v", err)
	}
}

// TestOpen looks at the files and the settings of a new database.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#%41.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.PutDoc(t.Context(), address(t, "lan@example.com"), "a", "b", nil); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("permissions of the database%s are %v", suffix, mode)
		}
	}
	if _, err := Open(t.Context(), path, Options{Sync: "maybe"}); err == nil {
		t.Error("an unknown sync was accepted")
	}
	if _, err := Open(t.Context(), filepath.Join(path, "no"), Options{}); err == nil {
		t.Error("a database inside a file was opened")
	}
}

// TestPragmas asks connections for their settings.
func TestPragmas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	for name, c := range map[string]struct {
		pragmas []string
		want    map[string]string
	}{
		"full":   {writerPragmas(Full), map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "query_only": "0"}},
		"normal": {writerPragmas(Normal), map[string]string{"synchronous": "1", "wal_autocheckpoint": "32000"}},
		"reader": {readerPragmas, map[string]string{"query_only": "1", "busy_timeout": "5000"}},
	} {
		db, err := database(path, 1, c.pragmas)
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range c.want {
			var got string
			if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %q, want %q; error %v", name, pragma, got, want, err)
			}
		}
		db.Close()
	}
}

// Subscriptions of schema 6 had no ids; each gets one.
func TestMigrateSubscriptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	at(t, path, 6)
	db, err := database(path, 1, writerPragmas(Off))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO ps_node (id, owner, name, config, created, seq) VALUES (1, 1, 'n', '{}', 1, 2);
		INSERT INTO ps_item (node, id, seq, publisher, at) VALUES (1, 'i', 2, '', 1);
		INSERT INTO ps_subscription (node, jid, value) VALUES (1, 'an@example.com', 'subscribed'), (1, 'bo@example.org', 'pending')`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	s, err := Open(t.Context(), path, Options{Sync: Off})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lan := address(t, "lan@example.com")
	list, err := s.PubSub().Subscriptions(t.Context(), lan, "n")
	if err != nil || len(list) != 2 || list[0].State != "subscribed" || list[1].State != "pending" || len(list[0].ID) != 16 || list[0].ID == list[1].ID {
		t.Errorf("subscriptions %+v, %v", list, err)
	}
	items, err := s.PubSub().Items(t.Context(), lan, "n", 0)
	if err != nil || len(items) != 1 || items[0].Born != 2 {
		t.Errorf("items %+v, %v", items, err)
	}
}
