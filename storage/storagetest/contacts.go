package storagetest

import (
	"fmt"
	"sync"
	"testing"

	"myna/storage"
)

func testRoster(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, an, bo := id("lan@example.com"), id("an@example.com"), id("bo@example.org")
	items, version, err := s.Roster(ctx, lan)
	check(t, err)
	same(t, "empty roster", len(items)+int(version), 0)
	_, err = s.RosterItem(ctx, lan, an)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.DeleteRosterItem(ctx, lan, an)
	wantErr(t, err, storage.ErrNotFound)

	first := storage.RosterItem{JID: an, Name: "Ân", Groups: []string{"b", "a"}, To: true, Ask: true, Approved: true}
	second := storage.RosterItem{JID: bo, From: true, Shared: true, PendingIn: []byte("<presence/>")}
	v1 := must[int64](t)(s.PutRosterItem(ctx, lan, first))
	v2 := must[int64](t)(s.PutRosterItem(ctx, lan, second))
	if v1 <= 0 || v2 <= v1 {
		t.Fatalf("versions %d, %d do not grow", v1, v2)
	}
	items, version, err = s.Roster(ctx, lan)
	check(t, err)
	equal(t, "roster", items, []storage.RosterItem{first, second})
	same(t, "version", version, v2)
	equal(t, "item", must[storage.RosterItem](t)(s.RosterItem(ctx, lan, bo)), second)

	v3 := must[int64](t)(s.DeleteRosterItem(ctx, lan, an))
	if v3 <= v2 {
		t.Fatalf("version %d after %d", v3, v2)
	}
	_, err = s.RosterItem(ctx, lan, an)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.DeleteRosterItem(ctx, lan, an)
	wantErr(t, err, storage.ErrNotFound)
	items, version, err = s.Roster(ctx, lan)
	check(t, err)
	equal(t, "roster after removal", items, []storage.RosterItem{second})
	same(t, "version after removals, one of them refused", version, v3)
}

func testRosterVersions(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	since := func(v int64) ([]storage.RosterChange, bool) {
		changes, ok, err := s.RosterSince(ctx, lan, v)
		check(t, err)
		return changes, ok
	}
	if changes, ok := since(0); !ok || changes != nil {
		t.Fatalf("changes of a new roster: %v %v", changes, ok)
	}
	contact := func(i int) storage.RosterItem {
		return storage.RosterItem{JID: id(fmt.Sprintf("c%04d@example.org", i)), To: true}
	}
	v1 := must[int64](t)(s.PutRosterItem(ctx, lan, contact(1)))
	v2 := must[int64](t)(s.PutRosterItem(ctx, lan, contact(2)))
	v3 := must[int64](t)(s.PutRosterItem(ctx, lan, contact(1)))
	v4 := must[int64](t)(s.DeleteRosterItem(ctx, lan, contact(2).JID))
	one := storage.RosterChange{Version: v3, JID: contact(1).JID, Item: contact(1)}
	two := storage.RosterChange{Version: v4, JID: contact(2).JID, Removed: true}
	for v, want := range map[int64][]storage.RosterChange{0: {one}, v1: {one, two}, v2: {one, two}, v3: {two}, v4: nil} {
		changes, ok := since(v)
		same(t, "known version", ok, true)
		equal(t, fmt.Sprintf("changes since %d", v), changes, want)
	}
	for _, v := range []int64{-1, 1, v4 + 1} {
		if _, ok := since(v); ok {
			t.Fatalf("version %d is known", v)
		}
	}
	var wg sync.WaitGroup
	for from := range 30 {
		wg.Go(func() {
			for i := from; i < 510; i += 30 {
				_, err := s.PutRosterItem(ctx, lan, contact(100+i))
				if err == nil {
					_, err = s.DeleteRosterItem(ctx, lan, contact(100+i).JID)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, ok := since(v4); ok {
		t.Fatal("a version is known although removals after it were forgotten")
	}
	_, version, err := s.Roster(ctx, lan)
	check(t, err)
	if changes, ok := since(version - 1); !ok || len(changes) != 1 {
		t.Fatalf("changes since the last but one: %d %v", len(changes), ok)
	}
}

func testDocs(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, host := id("lan@example.com"), id("example.com")
	_, err := s.Doc(ctx, lan, "vcard", "k")
	wantErr(t, err, storage.ErrNotFound)
	check(t, s.DeleteDoc(ctx, lan, "vcard", "k"))
	same(t, "documents", len(must[map[string][]byte](t)(s.ListDocs(ctx, lan, "vcard"))), 0)
	same(t, "keys", len(must[[]string](t)(s.DocKeys(ctx, lan, "vcard"))), 0)
	check(t, s.PutDoc(ctx, lan, "vcard", "k", []byte{0, 255}))
	check(t, s.PutDoc(ctx, host, "vcard", "k", []byte("host")))
	check(t, s.PutDoc(ctx, lan, "blocking", "k", nil))
	equal(t, "document", must[[]byte](t)(s.Doc(ctx, lan, "vcard", "k")), []byte{0, 255})
	equal(t, "host's document", must[[]byte](t)(s.Doc(ctx, host, "vcard", "k")), []byte("host"))
	equal(t, "empty document", must[[]byte](t)(s.Doc(ctx, lan, "blocking", "k")), []byte{})
	check(t, s.PutDocs(ctx, lan, "vcard", map[string][]byte{"k": nil, "a": []byte("1"), "b": []byte("2"), "none": nil}))
	equal(t, "documents", must[map[string][]byte](t)(s.ListDocs(ctx, lan, "vcard")),
		map[string][]byte{"a": []byte("1"), "b": []byte("2")})
	equal(t, "keys", must[[]string](t)(s.DocKeys(ctx, lan, "vcard")), []string{"a", "b"})
	check(t, s.DeleteDoc(ctx, lan, "vcard", "a"))
	_, err = s.Doc(ctx, lan, "vcard", "a")
	wantErr(t, err, storage.ErrNotFound)
}
