package storagetest

import (
	"testing"
	"time"

	"myna/storage"
)

// invite is one that can be used until an hour from now.
func invite(name, local string) storage.Invite {
	now := time.Now().UTC().Truncate(time.Microsecond)
	return storage.Invite{ID: name, Hash: []byte(name), Domain: "example.com", Local: local, Groups: []string{}, By: "cli", Created: now,
		Expires: now.Add(time.Hour), Most: 1}
}

func testInvites(t *testing.T, s storage.Store) {
	ctx, lan, minh := t.Context(), id("lan@example.com"), id("minh@example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	check(t, s.PutAlias(ctx, storage.Alias{JID: id("sales@example.com")}))
	add := func(i storage.Invite, most int) error {
		return s.CreateInvite(ctx, i, most, day, storage.Audit{At: day, Actor: "cli", Action: "invite.create", Object: i.Domain, Change: "{}"})
	}
	first := invite("first", "minh")
	first.Inviter, first.Contact, first.Groups, first.Note, first.Most = lan, true, []string{"sales@example.com"}, "Minh", 2
	check(t, add(first, 9))
	equal(t, "invite", must[storage.Invite](t)(s.Invite(ctx, "first")), first)
	wantErr(t, add(first, 9), storage.ErrConflict)
	for local, want := range map[string]error{"minh": storage.ErrReserved, "lan": storage.ErrConflict, "sales": storage.ErrConflict} {
		wantErr(t, add(invite("taken-"+local, local), 9), want)
	}
	same(t, "audits", len(must[[]storage.Audit](t)(s.Audits(ctx, "example.com", time.Time{}, 9))), 1)
	wantErr(t, add(invite("much", ""), 1), storage.ErrConflict)

	wantErr(t, s.CreateAccount(ctx, storage.Account{JID: minh}, nil), storage.ErrReserved)
	wantErr(t, s.PutAlias(ctx, storage.Alias{JID: minh}), storage.ErrReserved)
	past := invite("past", "an")
	past.Created, past.Expires = day, day.Add(time.Second)
	check(t, add(past, 9))
	check(t, s.CreateAccount(ctx, storage.Account{JID: id("an@example.com")}, nil)) // kept no more
	until := must[map[string]time.Time](t)(s.InvitesUntil(ctx))
	equal(t, "until", until, map[string]time.Time{"example.com": first.Expires})

	other := invite("other", "")
	other.Domain, other.Created = "example.org", first.Created.Add(time.Second)
	check(t, s.CreateInvite(ctx, other, 9, past.Expires.Add(time.Second), storage.Audit{At: day, Change: "{}"}))
	_, err := s.Invite(ctx, "past")
	wantErr(t, err, storage.ErrNotFound) // it had expired before
	equal(t, "all invites", must[[]storage.Invite](t)(s.Invites(ctx, "")), []storage.Invite{other, first})
	equal(t, "domain's invites", must[[]storage.Invite](t)(s.Invites(ctx, "example.org")), []storage.Invite{other})

	check(t, s.UseInvite(ctx, "first"))
	check(t, s.UseInvite(ctx, "first"))
	wantErr(t, s.UseInvite(ctx, "first"), storage.ErrNotFound)
	check(t, s.CreateAccount(ctx, storage.Account{JID: minh}, nil)) // used up: kept no more
	check(t, s.DeleteInvite(ctx, "other"))
	wantErr(t, s.DeleteInvite(ctx, "other"), storage.ErrNotFound)
	check(t, s.DeleteAccount(ctx, lan))
	equal(t, "invites", must[[]storage.Invite](t)(s.Invites(ctx, "")), []storage.Invite(nil)) // its own went with the account
}

func testInvited(t *testing.T, s storage.Store) {
	ctx, lan, minh := t.Context(), id("lan@example.com"), id("minh@example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	i := invite("i", "minh")
	i.Inviter, i.Groups = lan, []string{"sales@example.com"}
	line := storage.Audit{At: day, Actor: "i", Action: "account.create", Object: minh.String(), Change: "{}"}
	check(t, s.CreateInvite(ctx, i, 9, day, line))
	create := func(name string) error {
		return s.CreateInvited(ctx, "i", storage.Account{JID: id(name), Created: day}, []storage.Credential{scram("SCRAM-SHA-1")}, line)
	}
	wantErr(t, create("lan@example.com"), storage.ErrConflict)
	same(t, "uses after a conflict", must[storage.Invite](t)(s.Invite(ctx, "i")).Uses, 0)
	check(t, create("minh@example.com"))
	wantErr(t, create("an@example.com"), storage.ErrNotFound)
	_, err := s.Account(ctx, id("an@example.com"))
	wantErr(t, err, storage.ErrNotFound)
	same(t, "uses", must[storage.Invite](t)(s.Invite(ctx, "i")).Uses, 1)
	same(t, "audits", len(must[[]storage.Audit](t)(s.Audits(ctx, "", time.Time{}, 9))), 2)
	same(t, "credentials", len(must[[]storage.Credential](t)(s.Credentials(ctx, minh))), 1)
	want := []storage.Invited{{Account: minh, Invite: "i", Inviter: lan, Groups: i.Groups}}
	equal(t, "granting", must[[]storage.Invited](t)(s.Granting(ctx)), want)
	check(t, s.Granted(ctx, minh))
	wantErr(t, s.Granted(ctx, minh), storage.ErrNotFound)
	equal(t, "granted", must[[]storage.Invited](t)(s.Granting(ctx)), []storage.Invited(nil))
	wantErr(t, s.CreateInvited(ctx, "none", storage.Account{JID: id("an@example.com")}, nil), storage.ErrNotFound)
}
