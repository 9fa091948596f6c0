package storagetest

import (
	"fmt"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func testQuery(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, an := id("lan@example.com"), id("an@example.org")
	kinds := []string{"chat", "groupchat", "normal"}
	var list []storage.Entry
	for i := range 12 {
		peer := []string{"an@example.org/a", "an@example.org/b", "an@example.org", "bo@example.org"}[i%4]
		e := entry("lan@example.com", peer, fmt.Sprint(i))
		e.Kind = kinds[i%3]
		list = append(list, e, entry("other@example.com", peer, "other"))
	}
	all := must[[]int64](t)(s.Append(ctx, list...))
	at := func(i int) int64 { return all[2*i] }
	time := func(i int) time.Time { return time.UnixMicro(at(i)) }
	full := func(s string) xmpp.JID { return id(s) }
	for name, c := range map[string]struct {
		q    storage.Query
		want string
	}{
		"all":             {storage.Query{}, "0 1 2 3 4 5 6 7 8 9 10 11"},
		"with bare":       {storage.Query{With: an}, "0 1 2 4 5 6 8 9 10"},
		"with full":       {storage.Query{With: full("an@example.org/b")}, "1 5 9"},
		"with unknown":    {storage.Query{With: full("nobody@example.org")}, ""},
		"start":           {storage.Query{Start: time(9)}, "9 10 11"},
		"end":             {storage.Query{End: time(2)}, "0 1 2"},
		"between":         {storage.Query{Start: time(3), End: time(4)}, "3 4"},
		"after id":        {storage.Query{AfterID: at(9)}, "10 11"},
		"before id":       {storage.Query{BeforeID: at(2)}, "0 1"},
		"kind":            {storage.Query{Kinds: kinds[:1]}, "0 3 6 9"},
		"kinds":           {storage.Query{Kinds: []string{"normal", "groupchat", "normal"}}, "1 2 4 5 7 8 10 11"},
		"no kind":         {storage.Query{Kinds: []string{}}, ""},
		"all conditions":  {storage.Query{With: an, Kinds: kinds[:1], AfterID: at(0), BeforeID: at(11), Start: time(1), End: time(9)}, "6 9"},
		"nothing between": {storage.Query{AfterID: at(3), BeforeID: at(4)}, ""},
	} {
		c.q.Owner, c.q.Max, c.q.Count = lan, 50, true
		got, page, err := s.Query(ctx, c.q)
		check(t, err)
		same(t, name, texts(got), c.want)
		same(t, name+": count", page.Count, len(got))
		same(t, name+": complete", page.Complete, true)
	}
	first, last, err := s.Bounds(ctx, lan)
	check(t, err)
	equal(t, "bounds", []any{first.ID, last.ID, first.Stanza, last.Kind}, []any{at(0), at(11), []byte(nil), kinds[2]})
	_, _, err = s.Bounds(ctx, an)
	wantErr(t, err, storage.ErrNotFound)
	got, page, err := s.Query(ctx, storage.Query{Owner: id("new@example.com"), Max: 5, Count: true})
	check(t, err)
	equal(t, "archive of somebody new", []any{len(got), page}, []any{0, storage.Page{Complete: true, First: -1}})
}

func texts(list []storage.Record) (out string) {
	for i, r := range list {
		if i > 0 {
			out += " "
		}
		out += string(r.Stanza)
	}
	return out
}

func testPaging(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	var list []storage.Entry
	for i := range 10 {
		list = append(list, entry("lan@example.com", []string{"a@example.org", "b@example.org"}[i%2], fmt.Sprint(i)))
	}
	ids := must[[]int64](t)(s.Append(ctx, list...))
	b := id("b@example.org")
	for name, c := range map[string]struct {
		q    storage.Query
		want string
		page storage.Page
	}{
		"first":           {storage.Query{Max: 3}, "0 1 2", storage.Page{Count: -1}},
		"second":          {storage.Query{Max: 3, After: ids[2]}, "3 4 5", storage.Page{Count: -1, First: -1}},
		"end":             {storage.Query{Max: 3, After: ids[6], Count: true}, "7 8 9", storage.Page{Count: 10, First: 7, Complete: true}},
		"behind the end":  {storage.Query{Max: 3, After: ids[9], Count: true}, "", storage.Page{Count: 10, First: -1, Complete: true}},
		"last":            {storage.Query{Max: 3, Last: true, Count: true}, "7 8 9", storage.Page{Count: 10, First: 7}},
		"before":          {storage.Query{Max: 3, Before: ids[7]}, "4 5 6", storage.Page{Count: -1, First: -1}},
		"back to start":   {storage.Query{Max: 3, Before: ids[3], Count: true}, "0 1 2", storage.Page{Count: 10, Complete: true}},
		"count only":      {storage.Query{Max: 0, Count: true}, "", storage.Page{Count: 10, First: -1}},
		"with":            {storage.Query{Max: 2, With: b, After: ids[2], Count: true}, "3 5", storage.Page{Count: 5, First: 1}},
		"with, last":      {storage.Query{Max: 2, With: b, Last: true, Count: true}, "7 9", storage.Page{Count: 5, First: 3}},
		"filter and page": {storage.Query{Max: 2, AfterID: ids[1], After: ids[3], Count: true}, "4 5", storage.Page{Count: 8, First: 2}},
	} {
		c.q.Owner = lan
		got, page, err := s.Query(ctx, c.q)
		check(t, err)
		same(t, name, texts(got), c.want)
		same(t, name+": page", page, c.page)
	}
	other := must[[]int64](t)(s.Append(ctx, entry("other@example.com", "a@example.org", "x")))[0]
	for _, q := range []storage.Query{{After: other}, {Before: other}, {AfterID: other}, {BeforeID: other}, {After: 1, Max: 5}} {
		q.Owner = lan
		_, _, err := s.Query(ctx, q)
		wantErr(t, err, storage.ErrNotFound)
	}
}

func testQueryIDs(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	ids := must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "0"), entry("lan@example.com", "a@example.org", "1"),
		entry("lan@example.com", "a@example.org", "2"), entry("lan@example.com", "a@example.org", "3"), entry("o@example.com", "a@example.org", "x")))
	q := storage.Query{Owner: lan, IDs: []int64{ids[3], ids[0], ids[2], ids[0]}, Max: 9, Count: true}
	got, page, err := s.Query(ctx, q)
	check(t, err)
	same(t, "records", texts(got), "0 2 3")
	same(t, "page", page, storage.Page{Complete: true, Count: 3})
	q.Max, q.After = 1, ids[0]
	got, page, err = s.Query(ctx, q)
	check(t, err)
	same(t, "second page", texts(got), "2")
	same(t, "second page", page, storage.Page{Count: 3, First: 1})
	q.After, q.Last = 0, true
	got, _, err = s.Query(ctx, q)
	check(t, err)
	same(t, "last page", texts(got), "3")
	_, _, err = s.Query(ctx, storage.Query{Owner: lan, IDs: []int64{ids[0], ids[4]}, Max: 9})
	wantErr(t, err, storage.ErrNotFound)
}

func testHidden(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	h := entry("lan@example.com", "a@example.org", "hidden")
	h.Flags = storage.Hidden | storage.Waiting
	ids := must[[]int64](t)(s.Append(ctx, h))
	_, _, err := s.Bounds(ctx, lan)
	wantErr(t, err, storage.ErrNotFound)
	ids = append(ids, must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "seen")))...)
	same(t, "archive", fmt.Sprint(all(t, s, lan)), "[seen]")
	same(t, "waiting", texts(waits(t, s, lan, 0, 9)), "hidden")
	_, page, err := s.Query(ctx, storage.Query{Owner: lan, Count: true})
	check(t, err)
	same(t, "count", page.Count, 1)
	_, _, err = s.Query(ctx, storage.Query{Owner: lan, IDs: ids[:1], Max: 1})
	wantErr(t, err, storage.ErrNotFound)
	_, _, err = s.Query(ctx, storage.Query{Owner: lan, After: ids[0], Max: 1})
	wantErr(t, err, storage.ErrNotFound)

	same(t, "trimmed before it was confirmed", must[int](t)(s.Trim(ctx, lan, time.UnixMicro(1))), 0)
	s.Confirm(lan, ids[0])
	same(t, "trimmed", must[int](t)(s.Trim(ctx, lan, time.UnixMicro(1))), 1)
	same(t, "archive", fmt.Sprint(all(t, s, lan)), "[seen]")
}

func testWaiting(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	var list []storage.Entry
	for i := range 8 {
		e := entry("lan@example.com", "a@example.org", fmt.Sprint(i))
		e.Flags = []storage.Flags{storage.Waiting, storage.Waiting | storage.Sent, storage.NoBody, storage.Waiting | storage.Hidden}[i%4]
		list = append(list, e)
	}
	ids := must[[]int64](t)(s.Append(ctx, list...))
	waiting := func(after int64, max int) string {
		return texts(waits(t, s, lan, after, max))
	}
	same(t, "waiting", waiting(0, 9), "0 3 4 7")
	same(t, "two", waiting(0, 2), "0 3")
	same(t, "after", waiting(ids[3], 9), "4 7")
	s.Confirm(lan, ids[3])
	same(t, "after a confirmation", waiting(0, 9), "4 7")
	s.Confirm(lan, ids[0]) // late: a position never goes back
	same(t, "after a late confirmation", waiting(0, 9), "4 7")
	must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "8"))) // commits the confirmation too
	s.Confirm(lan, ids[1])
	same(t, "after the commit", waiting(0, 9), "4 7")
	s.Confirm(id("lan@example.com/phone"), ids[7])
	same(t, "after all", waiting(0, 9), "")
	s.Confirm(id("nobody@example.com"), 5)
	same(t, "of nobody", len(waits(t, s, id("nobody@example.com"), 0, 9)), 0)
}

func testEdit(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	ids := must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "said"), entry("o@example.com", "a@example.org", "x")))
	check(t, s.Edit(ctx, lan, ids[0], []byte("retracted")))
	same(t, "archive", fmt.Sprint(all(t, s, lan)), "[retracted]")
	wantErr(t, s.Edit(ctx, lan, ids[1], nil), storage.ErrNotFound)
	wantErr(t, s.Edit(ctx, id("new@example.com"), ids[0], nil), storage.ErrNotFound)
}

func testTrim(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, other := id("lan@example.com"), id("other@example.com")
	var list []storage.Entry
	for i := range 1300 {
		list = append(list, entry("lan@example.com", "a@example.org", fmt.Sprint(i)))
	}
	ids := must[[]int64](t)(s.Append(ctx, append(list, entry("other@example.com", "a@example.org", "x"))...))
	same(t, "removed", must[int](t)(s.Trim(ctx, lan, time.UnixMicro(ids[1200]))), 1200)
	same(t, "left", len(all(t, s, lan)), 100)
	same(t, "removed again", must[int](t)(s.Trim(ctx, lan, time.UnixMicro(ids[1200]))), 0)
	same(t, "of nobody", must[int](t)(s.Trim(ctx, id("nobody@example.com"), time.Now())), 0)
	check(t, s.Erase(ctx, lan))
	check(t, s.Erase(ctx, id("nobody@example.com")))
	same(t, "left after erasing", len(all(t, s, lan)), 0)
	same(t, "other's", len(all(t, s, other)), 1)
}

func testPrefs(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	_, err := s.Prefs(ctx, lan)
	wantErr(t, err, storage.ErrNotFound)
	p := storage.ArchivePrefs{Default: "roster", Always: []xmpp.JID{id("a@example.org"), id("example.net")}}
	check(t, s.SetPrefs(ctx, lan, storage.ArchivePrefs{Default: "never", Never: p.Always}))
	check(t, s.SetPrefs(ctx, lan, p))
	equal(t, "preferences", must[storage.ArchivePrefs](t)(s.Prefs(ctx, lan)), p)
}
