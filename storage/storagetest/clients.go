package storagetest

import (
	"fmt"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func token(seed string, fresh bool) storage.Token {
	return storage.Token{Mechanism: "HT-SHA-256-NONE", Seed: []byte(seed), Fresh: fresh, Expires: day.Add(time.Hour)}
}

func testClients(t *testing.T, s storage.Store) {
	ctx, lan := t.Context(), id("lan@example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	phone := storage.Client{ID: "phone", Software: "Chat", Device: "Phone", First: day, Seen: day}
	see := func(what string, c storage.Client, want ...storage.Token) {
		t.Helper()
		got, tokens, err := s.Tokens(ctx, lan, c.ID)
		check(t, err)
		equal(t, what+": client", got, c)
		equal(t, what+": tokens", tokens, want)
	}
	see("before", storage.Client{})
	check(t, s.PutToken(ctx, lan, phone, token("a", true), 3))
	see("one", phone, token("a", true))
	check(t, s.PutToken(ctx, lan, phone, token("b", true), 3))
	see("another, not used", phone, token("b", true))
	check(t, s.UseToken(ctx, lan, "phone", []byte("b"), 0, day.Add(time.Minute)))
	phone.Seen = day.Add(time.Minute)
	see("used", phone, token("b", false))
	again := phone
	again.First, again.Software = day.Add(time.Hour), "Chat 2"
	check(t, s.PutToken(ctx, lan, again, token("c", true), 3))
	phone.Software = "Chat 2"
	see("two", phone, token("c", true), token("b", false))

	counted := token("b", false)
	counted.Count = 7
	check(t, s.UseToken(ctx, lan, "phone", []byte("b"), 7, phone.Seen))
	see("the one before", phone, token("c", true), counted)
	wantErr(t, s.UseToken(ctx, lan, "phone", []byte("b"), 7, day), storage.ErrConflict)
	wantErr(t, s.UseToken(ctx, lan, "phone", []byte("b"), 6, day), storage.ErrConflict)
	check(t, s.UseToken(ctx, lan, "phone", []byte("b"), 0, phone.Seen))
	see("not counted", phone, token("c", true), counted)
	check(t, s.UseToken(ctx, lan, "phone", []byte("c"), 1, phone.Seen))
	counted = token("c", false)
	counted.Count = 1
	see("the other", phone, counted)
	wantErr(t, s.UseToken(ctx, lan, "phone", []byte("b"), 9, day), storage.ErrNotFound)
	wantErr(t, s.UseToken(ctx, lan, "desk", []byte("c"), 9, day), storage.ErrNotFound)

	var all []storage.Client
	for i := range 3 {
		c := storage.Client{ID: fmt.Sprint("c", i), First: day, Seen: day.Add(time.Duration(i+2) * time.Minute)}
		check(t, s.PutToken(ctx, lan, c, token("x", true), 3))
		c.Until = day.Add(time.Hour)
		all = append([]storage.Client{c}, all...)
	}
	equal(t, "those seen last", must[[]storage.Client](t)(s.Clients(ctx, lan)), all)
	see("one too many", storage.Client{})
	check(t, s.RemoveClient(ctx, lan, "c1"))
	wantErr(t, s.RemoveClient(ctx, lan, "c1"), storage.ErrNotFound)
	equal(t, "removed", must[[]storage.Client](t)(s.Clients(ctx, lan)), []storage.Client{all[0], all[2]})

	nobody := id("nobody@example.com")
	_, tokens, err := s.Tokens(ctx, nobody, "phone")
	check(t, err)
	same(t, "tokens of nobody", len(tokens), 0)
	wantErr(t, s.PutToken(ctx, nobody, phone, token("a", true), 3), storage.ErrNotFound)
	wantErr(t, s.UseToken(ctx, nobody, "phone", []byte("a"), 0, day), storage.ErrNotFound)
	wantErr(t, s.RemoveClient(ctx, nobody, "phone"), storage.ErrNotFound)
}

// What makes a password worthless ends what was given out for it.
func testClientsEnd(t *testing.T, s storage.Store) {
	ctx, lan, an := t.Context(), id("lan@example.com"), id("an@example.com")
	old := scram("SCRAM-SHA-1")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, []storage.Credential{old}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: an}, nil))
	put := func() {
		t.Helper()
		check(t, s.PutToken(ctx, lan, storage.Client{ID: "phone", First: day, Seen: day}, token("a", true), 9))
	}
	left := func() int {
		t.Helper()
		_, tokens, err := s.Tokens(ctx, lan, "phone")
		check(t, err)
		return len(tokens)
	}
	check(t, s.PutToken(ctx, an, storage.Client{ID: "phone", First: day, Seen: day}, token("a", true), 9))
	put()
	check(t, s.UpdateAccount(ctx, storage.Account{JID: lan, Name: "Lan"}))
	added := scram("SCRAM-SHA-512")
	check(t, s.AddCredentials(ctx, lan, old, []storage.Credential{added}))
	few := must[map[xmpp.JID][]string](t)
	equal(t, "fewer than three", few(s.FewCredentials(ctx, 3)), map[xmpp.JID][]string{lan: {"SCRAM-SHA-1", "SCRAM-SHA-512"}})
	equal(t, "fewer than two", few(s.FewCredentials(ctx, 2)), map[xmpp.JID][]string{})
	equal(t, "one more", must[[]storage.Credential](t)(s.Credentials(ctx, lan)), []storage.Credential{old, added})
	same(t, "tokens with one more", left(), 1)
	check(t, s.UpdateAccount(ctx, storage.Account{JID: lan, Disabled: true}))
	same(t, "tokens once disabled", left(), 0)
	put()
	changed := scram("SCRAM-SHA-1")
	changed.StoredKey = []byte("other")
	check(t, s.SetCredentials(ctx, lan, []storage.Credential{changed}))
	same(t, "tokens with another password", left(), 0)
	wantErr(t, s.AddCredentials(ctx, lan, old, []storage.Credential{added}), storage.ErrConflict)
	wantErr(t, s.AddCredentials(ctx, id("nobody@example.com"), old, nil), storage.ErrNotFound)
	equal(t, "none added", must[[]storage.Credential](t)(s.Credentials(ctx, lan)), []storage.Credential{changed})
	put()
	check(t, s.DeleteAccount(ctx, lan))
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	same(t, "tokens of the next owner", left(), 0)
	same(t, "clients of another", len(must[[]storage.Client](t)(s.Clients(ctx, an))), 1)
}
