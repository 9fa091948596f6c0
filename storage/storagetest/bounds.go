package storagetest

import (
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// waits returns what waits for an owner.
func waits(t *testing.T, s storage.Archive, owner xmpp.JID, after int64, records int) []storage.Record {
	t.Helper()
	list, _, err := s.Waiting(t.Context(), owner, after, storage.Most{Records: records})
	check(t, err)
	return list
}

// tens archives messages of ten bytes each, which wait, and returns their ids.
func tens(t *testing.T, s storage.Store, words string) []int64 {
	t.Helper()
	var list []storage.Entry
	for _, w := range strings.Fields(words) {
		e := entry("lan@example.com", "a@example.org", w+strings.Repeat(".", 10-len(w)))
		e.Flags = storage.Waiting
		list = append(list, e)
	}
	return must[[]int64](t)(s.Append(t.Context(), list...))
}

func undotted(list []storage.Record) string { return strings.ReplaceAll(texts(list), ".", "") }

// Pages end where they would be too many bytes, in the direction of paging.
func testBounds(t *testing.T, s storage.Store) {
	lan := id("lan@example.com")
	ids := tens(t, s, "0 1 2 3 4 5")
	for name, c := range map[string]struct {
		q    storage.Query
		want string
		page storage.Page
	}{
		"first":        {storage.Query{MaxBytes: 25}, "0 1", storage.Page{Count: -1}},
		"exactly":      {storage.Query{MaxBytes: 30}, "0 1 2", storage.Page{Count: -1}},
		"one at least": {storage.Query{MaxBytes: 5, After: ids[1]}, "2", storage.Page{Count: -1, First: -1}},
		"last":         {storage.Query{MaxBytes: 25, Last: true, Count: true}, "4 5", storage.Page{Count: 6, First: 4}},
		"before":       {storage.Query{MaxBytes: 25, Before: ids[2]}, "0 1", storage.Page{Count: -1, First: -1, Complete: true}},
		"all":          {storage.Query{MaxBytes: 60}, "0 1 2 3 4 5", storage.Page{Count: -1, Complete: true}},
		"records":      {storage.Query{MaxBytes: 60, Max: 2}, "0 1", storage.Page{Count: -1}},
	} {
		if c.q.Owner = lan; c.q.Max == 0 {
			c.q.Max = 50
		}
		got, page, err := s.Query(t.Context(), c.q)
		check(t, err)
		same(t, name, undotted(got), c.want)
		same(t, name+": page", page, c.page)
	}
	waiting := func(m storage.Most) (string, bool) {
		list, more, err := s.Waiting(t.Context(), lan, 0, m)
		check(t, err)
		return undotted(list), more
	}
	list, more := waiting(storage.Most{Records: 9, Bytes: 25})
	equal(t, "waiting", []any{list, more}, []any{"0 1", true})
	list, more = waiting(storage.Most{Records: 2, Bytes: 99})
	equal(t, "waiting, two", []any{list, more}, []any{"0 1", true})
	list, more = waiting(storage.Most{Records: 9, Bytes: 60})
	equal(t, "waiting, all", []any{list, more}, []any{"0 1 2 3 4 5", false})
	list, more = waiting(storage.Most{Records: 9, Bytes: 25, Heads: true})
	equal(t, "waiting, heads", []any{list, more}, []any{"     ", false})
}

// Pages of a list of ids end there, too.
func testBoundsOfIDs(t *testing.T, s storage.Store) {
	ids := tens(t, s, "0 1 2 3 4 5")
	q := storage.Query{Owner: id("lan@example.com"), IDs: ids, Max: 50, MaxBytes: 25}
	got, page, err := s.Query(t.Context(), q)
	check(t, err)
	same(t, "ids", undotted(got), "0 1")
	same(t, "ids: page", page, storage.Page{Count: -1})
	q.Last = true
	got, page, err = s.Query(t.Context(), q)
	check(t, err)
	same(t, "last ids", undotted(got), "4 5")
	same(t, "last ids: page", page, storage.Page{Count: -1, First: 4})
}

// A search may be one of the newest records only, whoever they are from.
func testNewest(t *testing.T, s storage.Store) {
	lan, a := id("lan@example.com"), "a@example.org"
	var list []storage.Entry
	for _, peer := range []string{a, "b@example.org", a, "b@example.org", a, "b@example.org"} {
		e := entry("lan@example.com", peer, peer[:1])
		e.Origin = "o"
		list = append(list, e)
	}
	ids := must[[]int64](t)(s.Append(t.Context(), list...))
	for newest, want := range map[int]int{0: 3, 1: 0, 2: 1, 3: 1, 4: 2, 6: 3, 9: 3} {
		got, _, err := s.Query(t.Context(), storage.Query{Owner: lan, With: id(a), Origin: "o", Newest: newest, Max: 9, Last: true})
		check(t, err)
		same(t, "among the newest", len(got), want)
	}
	got, _, err := s.Query(t.Context(), storage.Query{Owner: lan, BeforeID: ids[4], With: id(a), Newest: 2, Max: 9})
	check(t, err)
	equal(t, "before", []any{len(got), got[0].ID}, []any{1, ids[2]})
}
