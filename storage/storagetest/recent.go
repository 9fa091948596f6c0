package storagetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// people creates accounts c0, c1, … in a domain.
func people(t *testing.T, s storage.Store, n int) []xmpp.JID {
	var all []xmpp.JID
	for i := range n {
		j := id(fmt.Sprintf("c%d@example.com", i))
		check(t, s.CreateAccount(t.Context(), storage.Account{JID: j}, nil))
		all = append(all, j)
	}
	return all
}

// know proves whom an account knows, and that they know it.
func know(t *testing.T, s storage.Store, account xmpp.JID, want ...xmpp.JID) {
	t.Helper()
	got := must[[]xmpp.JID](t)(s.Recent(t.Context(), account))
	names := func(list []xmpp.JID) []string {
		out := make([]string, 0, len(list))
		for _, j := range list {
			out = append(out, j.String())
		}
		slices.Sort(out)
		return out
	}
	equal(t, "recent contacts of "+account.String(), names(got), names(want))
	for _, j := range got {
		same(t, "known both ways", must[bool](t)(s.IsRecent(t.Context(), j, account)), true)
		if !slices.Contains(must[[]xmpp.JID](t)(s.Recent(t.Context(), j)), account) {
			t.Fatalf("%s has %s, not the other way round", account, j)
		}
	}
}

func testRecent(t *testing.T, s storage.Store) {
	ctx, c := t.Context(), people(t, s, 4)
	nobody := id("nobody@example.com")
	know(t, s, nobody)
	same(t, "strangers", must[bool](t)(s.IsRecent(ctx, c[0], nobody)), false)
	note := func(at time.Time, pairs ...storage.Pair) []storage.Pair {
		t.Helper()
		return must[[]storage.Pair](t)(s.NoteRecent(ctx, pairs, at, 9))
	}
	equal(t, "new pairs", note(day, storage.Pair{c[0], c[1]}, storage.Pair{c[0], nobody}, storage.Pair{c[2], c[0]}),
		[]storage.Pair{{c[0], c[1]}, {c[2], c[0]}})
	same(t, "nothing new", len(note(day.Add(time.Hour), storage.Pair{c[1], c[0]})), 0)
	know(t, s, c[0], c[1], c[2])
	know(t, s, c[3])
	same(t, "not of each other", must[bool](t)(s.IsRecent(ctx, c[1], c[2])), false)

	gone := must[[]storage.Pair](t)(s.ForgetRecent(ctx, day.Add(time.Minute), 9))
	same(t, "pairs of long ago", len(gone), 1)
	if !slices.Contains(gone[0][:], c[2]) || !slices.Contains(gone[0][:], c[0]) {
		t.Fatalf("gone: %v", gone)
	}
	know(t, s, c[0], c[1])
	note(day, storage.Pair{c[2], c[3]}, storage.Pair{c[2], c[1]})
	same(t, "a part of them", len(must[[]storage.Pair](t)(s.ForgetRecent(ctx, day.Add(time.Minute), 1))), 1)
	same(t, "the rest", len(must[[]storage.Pair](t)(s.ForgetRecent(ctx, day.Add(time.Minute), 9))), 1)
}

func testRecentCrowd(t *testing.T, s storage.Store) {
	ctx, c := t.Context(), people(t, s, 5)
	note := func(minute int, a, b xmpp.JID) []storage.Pair {
		t.Helper()
		return must[[]storage.Pair](t)(s.NoteRecent(ctx, []storage.Pair{{a, b}}, day.Add(time.Duration(minute)*time.Minute), 2))
	}
	note(1, c[0], c[1])
	note(2, c[0], c[2])
	note(3, c[3], c[4])
	equal(t, "the longest ago goes", note(4, c[3], c[0]), []storage.Pair{{c[3], c[0]}, {c[0], c[1]}})
	know(t, s, c[0], c[2], c[3])
	know(t, s, c[1])
	note(5, c[0], c[2])
	equal(t, "whoever wrote again stays", note(6, c[0], c[4]), []storage.Pair{{c[0], c[4]}, {c[0], c[3]}})
	know(t, s, c[0], c[2], c[4])
	know(t, s, c[3], c[4])
}
