package admin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/account"
	"myna/account/signup"
	"myna/config"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// fixture is an Admin over an empty database, with sessions that only remember, and accounts whose passwords are
// kept and not hashed, which would take most of the tests' time.
type fixture struct {
	*Admin
	t     *testing.T
	store *sqlite.Store
	live  *fakeSessions
}

// plainAccounts keeps a password as the stored key.
type plainAccounts struct{ store *sqlite.Store }

func plain(password string) []storage.Credential {
	return []storage.Credential{{Mechanism: "SCRAM-SHA-1", Salt: []byte("s"), Iterations: 1, StoredKey: []byte(password), ServerKey: []byte("k")}}
}

func (p plainAccounts) CreateMany(ctx context.Context, drafts []account.Draft) error {
	var list []storage.Account
	var creds [][]storage.Credential
	var lines []storage.Audit
	for _, d := range drafts {
		if err := p.Acceptable(d.Account.JID, d.Password); err != nil {
			return err
		}
		lines = append(lines, d.Line)
		list, creds = append(list, d.Account), append(creds, plain(d.Password))
		if d.Hashed != nil {
			d.Hashed()
		}
	}
	return p.store.CreateAccounts(ctx, list, creds, lines...)
}

func (p plainAccounts) Acceptable(j xmpp.JID, password string) error {
	return account.Config{MinPassword: 1}.Acceptable(j, password)
}

func (p plainAccounts) Update(ctx context.Context, j xmpp.JID, edit func(*storage.Account)) error {
	a, err := p.store.Account(ctx, j)
	if err == nil {
		edit(&a)
		err = p.store.UpdateAccount(ctx, a)
	}
	return err
}

func (p plainAccounts) SetPassword(ctx context.Context, j xmpp.JID, password string) error {
	return p.store.SetCredentials(ctx, j, plain(password))
}

func (p plainAccounts) HasPassword(ctx context.Context, j xmpp.JID, password string) (bool, error) {
	creds, err := p.store.Credentials(ctx, j)
	return len(creds) == 1 && string(creds[0].StoredKey) == password, err
}

func (p plainAccounts) Delete(ctx context.Context, j xmpp.JID) error {
	return p.store.DeleteAccount(ctx, j)
}

// signsIn tells whether a password is that of an account.
func (f *fixture) signsIn(address, password string) bool {
	f.t.Helper()
	creds, err := f.store.Credentials(f.t.Context(), jid(f.t, address))
	return err == nil && len(creds) == 1 && string(creds[0].StoredKey) == password
}

type fakeSessions struct {
	online map[string][]Session
	kicked []string
}

func (f *fakeSessions) Sessions(j xmpp.JID) []Session { return f.online[j.String()] }

func (f *fakeSessions) All(domain string) []AccountSession {
	var list []AccountSession
	for address, sessions := range f.online {
		for _, s := range sessions {
			if domain == "" || strings.HasSuffix(address, "@"+domain) {
				list = append(list, AccountSession{Address: address, Session: s})
			}
		}
	}
	return list
}

func (f *fakeSessions) Kick(j xmpp.JID, resource, text string) int {
	n := 0
	for _, s := range f.online[j.String()] {
		if resource == "" || s.Resource == resource {
			f.kicked = append(f.kicked, j.String()+"/"+s.Resource+": "+text)
			n++
		}
	}
	return n
}

func (f *fakeSessions) Online(string) (int, int) { return len(f.online), len(f.online) }

// fakeGroups resolves every alias to its own targets.
type fakeGroups struct {
	store *sqlite.Store
	back  map[string]bool // who was readmitted
}

func (g fakeGroups) Readmit(_ context.Context, _ xmpp.JID, accounts []xmpp.JID) ([]xmpp.JID, error) {
	for _, j := range accounts {
		g.back[j.String()] = true
	}
	return accounts, nil
}

func (g fakeGroups) Resolve(ctx context.Context, j xmpp.JID) (Resolution, error) {
	al, err := g.store.Alias(ctx, j)
	r := Resolution{Members: []Member{}}
	for _, t := range al.Targets {
		r.Members = append(r.Members, Member{Address: t, Kind: "chat"})
	}
	return r, err
}

func (g fakeGroups) Preview(_ context.Context, al *storage.Alias) (Resolution, error) {
	r := Resolution{Members: []Member{}}
	for _, t := range al.Targets {
		r.Members = append(r.Members, Member{Address: t, Kind: map[bool]string{true: "chat", false: "external"}[strings.HasSuffix(t, "@example.com")]})
	}
	return r, nil
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	store := sqlite.Temp(t)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	live := &fakeSessions{online: map[string][]Session{}}
	invitations := signup.DefaultConfig()
	invitations.Invitations = signup.Everybody
	signUp := signup.New(signup.Options{Config: config.NewOptions(invitations), Store: store, Logger: log})
	return &fixture{t: t, store: store, live: live, Admin: New(Deps{
		Accounts: plainAccounts{store}, Store: store, Log: log, Sessions: live, Groups: fakeGroups{store, map[string]bool{}},
		Hosts: func() []string { return []string{"example.com", "other.example"} }, SignUp: signUp,
		InvitePage: func(domain, token string) string { return "https://" + domain + "/invite/" + token },
	})}
}

// must carries out an operation through JSON, as the doors do.
func must[T any](f *fixture, name string, request any) T {
	f.t.Helper()
	var out T
	if err := (Local{f.Admin, CommandLine()}).Call(f.t.Context(), name, request, &out, nil); err != nil {
		f.t.Fatalf("%s %+v: %v", name, request, err)
	}
	return out
}

// refused carries out an operation that must be refused with a kind and a text.
func (f *fixture) refused(who Actor, name string, request any, kind Kind, text string) {
	f.t.Helper()
	err := (Local{f.Admin, who}).Call(f.t.Context(), name, request, new(json.RawMessage), nil)
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Text, text) {
		f.t.Errorf("%s %+v: %v\nwant %s: …%s…", name, request, err, kind, text)
	}
}

func (f *fixture) people(addresses ...string) {
	f.t.Helper()
	var csv strings.Builder
	for _, a := range addresses {
		csv.WriteString(a + ",,,secret\n")
	}
	if out := must[Imported](f, "account.import", ImportAccounts{CSV: csv.String()}); out.Created != len(addresses) {
		f.t.Fatalf("import %+v", out)
	}
}

// actions lists the audit log, oldest first.
func (f *fixture) actions() []string {
	f.t.Helper()
	lines := must[[]AuditLine](f, "audit.list", ListAudit{})
	var list []string
	for _, l := range slices.Backward(lines) {
		list = append(list, l.Action+" "+l.Object)
	}
	return list
}

func jid(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func ptr[T any](x T) *T { return &x }

func TestAccounts(t *testing.T) {
	f := newFixture(t)
	made := must[CreatedAccount](f, "account.create", CreateAccount{Address: "Lan@example.com", Name: " Nguyễn Thị Lan ", Generate: true})
	if made.Address != "lan@example.com" || made.Name != "Nguyễn Thị Lan" || len(made.Password) != 19 {
		t.Errorf("created %+v", made)
	}
	if !f.signsIn("lan@example.com", made.Password) {
		t.Error("the generated password does not sign in")
	}
	f.live.online["lan@example.com"] = []Session{{Resource: "phone"}, {Resource: "desk"}}
	must[Account](f, "account.set", SetAccount{Address: "lan@example.com", Department: ptr("Sales"), Role: ptr(storage.DomainAdmin)})
	if d := must[AccountDetail](f, "account.show", Identified{"lan@example.com"}); d.Name == "" || d.Department != "Sales" || d.Role != "domain" || len(d.Sessions) != 2 {
		t.Errorf("shown %+v", d)
	}
	set := must[PasswordSet](f, "account.password", SetPassword{Address: "lan@example.com", Password: "other"})
	if set.Ended != 2 || set.Password != "" || !f.signsIn("lan@example.com", "other") {
		t.Errorf("password set %+v", set)
	}
	if kicked := must[Kicked](f, "account.kick", Kick{Address: "lan@example.com", Resource: "desk", Reason: "tea"}); kicked.Ended != 1 {
		t.Errorf("kicked %+v", kicked)
	}
	f.live.kicked = nil
	if a := must[Account](f, "account.disable", Identified{"lan@example.com"}); !a.Disabled || len(f.live.kicked) != 2 {
		t.Errorf("disabled %+v, kicked %q", a, f.live.kicked)
	}
	must[Account](f, "account.enable", Identified{"lan@example.com"})
	must[DeletedAccount](f, "account.delete", Identified{"lan@example.com"})
	f.refused(CommandLine(), "account.show", Identified{"lan@example.com"}, NotFound, "there is no account lan@example.com")
	want := []string{"create", "set", "password", "kick", "disable", "enable", "delete"}
	for i := range want {
		want[i] = "account." + want[i] + " lan@example.com"
	}
	if got := f.actions(); !slices.Equal(got, want) {
		t.Errorf("audit log %q, want %q", got, want)
	}
}

func TestAuditTellsOldAndNew(t *testing.T) {
	f := newFixture(t)
	f.Now = func() time.Time { return time.Date(2026, 11, 27, 1, 2, 3, 4, time.UTC) }
	f.people("lan@example.com")
	who := Actor{Name: "boss@example.com", Role: storage.ServerAdmin, Door: "page"}
	if _, err := f.SetAccount(t.Context(), who, SetAccount{Address: "lan@example.com", Name: ptr("Lan")}); err != nil {
		t.Fatal(err)
	}
	// Nothing changes, so nothing is logged.
	if _, err := f.SetAccount(t.Context(), who, SetAccount{Address: "lan@example.com", Name: ptr("Lan")}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SetAccount(t.Context(), who, SetAccount{Address: "lan@example.com", Name: ptr("L"), ChatOff: ptr(true)}); err != nil {
		t.Fatal(err)
	}
	lines := must[[]AuditLine](f, "audit.list", ListAudit{Domain: "example.com", Limit: 2})
	if len(lines) != 2 || string(lines[0].Change) != `{"old":{"name":"Lan"},"new":{"chat_off":true,"name":"L"}}` ||
		string(lines[1].Change) != `{"new":{"name":"Lan"}}` || lines[0].Actor != "boss@example.com" || lines[0].Door != "page" {
		t.Errorf("audit %s %s %+v", lines[0].Change, lines[1].Change, lines)
	}
}

// TestDigestOfAccount: how often somebody is told by mail of the groups is set with the rest, in one line of the log.
func TestDigestOfAccount(t *testing.T) {
	f := newFixture(t)
	f.people("minh@example.com")
	for _, c := range []struct{ request, kept, line string }{
		{`{"address":"minh@example.com","digest":"15m"}`, "15m", `{"old":{"digest":"default"},"new":{"digest":"15m"}}`},
		{`{"address":"minh@example.com","digest":"15m"}`, "15m", ""},
		{`{"address":"minh@example.com","name":"Minh"}`, "15m", `{"new":{"name":"Minh"}}`},
		{`{"address":"minh@example.com","name":"M","digest":"default"}`, "default", `{"old":{"digest":"15m","name":"Minh"},"new":{"digest":"default","name":"M"}}`},
	} {
		before := len(must[[]AuditLine](f, "audit.list", ListAudit{}))
		must[Account](f, "account.set", json.RawMessage(c.request))
		log := must[[]AuditLine](f, "audit.list", ListAudit{})
		if c.line == "" && len(log) != before || c.line != "" && (len(log) != before+1 || string(log[0].Change) != c.line) {
			t.Errorf("%s: %d lines more, the last %s", c.request, len(log)-before, log[0].Change)
		}
		if got := must[AccountDetail](f, "account.show", Identified{"minh@example.com"}).Digest; got != c.kept {
			t.Errorf("%s: %q", c.request, got)
		}
	}
}

func TestRefused(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "chi@example.com")
	must[Alias](f, "alias.create", CreateAlias{Address: "sales@example.com", AliasFields: AliasFields{Targets: []string{"lan@example.com"}}})
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		op      string
		request any
		kind    Kind
		text    string
	}{
		{"account.make", nil, NotFound, `no operation "account.make"`},
		{"account.create", map[string]string{"adress": "x"}, Invalid, `unknown field "adress"`},
		{"account.create", CreateAccount{Generate: true}, Invalid, "an address is needed, such as lan@example.com"},
		{"account.create", CreateAccount{Address: "example.com", Generate: true}, Invalid, "no address of a person"},
		{"account.create", CreateAccount{Address: "a@example.com/x", Generate: true}, Invalid, "no address of a person"},
		{"account.create", CreateAccount{Address: "a b@example.com", Generate: true}, Invalid, "is no address"},
		{"account.create", CreateAccount{Address: "a@example.org", Generate: true}, Invalid, "example.org is not a domain of this server"},
		{"account.create", CreateAccount{Address: "a@example.com"}, Invalid, "a password is needed"},
		{"account.create", CreateAccount{Address: "a@example.com", Password: "x", Generate: true}, Invalid, "not both"},
		{"account.create", CreateAccount{Address: "a@example.com", Password: "a\x00b"}, Invalid, "this password cannot be used"},
		{"account.create", CreateAccount{Address: "a@example.com", Password: strings.Repeat("x", 1025)}, Invalid, "this password cannot be used"},
		{"account.create", CreateAccount{Address: "a@example.com", Generate: true, Name: long}, Invalid, "longer than 256"},
		{"account.create", CreateAccount{Address: "a@example.com", Generate: true, Name: "a\nb"}, Invalid, "one line"},
		{"account.create", CreateAccount{Address: "a@example.com", Generate: true, Role: "king"}, Invalid, `"king" is no role`},
		{"account.create", CreateAccount{Address: "lan@example.com", Generate: true}, Conflict, "is an account or an alias already"},
		{"account.create", CreateAccount{Address: "sales@example.com", Generate: true}, Conflict, "is an account or an alias already"},
		{"account.set", SetAccount{Address: "a@example.com", Name: ptr("x")}, NotFound, "there is no account a@example.com"},
		{"account.kick", Kick{Address: "lan@example.com", Resource: "tv"}, NotFound, `no session "tv"`},
		{"account.list", ListAccounts{Domain: "example.org"}, Invalid, "not a domain of this server"},
		{"alias.create", CreateAlias{Address: "x@example.com"}, Invalid, "needs at least one target"},
		{"alias.create", CreateAlias{Address: "lan@example.com", AliasFields: AliasFields{Everyone: true}}, Conflict, "is an account already"},
		{"alias.create", CreateAlias{Address: "sales@example.com", AliasFields: AliasFields{Everyone: true}}, Conflict, "is an alias already"},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Targets: []string{"nobody@example.com"}}}, NotFound, "neither an account nor an alias"},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Targets: []string{"x@example.com"}}}, Invalid, "target of itself"},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Everyone: true, Membership: "must"}}, Invalid, `"must" is no membership`},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Everyone: true, History: "some"}}, Invalid, `"some" is no history`},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Everyone: true, Leads: []string{"@"}}}, Invalid, "the lead"},
		{"alias.remove", AliasTargets{Address: "sales@example.com", Targets: []string{"chi@example.com"}}, NotFound, "no target of"},
		{"alias.restore", Identified{"sales@example.com"}, Conflict, "is not deleted"},
		{"alias.delete", DeleteAlias{Address: "sales@example.com", Purge: true}, Conflict, "delete it first"},
		{"alias.rename", RenameAlias{Address: "sales@example.com", To: "lan@example.com"}, Conflict, "is an account already"},
		{"room.show", Identified{"tea@rooms.example.com"}, Invalid, "is no host of rooms"},
		{"room.show", Identified{"tea@groups.example.com"}, NotFound, "there is no room"},
		{"group.show", Identified{"sales@example.com"}, Conflict, "without group chat"},
	} {
		f.refused(CommandLine(), tt.op, tt.request, tt.kind, tt.text)
	}
	if got := f.actions(); len(got) != 3 {
		t.Errorf("refused operations are in the audit log: %q", got)
	}
}

func TestDomainAdministrator(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "chi@example.com", "minh@example.com", "zoe@other.example")
	must[CreatedAccount](f, "account.create", CreateAccount{Address: "root@example.com", Generate: true, Role: storage.ServerAdmin})
	who := Actor{Name: "lan@example.com", Role: storage.DomainAdmin, Domain: "example.com", Door: "page"}
	for _, tt := range []struct {
		op      string
		request any
		kind    Kind
		text    string
	}{
		{"account.show", Identified{"zoe@other.example"}, Forbidden, "you administer example.com only"},
		{"account.list", ListAccounts{Domain: "other.example"}, Forbidden, "you administer example.com only"},
		{"account.create", CreateAccount{Address: "x@other.example", Generate: true}, Forbidden, "you administer example.com only"},
		{"account.create", CreateAccount{Address: "x@example.com", Generate: true, Role: storage.ServerAdmin}, Forbidden, "only an administrator of the server"},
		{"account.set", SetAccount{Address: "lan@example.com", Role: ptr(storage.ServerAdmin)}, Forbidden, "only an administrator of the server"},
		{"account.password", SetPassword{Address: "root@example.com", Generate: true}, Forbidden, "root@example.com administers the server"},
		{"account.disable", Identified{"root@example.com"}, Forbidden, "root@example.com administers the server"},
		{"account.disable", Identified{"lan@example.com"}, Conflict, "your own account"},
		{"account.delete", Identified{"lan@example.com"}, Conflict, "your own account"},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Targets: []string{"zoe@other.example"}}},
			Forbidden, "you administer example.com only"},
		{"alias.create", CreateAlias{Address: "x@example.com", AliasFields: AliasFields{Targets: []string{"nobody@other.example"}}},
			Forbidden, "you administer example.com only"},
		{"alias.rename", RenameAlias{Address: "x@other.example", To: "y@example.com"}, Forbidden, "you administer"},
		{"room.list", ListRooms{Domain: "other.example"}, Forbidden, "you administer"},
		{"room.show", Identified{"x@groups.other.example"}, Forbidden, "you administer"},
		{"audit.list", ListAudit{Domain: "other.example"}, Forbidden, "you administer"},
	} {
		f.refused(who, tt.op, tt.request, tt.kind, tt.text)
	}
	must[Alias](f, "alias.create", CreateAlias{Address: "mixed@other.example", AliasFields: AliasFields{Targets: []string{"lan@example.com", "minh@example.com"}}})
	if d, err := f.ShowAccount(t.Context(), who, Identified{"lan@example.com"}); err != nil || len(d.Aliases) != 0 {
		t.Errorf("aliases of another domain are shown: %+v, %v", d, err)
	}
	list, err := f.ListAccounts(t.Context(), who, ListAccounts{})
	if err != nil || len(list) != 4 {
		t.Errorf("own domain's accounts: %v, %v", list, err)
	}
	if gone, err := f.DeleteAccount(t.Context(), who, DeleteAccount{Address: "minh@example.com"}); err != nil || len(gone.Aliases) != 0 {
		t.Errorf("aliases of another domain are told: %+v, %v", gone, err)
	}
	status, err := f.Status(t.Context(), who, Nothing{})
	if err != nil || len(status.Hosts) != 1 || status.Hosts[0].Accounts != 3 {
		t.Errorf("status %+v, %v", status, err)
	}
	user := Actor{Name: "chi@example.com"}
	f.refused(user, "account.show", Identified{"chi@example.com"}, Forbidden, "for administrators")
	f.refused(user, "status", Nothing{}, Forbidden, "for administrators")
}

func TestWithoutServer(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	f.Sessions = nil
	f.refused(CommandLine(), "account.sessions", Identified{"lan@example.com"}, Conflict, "the server does not run")
	f.refused(CommandLine(), "account.kick", Kick{Address: "lan@example.com"}, Conflict, "the server does not run")
	must[Account](f, "account.disable", Identified{"lan@example.com"})
	if s := must[Status](f, "status", Nothing{}); s.Running || s.Hosts[0].Disabled != 1 {
		t.Errorf("status %+v", s)
	}
}

// The account service as it is: what it refuses has a text for people.
func TestRealAccounts(t *testing.T) {
	f := newFixture(t)
	accounts, err := account.New(account.Options{
		Store: f.store, Config: config.NewOptions(account.DefaultConfig()), Secret: []byte("0123456789abcdef"), Logger: f.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Accounts = accounts
	must[CreatedAccount](f, "account.create", CreateAccount{Address: "lan@example.com", Password: "secret one"})
	if err := accounts.CheckPassword(t.Context(), jid(t, "lan@example.com"), "secret one", netip.MustParseAddr("127.0.0.1")); err != nil {
		t.Errorf("sign in: %v", err)
	}
	f.refused(CommandLine(), "account.create", CreateAccount{Address: "lan@example.com", Password: "another one"}, Conflict, "lan@example.com is an account or an alias already")
	f.refused(CommandLine(), "account.create", CreateAccount{Address: "chi@example.com", Password: "\x01"}, Invalid, "this password cannot be used")
	for _, weak := range []CreateAccount{{Address: "chi@example.com", Password: "1234567"}, {Address: "chi.pham@example.com", Password: "chi.pham"}} {
		f.refused(CommandLine(), "account.create", weak, Invalid, "this password cannot be used: it ")
	}
	f.refused(CommandLine(), "account.password", SetPassword{Address: "lan@example.com", Password: "1234567"}, Invalid, "it has fewer than 8 characters")
	im := must[Imported](f, "account.import", ImportAccounts{CSV: "chi@example.com,,,1234567\nan@example.com,,,long enough\n", Partial: true})
	if im.Created != 1 || len(im.Refused) != 1 || im.Refused[0].Line != 1 || !strings.Contains(im.Refused[0].Reason, "it has fewer than 8 characters") {
		t.Errorf("imported %+v", im)
	}
	must[DeletedAccount](f, "account.delete", Identified{"lan@example.com"})
}
