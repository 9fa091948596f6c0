package storagetest

import (
	"testing"
	"time"

	"myna/storage"
)

// Clients are noted without tokens, too, and forgotten after a while.
func testClientNotes(t *testing.T, s storage.Store) {
	ctx, lan, an := t.Context(), id("lan@example.com"), id("an@example.org")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	check(t, s.CreateAccount(ctx, storage.Account{JID: an}, nil))
	list := must[[]storage.Client](t)
	phone := storage.Client{ID: "phone", Software: "Chat", First: day, Seen: day}
	check(t, s.PutClient(ctx, lan, phone, 9))
	equal(t, "noted", list(s.Clients(ctx, lan)), []storage.Client{phone})
	again := phone
	again.First, again.Seen = day.Add(time.Hour), day.Add(time.Hour)
	check(t, s.PutClient(ctx, lan, again, 9))
	phone.Seen = again.Seen
	equal(t, "again", list(s.Clients(ctx, lan)), []storage.Client{phone})

	check(t, s.PutToken(ctx, lan, phone, token("a", true), 9))
	phone.Until = day.Add(time.Hour)
	equal(t, "with a token", list(s.Clients(ctx, lan)), []storage.Client{phone})
	check(t, s.PutClient(ctx, lan, phone, 9))
	equal(t, "the token stays", list(s.Clients(ctx, lan)), []storage.Client{phone})
	other := phone
	other.App, other.Until = "app", time.Time{}
	check(t, s.PutClient(ctx, lan, other, 9))
	equal(t, "another app password ends the token", list(s.Clients(ctx, lan)), []storage.Client{other})

	check(t, s.PutToken(ctx, lan, other, token("b", true), 9))
	check(t, s.PutClient(ctx, an, phone, 9))
	late := day.Add(2 * time.Hour)
	check(t, s.ForgetClients(ctx, "example.com", late, day.Add(time.Minute)))
	same(t, "one with a token", len(list(s.Clients(ctx, lan))), 1)
	check(t, s.ForgetClients(ctx, "example.com", day.Add(time.Hour), late))
	same(t, "seen not long ago", len(list(s.Clients(ctx, lan))), 1)
	check(t, s.ForgetClients(ctx, "example.com", late, late))
	same(t, "old, and its token, too", len(list(s.Clients(ctx, lan))), 0)
	same(t, "of another domain", len(list(s.Clients(ctx, an))), 1)
	wantErr(t, s.PutClient(ctx, id("nobody@example.com"), phone, 9), storage.ErrNotFound)
}

func testAppPasswords(t *testing.T, s storage.Store) {
	ctx, lan := t.Context(), id("lan@example.com")
	own := scram("SCRAM-SHA-1")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, []storage.Credential{own}))
	list, keys := must[[]storage.AppPassword](t), must[[]storage.Credential](t)
	same(t, "at first", len(list(s.AppPasswords(ctx, lan))), 0)

	desk := storage.AppPassword{ID: "d", Label: "Desk", Created: day.Add(time.Minute)}
	phone := storage.AppPassword{ID: "p", Label: "Phone", Created: day}
	a, b := scram("SCRAM-SHA-1"), scram("SCRAM-SHA-512")
	a.StoredKey, b.StoredKey = []byte("a"), []byte("b")
	check(t, s.AddAppPassword(ctx, lan, desk, []storage.Credential{b, a}))
	check(t, s.AddAppPassword(ctx, lan, phone, []storage.Credential{b}))
	wantErr(t, s.AddAppPassword(ctx, lan, phone, nil), storage.ErrConflict)
	equal(t, "two", list(s.AppPasswords(ctx, lan)), []storage.AppPassword{phone, desk})
	a.App, b.App = "d", "d"
	c := b
	c.App = "p"
	equal(t, "verifiers", keys(s.Verifiers(ctx, lan)), []storage.Credential{own, a, b, c})
	equal(t, "the account's own", keys(s.Credentials(ctx, lan)), []storage.Credential{own})

	check(t, s.UseAppPassword(ctx, lan, "p", day.Add(time.Hour)))
	phone.Used = day.Add(time.Hour)
	equal(t, "used", list(s.AppPasswords(ctx, lan)), []storage.AppPassword{phone, desk})
	check(t, s.PutClient(ctx, lan, storage.Client{ID: "1", App: "p", First: day, Seen: day}, 9))
	check(t, s.PutClient(ctx, lan, storage.Client{ID: "2", App: "d", First: day, Seen: day}, 9))
	check(t, s.RemoveAppPassword(ctx, lan, "p"))
	equal(t, "one", list(s.AppPasswords(ctx, lan)), []storage.AppPassword{desk})
	equal(t, "its verifiers", keys(s.Verifiers(ctx, lan)), []storage.Credential{own, a, b})
	left := must[[]storage.Client](t)(s.Clients(ctx, lan))
	same(t, "its clients", len(left), 1)
	same(t, "the client", left[0].ID, "2")
	wantErr(t, s.RemoveAppPassword(ctx, lan, "p"), storage.ErrNotFound)
	wantErr(t, s.UseAppPassword(ctx, lan, "p", day), storage.ErrNotFound)

	nobody := id("nobody@example.com")
	_, err := s.AppPasswords(ctx, nobody)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.Verifiers(ctx, nobody)
	wantErr(t, err, storage.ErrNotFound)
	wantErr(t, s.AddAppPassword(ctx, nobody, desk, nil), storage.ErrNotFound)
	wantErr(t, s.UseAppPassword(ctx, nobody, "d", day), storage.ErrNotFound)
	wantErr(t, s.RemoveAppPassword(ctx, nobody, "d"), storage.ErrNotFound)
}

// App passwords end with the password of the account, not when it is disabled.
func testAppPasswordsEnd(t *testing.T, s storage.Store) {
	ctx, lan := t.Context(), id("lan@example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, []storage.Credential{scram("SCRAM-SHA-1")}))
	add := func() {
		t.Helper()
		check(t, s.AddAppPassword(ctx, lan, storage.AppPassword{ID: "p", Label: "Phone", Created: day}, []storage.Credential{scram("SCRAM-SHA-1")}))
	}
	left := func() int {
		t.Helper()
		return len(must[[]storage.Credential](t)(s.Verifiers(ctx, lan))) - 1
	}
	add()
	check(t, s.UpdateAccount(ctx, storage.Account{JID: lan, Disabled: true}))
	same(t, "once disabled", left(), 1)
	check(t, s.AddCredentials(ctx, lan, scram("SCRAM-SHA-1"), []storage.Credential{scram("SCRAM-SHA-1")}))
	same(t, "with more verifiers", left(), 1)
	check(t, s.SetCredentials(ctx, lan, []storage.Credential{scram("SCRAM-SHA-1")}))
	same(t, "with another password", left(), 0)
	add()
	check(t, s.DeleteAccount(ctx, lan))
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, []storage.Credential{scram("SCRAM-SHA-1")}))
	same(t, "of the next owner", left(), 0)
}
