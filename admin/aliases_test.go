package admin

import (
	"slices"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func sales(targets ...string) CreateAlias {
	return CreateAlias{Address: "sales@example.com", AliasFields: AliasFields{Name: "Sales", Targets: targets, GroupChat: true}}
}

func TestAliases(t *testing.T) {
	f := newFixture(t)
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	f.Now = func() time.Time { return now }
	f.people("lan@example.com", "minh@example.com")
	a := must[Alias](f, "alias.create", sales("Lan@example.com", "lan@example.com", "someone@elsewhere.example"))
	if !slices.Equal(a.Targets, []string{"lan@example.com", "someone@elsewhere.example"}) || !a.GroupChat || !a.Created.Equal(now) {
		t.Errorf("created %+v", a)
	}
	must[Alias](f, "alias.add", AliasTargets{Address: a.Address, Targets: []string{"minh@example.com", "lan@example.com"}})
	must[Alias](f, "alias.set", SetAlias{Address: a.Address, Leads: ptr([]string{"minh@example.com"}), Announcement: ptr(true)})
	d := must[AliasDetail](f, "alias.show", Identified{a.Address})
	if d.Name != "Sales" || !*d.Announcement || len(d.Targets) != 3 || d.Effective == nil || len(d.Effective.Members) != 3 {
		t.Errorf("shown %+v", d)
	}
	a = must[Alias](f, "alias.remove", AliasTargets{Address: a.Address, Targets: []string{"minh@example.com"}})
	if len(a.Targets) != 2 || len(a.Leads) != 0 {
		t.Errorf("who is removed keeps rights: %+v", a)
	}
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: a.Address})
	f.refused(CommandLine(), "alias.add", AliasTargets{Address: a.Address, Targets: []string{"minh@example.com"}}, NotFound, "was deleted on 27 November 2026; it can be restored")
	f.refused(CommandLine(), "alias.create", sales("lan@example.com"), Conflict, "is a deleted alias")
	if list := must[[]Alias](f, "alias.list", ListAliases{}); len(list) != 0 {
		t.Errorf("deleted alias is listed: %+v", list)
	}
	if list := must[[]Alias](f, "alias.list", ListAliases{Deleted: true}); len(list) != 1 {
		t.Errorf("deleted aliases: %+v", list)
	}
	if a = must[Alias](f, "alias.restore", Identified{a.Address}); !a.Deleted.IsZero() || len(a.Targets) != 2 {
		t.Errorf("restored %+v", a)
	}
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: a.Address})
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: a.Address, Purge: true})
	must[Alias](f, "alias.create", sales("lan@example.com"))
}

func TestRenamedAliasIsFollowed(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	must[Alias](f, "alias.create", CreateAlias{Address: "all@example.com", AliasFields: AliasFields{Targets: []string{"sales@example.com"}}})
	must[Alias](f, "alias.rename", RenameAlias{Address: "sales@example.com", To: "revenue@example.com"})
	d := must[AliasDetail](f, "alias.show", Identified{"revenue@example.com"})
	if d.Name != "Sales" || !slices.Equal(d.NamedBy, []string{"all@example.com"}) {
		t.Errorf("renamed %+v", d)
	}
	if d := must[AliasDetail](f, "alias.show", Identified{"all@example.com"}); !slices.Equal(d.Targets, []string{"revenue@example.com"}) {
		t.Errorf("outer alias %+v", d)
	}
}

// An account that is created again later must not find itself in the groups of the former one.
func TestDeletedAccountLeavesAliases(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@example.com")
	r := sales("lan@example.com", "minh@example.com")
	r.Leads, r.Posters = []string{"lan@example.com"}, []string{"lan@example.com"}
	must[Alias](f, "alias.create", r)
	f.live.online["lan@example.com"] = []Session{{Resource: "phone"}}
	out := must[DeletedAccount](f, "account.delete", Identified{"lan@example.com"})
	if !slices.Equal(out.Aliases, []string{"sales@example.com"}) || len(f.live.kicked) != 1 {
		t.Errorf("deleted %+v, kicked %q", out, f.live.kicked)
	}
	a := must[AliasDetail](f, "alias.show", Identified{"sales@example.com"})
	if !slices.Equal(a.Targets, []string{"minh@example.com"}) || len(a.Leads)+len(a.Posters) != 0 {
		t.Errorf("alias %+v", a)
	}
}

// Both a change of an alias and one of an account wait for the reconciler, and wake it.
func TestChangesAreQueued(t *testing.T) {
	f := newFixture(t)
	woken := map[string]int{}
	f.Changed = func(j xmpp.JID) { woken[j.String()]++ }
	f.people("lan@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	rows, err := f.store.Dirty(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	queued := map[string]bool{}
	for _, r := range rows {
		queued[r.JID.String()] = true
	}
	for _, who := range []string{"lan@example.com", "sales@example.com"} {
		if !queued[who] || woken[who] != 1 {
			t.Errorf("%s: queued %v, woken %d times", who, queued[who], woken[who])
		}
	}
}

func TestRooms(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	f.refused(CommandLine(), "group.show", Identified{"sales@example.com"}, Conflict, "is not made yet")
	rooms, group, tea := f.store.Rooms(), jid(t, "sales@groups.example.com"), jid(t, "tea@groups.example.com")
	al, err := f.store.Alias(t.Context(), jid(t, "sales@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	al.Room = group
	for _, err := range []error{
		f.store.PutAlias(t.Context(), al),
		rooms.PutRoom(t.Context(), storage.Room{JID: group, Group: al.JID, Config: map[string]string{"roomname": "Sales"}, Created: time.Now()}),
		rooms.PutRoom(t.Context(), storage.Room{JID: tea, Created: time.Now()}),
		rooms.SetAffiliations(t.Context(), group, []storage.Affiliation{{JID: jid(t, "lan@example.com"), Affiliation: "member", Managed: true}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.store.Append(t.Context(), storage.Entry{Owner: group, Peer: jid(t, "sales@groups.example.com/Lan"), Kind: "groupchat", Stanza: []byte("<message/>")}); err != nil {
		t.Fatal(err)
	}
	if list := must[[]Room](f, "group.list", ListRooms{Domain: "example.com"}); len(list) != 1 || list[0].Name != "Sales" || list[0].Members != 1 || list[0].LastActivity.IsZero() {
		t.Errorf("groups %+v", list)
	}
	if list := must[[]Room](f, "room.list", ListRooms{}); len(list) != 1 || list[0].Address != "tea@groups.example.com" {
		t.Errorf("rooms %+v", list)
	}
	for _, address := range []string{"sales@example.com", "sales@groups.example.com"} {
		d := must[RoomDetail](f, "group.show", Identified{address})
		if d.Alias == nil || d.Alias.Address != "sales@example.com" || len(d.People) != 1 || !d.People[0].Managed || d.Effective == nil {
			t.Errorf("group by %s: %+v", address, d)
		}
	}
	f.refused(CommandLine(), "room.delete", DeleteRoom{Address: "sales@groups.example.com"}, Conflict, "is the group of sales@example.com")
	for key, data := range map[string]string{"vcard": "<vCard/>", "tokens": "[]"} {
		if err := f.store.PutDoc(t.Context(), tea, storage.SpaceRoom, key, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	must[Identified](f, "room.delete", DeleteRoom{Address: "tea@groups.example.com"})
	if left, err := f.store.ListDocs(t.Context(), tea, storage.SpaceRoom); err != nil || len(left) != 0 {
		t.Errorf("left for the next room of this name: %v, %v", left, err)
	}
	f.refused(CommandLine(), "room.show", Identified{"tea@groups.example.com"}, NotFound, "there is no room")
}

// A misspelt lead or poster would be a person who silently has no rights.
func TestNamedPeopleExist(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	for text, r := range map[string]SetAlias{
		"the lead mihn@example.com is no account; did you mean minh@example.com?":                         {Leads: ptr([]string{"mihn@example.com"})},
		"the poster nobody.at.all@example.com is no account; create it first":                             {Posters: ptr([]string{"nobody.at.all@example.com"})},
		"the lead sales@example.com is an alias; name the accounts of people":                             {Leads: ptr([]string{"sales@example.com"})},
		"the target lam@example.com is neither an account nor an alias; did you mean lan@example.com?":    {Targets: ptr([]string{"lam@example.com"})},
		"the target sale@example.com is neither an account nor an alias; did you mean sales@example.com?": {Targets: ptr([]string{"sale@example.com"})},
		"the target banana@example.com is neither an account nor an alias; create it first":               {Targets: ptr([]string{"banana@example.com"})},
	} {
		r.Address = "sales@example.com"
		_, err := f.SetAlias(t.Context(), CommandLine(), r)
		if err == nil || err.Error() != text {
			t.Errorf("%v, want %s", err, text)
		}
	}
	r := SetAlias{Address: "sales@example.com", Leads: ptr([]string{"minh@example.com", "boss@elsewhere.example"})}
	if a := must[Alias](f, "alias.set", r); len(a.Leads) != 2 {
		t.Errorf("set %+v", a)
	}
	// A domain administrator is told nothing of other domains, not even who is there.
	boss := Actor{Name: "boss@example.org", Role: storage.DomainAdmin, Domain: "example.org", Door: "api"}
	f.Hosts = func() []string { return []string{"example.com", "example.org"} }
	f.people("boss@example.org")
	other := CreateAlias{Address: "all@example.org", AliasFields: AliasFields{Everyone: true, Leads: []string{"lan@example.com"}}}
	f.refused(boss, "alias.create", other, Forbidden, "you administer example.org only")
}

// What was deleted is not shown as something that names an account.
func TestDeletedAliasesNameNobody(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	must[Alias](f, "alias.create", CreateAlias{Address: "all@example.com", AliasFields: AliasFields{Targets: []string{"sales@example.com", "lan@example.com"}}})
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: "all@example.com"})
	if d := must[AccountDetail](f, "account.show", Identified{"lan@example.com"}); !slices.Equal(d.Aliases, []string{"sales@example.com"}) {
		t.Errorf("aliases %q", d.Aliases)
	}
	if d := must[AliasDetail](f, "alias.show", Identified{"sales@example.com"}); len(d.NamedBy) != 0 {
		t.Errorf("named by %q", d.NamedBy)
	}
	if out := must[DeletedAccount](f, "account.delete", Identified{"lan@example.com"}); !slices.Equal(out.Aliases, []string{"sales@example.com"}) {
		t.Errorf("deleted %+v", out)
	}
	// A deleted alias forgets the account all the same: it may come back.
	if a := must[Alias](f, "alias.restore", Identified{"all@example.com"}); !slices.Equal(a.Targets, []string{"sales@example.com"}) {
		t.Errorf("restored %+v", a)
	}
}

func TestHoldings(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	lan := jid(t, "lan@example.com")
	for range 3 {
		if _, err := f.store.Append(t.Context(), storage.Entry{Owner: lan, Peer: jid(t, "minh@example.com/a"), Kind: "chat", Stanza: []byte("<message/>")}); err != nil {
			t.Fatal(err)
		}
	}
	for i, size := range []int64{1000, 24} {
		up := storage.Upload{ID: string(rune('a' + i)), Owner: lan, Name: "x", Size: size, Created: time.Now(), Stored: true}
		if err := f.store.PutUpload(t.Context(), up); err != nil {
			t.Fatal(err)
		}
	}
	h := must[Holdings](f, "account.holdings", Identified{"lan@example.com"})
	if h.Messages != 3 || h.Files != 2 || h.Bytes != 1024 || !slices.Equal(h.Aliases, []string{"sales@example.com"}) || h.Address != "lan@example.com" {
		t.Errorf("lan has %+v", h)
	}
	if h := must[Holdings](f, "account.holdings", Identified{"minh@example.com"}); h.Messages+h.Files+len(h.Aliases) != 0 {
		t.Errorf("minh has %+v", h)
	}
	f.refused(CommandLine(), "account.holdings", Identified{"x@example.com"}, NotFound, "there is no account x@example.com")
}

// Who writes to everyone is chosen, unless the administrator says otherwise.
func TestEveryoneIsForAnnouncements(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	everyone := func(address string, announcement *bool) CreateAlias {
		return CreateAlias{Address: address, AliasFields: AliasFields{Everyone: true, GroupChat: true, Announcement: announcement}}
	}
	for _, c := range []struct {
		what string
		got  Alias
		want bool
	}{
		{"made", must[Alias](f, "alias.create", everyone("all@example.com", nil)), true},
		{"made for talk", must[Alias](f, "alias.create", everyone("talk@example.com", ptr(false))), false},
		{"of some", must[Alias](f, "alias.create", sales("lan@example.com")), false},
		{"changed", must[Alias](f, "alias.set", SetAlias{Address: "talk@example.com", Name: ptr("Talk"), Everyone: ptr(true)}), false},
		{"for everyone now", must[Alias](f, "alias.set", SetAlias{Address: "sales@example.com", Everyone: ptr(true)}), true},
		{"opened", must[Alias](f, "alias.set", SetAlias{Address: "sales@example.com", Announcement: ptr(false)}), false},
	} {
		if *c.got.Announcement != c.want {
			t.Errorf("%s: announcement is %v", c.what, *c.got.Announcement)
		}
	}
}

// Who has left the group of an alias is a member again when an administrator adds the address.
func TestAddedAgain(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	must[Alias](f, "alias.create", sales("lan@example.com"))
	must[Alias](f, "alias.add", AliasTargets{Address: "sales@example.com", Targets: []string{"lan@example.com"}}) // there is no group yet
	if err := f.store.SetAliasRoom(t.Context(), jid(t, "sales@example.com"), jid(t, "sales@groups.example.com")); err != nil {
		t.Fatal(err)
	}
	back := f.Groups.(fakeGroups).back
	if len(back) != 0 {
		t.Errorf("readmitted to no group: %v", back)
	}
	must[Alias](f, "alias.add", AliasTargets{Address: "sales@example.com", Targets: []string{"lan@example.com"}})
	if !back["lan@example.com"] {
		t.Error("not readmitted")
	}
}
