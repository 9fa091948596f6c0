package storagetest

import (
	"slices"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func testAliases(t *testing.T, s storage.Store) {
	ctx := t.Context()
	full := storage.Alias{JID: id("sales@example.com"), Name: "Sales", Description: "who sells",
		Targets: []string{"lan@example.com", "b@example.org"}, GroupChat: true, InternalOnly: true, Hidden: true, Everyone: true,
		Announcement: true, Posters: []xmpp.JID{id("an@example.com")}, Leads: []xmpp.JID{id("lan@example.com"), id("an@example.com")},
		Membership: "mandatory", History: "30d", RetentionDays: 7, FilesOff: true, MentionAllOff: true,
		Room: id("sales@groups.example.com"), Created: day, Deleted: day.Add(time.Hour)}
	small := storage.Alias{JID: id("all@example.org"), Created: day}
	_, err := s.Alias(ctx, full.JID)
	wantErr(t, err, storage.ErrNotFound)
	check(t, s.PutAlias(ctx, full))
	check(t, s.PutAlias(ctx, small))
	equal(t, "alias", must[storage.Alias](t)(s.Alias(ctx, full.JID)), full)
	full.Deleted, full.Targets = time.Time{}, nil
	check(t, s.PutAlias(ctx, full))
	equal(t, "domain's aliases", must[[]storage.Alias](t)(s.Aliases(ctx, "example.com")), []storage.Alias{full})
	equal(t, "all aliases", must[[]storage.Alias](t)(s.Aliases(ctx, "")), []storage.Alias{full, small})

	lan := id("lan@example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	wantErr(t, s.PutAlias(ctx, storage.Alias{JID: lan}), storage.ErrConflict)
	testRename(t, s, full, lan, small.JID)
	full.JID = id("vente@example.com")
	equal(t, "renamed alias", must[storage.Alias](t)(s.Alias(ctx, full.JID)), full)
	check(t, s.SetAliasRoom(ctx, full.JID, id("other@groups.example.com"))) // it has one
	equal(t, "alias with a room", must[storage.Alias](t)(s.Alias(ctx, full.JID)), full)
	check(t, s.DropAlias(ctx, full.JID))
	wantErr(t, s.DropAlias(ctx, full.JID), storage.ErrNotFound)

	check(t, s.ClearDirty(ctx, storage.DirtyRow{Pos: 1 << 40, JID: small.JID}))
	with := small
	with.Room = id("all@groups.example.org")
	check(t, s.SetAliasRoom(ctx, small.JID, with.Room))
	for _, row := range must[[]storage.DirtyRow](t)(s.Dirty(ctx, 99)) {
		if row.JID == small.JID {
			t.Error("SetAliasRoom queues the alias")
		}
	}
	check(t, s.PutAlias(ctx, small)) // written by whoever had read it before
	equal(t, "alias that was given a room", must[storage.Alias](t)(s.Alias(ctx, small.JID)), with)
	wantErr(t, s.SetAliasRoom(ctx, id("no@example.org"), with.Room), storage.ErrNotFound)
}

// testRename moves an alias that two others name to vente@example.com.
func testRename(t *testing.T, s storage.Store, full storage.Alias, taken ...xmpp.JID) {
	ctx, to := t.Context(), id("vente@example.com")
	naming := []storage.Alias{
		{JID: id("everybody@example.com"), Targets: []string{"x@example.com", full.JID.String()}, Created: day},
		{JID: id("former@example.com"), Targets: []string{full.JID.String()}, Created: day, Deleted: day.Add(time.Hour)},
	}
	for _, a := range naming {
		check(t, s.PutAlias(ctx, a))
	}
	queued := must[[]storage.DirtyRow](t)(s.Dirty(ctx, 99))
	for _, j := range taken {
		_, err := s.RenameAlias(ctx, full.JID, j)
		wantErr(t, err, storage.ErrConflict)
	}
	_, err := s.RenameAlias(ctx, id("no@example.com"), id("new@example.com"))
	wantErr(t, err, storage.ErrNotFound)
	equal(t, "outbox after nothing has changed", must[[]storage.DirtyRow](t)(s.Dirty(ctx, 99)), queued)
	equal(t, "aliases that named it", must[[]storage.Alias](t)(s.RenameAlias(ctx, full.JID, to)), naming)
	_, err = s.Alias(ctx, full.JID)
	wantErr(t, err, storage.ErrNotFound)
	waits := map[xmpp.JID]bool{}
	for _, row := range must[[]storage.DirtyRow](t)(s.Dirty(ctx, 99)) {
		waits[row.JID] = waits[row.JID] || !slices.Contains(queued, row)
	}
	same(t, "queued", waits[full.JID] && waits[to], true)
	for i, a := range naming {
		a.Targets = slices.Clone(a.Targets)
		a.Targets[len(a.Targets)-1] = to.String()
		equal(t, "alias that names it", must[storage.Alias](t)(s.Alias(ctx, a.JID)), a)
		same(t, "alias that names it is queued", waits[naming[i].JID], true)
		check(t, s.DropAlias(ctx, a.JID))
	}
}

func testOutbox(t *testing.T, s storage.Store) {
	ctx := t.Context()
	a, b, c := id("a@example.com"), id("b@example.com"), id("c@example.com")
	dirty := func(max int) []storage.DirtyRow { return must[[]storage.DirtyRow](t)(s.Dirty(ctx, max)) }
	names := func() (out string) {
		for _, d := range dirty(9) {
			out += d.JID.Local()
		}
		return out
	}
	same(t, "outbox", names(), "")
	check(t, s.PutAlias(ctx, storage.Alias{JID: a}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: c}, nil))
	must[[]storage.Alias](t)(s.RenameAlias(ctx, a, b))
	same(t, "outbox", names(), "acb")
	seen := dirty(1)[0]
	check(t, s.MarkDirty(ctx, c, a)) // while the reconciler works on what it saw
	check(t, s.ClearDirty(ctx, seen))
	same(t, "outbox after a change in between", names(), "cba")
	for _, d := range dirty(9) {
		check(t, s.ClearDirty(ctx, d))
	}
	same(t, "outbox", names(), "")
	wantErr(t, s.PutAlias(ctx, storage.Alias{JID: c}), storage.ErrConflict)
	same(t, "outbox after a refusal", names(), "")
	check(t, s.UpdateAccount(ctx, storage.Account{JID: c}))
	after := dirty(1)[0]
	if after.Pos <= seen.Pos {
		t.Fatalf("position %d after %d", after.Pos, seen.Pos)
	}
	check(t, s.DropAlias(ctx, b))
	check(t, s.DeleteAccount(ctx, c))
	same(t, "outbox", names(), "cb")
}
