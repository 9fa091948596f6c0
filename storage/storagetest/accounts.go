package storagetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// day is a time with the precision that stores keep; nobody changes it.
var day = time.Date(2026, 5, 4, 10, 20, 30, 123456000, time.UTC)

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func scram(mech string) storage.Credential {
	return storage.Credential{Mechanism: mech, Salt: []byte("salt"), Iterations: 4096, StoredKey: []byte{1, 0, 2}, ServerKey: []byte{3}}
}

func testAccounts(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := storage.Account{JID: id("lan@example.com"), Name: "Lan Nguyễn", Department: "Sales", Lang: "vi",
		Role: storage.DomainAdmin, Disabled: true, ChatOff: true, Created: day}
	an := storage.Account{JID: id("an@example.com"), Created: day}
	other := storage.Account{JID: id("an@example.org"), Created: day}
	_, err := s.Account(ctx, lan.JID)
	wantErr(t, err, storage.ErrNotFound)
	creds := []storage.Credential{scram("SCRAM-SHA-1"), scram("SCRAM-SHA-256")}
	check(t, s.CreateAccount(ctx, lan, creds))
	check(t, s.CreateAccount(ctx, an, nil))
	check(t, s.CreateAccount(ctx, other, nil))
	wantErr(t, s.CreateAccount(ctx, storage.Account{JID: lan.JID}, nil), storage.ErrConflict)
	check(t, s.PutAlias(ctx, storage.Alias{JID: id("sales@example.com")}))
	wantErr(t, s.CreateAccount(ctx, storage.Account{JID: id("sales@example.com")}, nil), storage.ErrConflict)

	equal(t, "account", must[storage.Account](t)(s.Account(ctx, lan.JID)), lan)
	equal(t, "domain's accounts", must[[]storage.Account](t)(s.Accounts(ctx, "example.com")), []storage.Account{an, lan})
	equal(t, "all accounts", must[[]storage.Account](t)(s.Accounts(ctx, "")), []storage.Account{an, lan, other})
	equal(t, "credentials", must[[]storage.Credential](t)(s.Credentials(ctx, lan.JID)), creds)

	changed := storage.Account{JID: lan.JID, Name: "Lan", Created: day.Add(time.Hour)}
	check(t, s.UpdateAccount(ctx, changed))
	changed.Created = day
	equal(t, "updated account", must[storage.Account](t)(s.Account(ctx, lan.JID)), changed)
	check(t, s.SetCredentials(ctx, lan.JID, creds[1:]))
	equal(t, "new credentials", must[[]storage.Credential](t)(s.Credentials(ctx, lan.JID)), creds[1:])

	at, status, err := s.LastSeen(ctx, an.JID)
	check(t, err)
	equal(t, "last seen before", []any{at, status}, []any{time.Time{}, ""})
	check(t, s.SetLastSeen(ctx, an.JID, day, "gone home"))
	at, status, err = s.LastSeen(ctx, an.JID)
	check(t, err)
	equal(t, "last seen", []any{at, status}, []any{day, "gone home"})

	nobody := id("nobody@example.com")
	wantErr(t, s.UpdateAccount(ctx, storage.Account{JID: nobody}), storage.ErrNotFound)
	wantErr(t, s.SetCredentials(ctx, nobody, creds), storage.ErrNotFound)
	wantErr(t, s.SetLastSeen(ctx, nobody, day, ""), storage.ErrNotFound)
	wantErr(t, s.DeleteAccount(ctx, nobody), storage.ErrNotFound)
	_, err = s.Credentials(ctx, nobody)
	wantErr(t, err, storage.ErrNotFound)
}

func testBulkAccounts(t *testing.T, s storage.Store) {
	ctx := t.Context()
	var list []storage.Account
	for i := range 50 {
		list = append(list, storage.Account{JID: id(fmt.Sprintf("u%02d@example.com", i)), Created: day})
	}
	lines := make([]storage.Audit, len(list))
	for i, a := range list {
		lines[i] = storage.Audit{At: day, Actor: "cli", Action: "account.import", Object: a.JID.String(), Change: "{}"}
	}
	check(t, s.CreateAccount(ctx, list[49], nil))
	wantErr(t, s.CreateAccounts(ctx, list, make([][]storage.Credential, 50), lines...), storage.ErrConflict)
	same(t, "accounts after a refused import", len(must[[]storage.Account](t)(s.Accounts(ctx, ""))), 1)
	same(t, "audits after a refused import", len(must[[]storage.Audit](t)(s.Audits(ctx, "", time.Time{}, 100))), 0)
	check(t, s.AppendAudit(ctx, lines[49])) // a time that is taken
	check(t, s.CreateAccounts(ctx, list[:49], make([][]storage.Credential, 49), lines[:49]...))
	audits := must[[]storage.Audit](t)(s.Audits(ctx, "example.com", time.Time{}, 100))
	same(t, "audits", len(audits), 50)
	same(t, "newest audit", audits[0].Object, "u48@example.com") // in the order of the lines
	same(t, "oldest audit", audits[49].Object, "u49@example.com")
	equal(t, "accounts", must[[]storage.Account](t)(s.Accounts(ctx, "")), list)
	if err := s.CreateAccounts(ctx, list, nil); err == nil {
		t.Fatal("accounts without their credentials were accepted")
	}
}

func testNotedAccount(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := storage.Account{JID: id("lan@example.com"), Created: day}
	line := storage.Audit{At: day, Actor: "lan@example.com", Action: "account.register", Object: "lan@example.com", Change: "{}"}
	docs := func(text string) map[string][]byte { return map[string][]byte{"alone": []byte(text)} }
	check(t, s.CreateNoted(ctx, lan, []storage.Credential{scram("SCRAM-SHA-1")}, "signup", docs("web"), line))
	same(t, "document", string(must[[]byte](t)(s.Doc(ctx, lan.JID, "signup", "alone"))), "web")
	same(t, "credentials", len(must[[]storage.Credential](t)(s.Credentials(ctx, lan.JID))), 1)
	wantErr(t, s.CreateNoted(ctx, lan, nil, "signup", docs("xmpp"), line), storage.ErrConflict)
	same(t, "document after a refusal", string(must[[]byte](t)(s.Doc(ctx, lan.JID, "signup", "alone"))), "web")
	same(t, "audits", len(must[[]storage.Audit](t)(s.Audits(ctx, "example.com", time.Time{}, 9))), 1)
}

func testDeleteAccount(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, an, room := id("lan@example.com"), id("an@example.com"), id("sales@groups.example.com")
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, []storage.Credential{scram("SCRAM-SHA-1")}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: an}, nil))
	check(t, s.PutDoc(ctx, lan, "vcard", "", []byte("card")))
	must[int64](t)(s.PutRosterItem(ctx, lan, storage.RosterItem{JID: an, To: true}))
	before := must[int64](t)(s.PutRosterItem(ctx, an, storage.RosterItem{JID: lan, To: true, From: true}))
	must[[]storage.Pair](t)(s.NoteRecent(ctx, []storage.Pair{{an, lan}}, day, 9))
	must[[]int64](t)(s.Append(ctx, storage.Entry{Owner: lan, Peer: an, Flags: storage.Waiting}, storage.Entry{Owner: an, Peer: lan}))
	check(t, s.SetPrefs(ctx, lan, storage.ArchivePrefs{Default: "never"}))
	check(t, s.PubSub().CreateNode(ctx, storage.Node{Owner: lan, Name: "n"}))
	check(t, s.PubSub().CreateNode(ctx, storage.Node{Owner: an, Name: "n"}))
	check(t, s.PubSub().PutSubscription(ctx, an, "n", storage.Subscription{JID: id("lan@example.com/phone"), ID: "1", State: "subscribed"}))
	service := id("pubsub.example.com")
	check(t, s.PubSub().CreateNode(ctx, storage.Node{Owner: service, Name: "n", Config: map[string]string{storage.NodeCreator: "lan@example.com"}}))
	must[[]string](t)(s.PubSub().PublishItem(ctx, service, "n", storage.Item{ID: "1", Publisher: id("lan@example.com/phone")}, 9))
	check(t, s.PutUpload(ctx, storage.Upload{ID: "u", Owner: lan, Name: "a.png", Size: 5, Created: day, Stored: true}))
	check(t, s.Rooms().PutRoom(ctx, storage.Room{JID: room}))
	check(t, s.Rooms().SetAffiliations(ctx, room, []storage.Affiliation{{JID: lan, Affiliation: "member"}, {JID: an, Affiliation: "member"}}))

	check(t, s.DeleteAccount(ctx, lan))
	equal(t, "whom rooms have to forget", must[[]string](t)(s.DocKeys(ctx, id("example.com"), storage.SpaceDeparted)), []string{"lan"})
	check(t, s.CreateAccount(ctx, storage.Account{JID: lan}, nil))
	_, err := s.Doc(ctx, lan, "vcard", "")
	wantErr(t, err, storage.ErrNotFound)
	_, _, err = s.Bounds(ctx, lan)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.Prefs(ctx, lan)
	wantErr(t, err, storage.ErrNotFound)
	_, err = s.PubSub().Node(ctx, lan, "n")
	wantErr(t, err, storage.ErrNotFound)
	gone := must[[]storage.Upload](t)(s.ExpiredUploads(ctx, day, time.Time{}, 9))
	if len(gone) != 1 || gone[0].ID != "u" || gone[0].Name != "" || gone[0].Size != 0 {
		t.Fatalf("expired with the account: %+v", gone)
	}
	items, version, err := s.Roster(ctx, lan)
	check(t, err)
	same(t, "roster of the new account", len(items)+int(version), 0)
	same(t, "recent contacts of the other", len(must[[]xmpp.JID](t)(s.Recent(ctx, an))), 0)
	items, version, err = s.Roster(ctx, an)
	check(t, err)
	same(t, "the other's contacts", len(items), 0)
	changes, ok, err := s.RosterSince(ctx, an, before)
	check(t, err)
	equal(t, "the other's changes", changes, []storage.RosterChange{{Version: version, JID: lan, Removed: true}})
	same(t, "the other's version is known", ok, true)
	same(t, "credentials of the new account", len(must[[]storage.Credential](t)(s.Credentials(ctx, lan))), 0)
	same(t, "waiting of the new account", len(waits(t, s, lan, 0, 9)), 0)
	same(t, "affiliations left", len(must[[]storage.Affiliation](t)(s.Rooms().Affiliations(ctx, room))), 1)
	same(t, "publisher of what is left", must[[]storage.Item](t)(s.PubSub().Items(ctx, service, "n", 0))[0].Publisher, xmpp.JID{})
	same(t, "creator of a node", must[storage.Node](t)(s.PubSub().Node(ctx, service, "n")).Config[storage.NodeCreator], "")
	people, err := s.PubSub().Subscriptions(ctx, an, "n")
	check(t, err)
	same(t, "subscriptions left", len(people), 0)
	first, _, err := s.Bounds(ctx, an) // the other side keeps what was said, and who said it
	check(t, err)
	same(t, "peer in the other's archive", first.Peer, lan)
}

func testAudit(t *testing.T, s storage.Store) {
	ctx := t.Context()
	var want []storage.Audit
	for i, object := range []string{"a@example.com", "b@example.org", "example.com", "c@example.com"} {
		a := storage.Audit{At: day, Actor: "cli", Door: "cli", Action: fmt.Sprint("act", i), Object: object, Change: `{"n":1}`}
		check(t, s.AppendAudit(ctx, a))
		want = append([]storage.Audit{a}, want...)
	}
	actions := func(list []storage.Audit, err error) (names string) {
		check(t, err)
		for _, a := range list {
			names += a.Action + " "
		}
		return names
	}
	list := must[[]storage.Audit](t)(s.Audits(ctx, "", time.Time{}, 10))
	same(t, "audits", actions(list, nil), "act3 act2 act1 act0 ")
	want[3].At = list[3].At
	equal(t, "audit", list[3], want[3])
	same(t, "domain's audits", actions(s.Audits(ctx, "example.com", time.Time{}, 2)), "act3 act2 ")
	same(t, "next page", actions(s.Audits(ctx, "example.com", list[1].At, 2)), "act0 ")
}

func testHashCounts(t *testing.T, s storage.Store) {
	ctx, counts := t.Context(), must[[]storage.HashCount](t)
	same(t, "without accounts", len(counts(s.HashCounts(ctx))), 0)
	more := scram("SCRAM-SHA-1")
	more.Iterations = 10000
	check(t, s.CreateAccount(ctx, storage.Account{JID: id("a@example.com")}, []storage.Credential{more, scram("SCRAM-SHA-512")}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: id("b@example.com")}, []storage.Credential{scram("SCRAM-SHA-1")}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: id("c@example.com")}, []storage.Credential{scram("SCRAM-SHA-1")}))
	check(t, s.CreateAccount(ctx, storage.Account{JID: id("a@example.org")}, []storage.Credential{more}))
	equal(t, "counts", counts(s.HashCounts(ctx)), []storage.HashCount{
		{Domain: "example.com", Mechanism: "SCRAM-SHA-1", Iterations: 4096, Accounts: 2},
		{Domain: "example.com", Mechanism: "SCRAM-SHA-1", Iterations: 10000, Accounts: 1},
		{Domain: "example.com", Mechanism: "SCRAM-SHA-512", Iterations: 4096, Accounts: 1},
		{Domain: "example.org", Mechanism: "SCRAM-SHA-1", Iterations: 10000, Accounts: 1}})
}
