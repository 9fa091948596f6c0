package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp/pie"
)

// mover is a server that accounts come from or go to.
type mover struct {
	t *testing.T
	admin.Local
	xmpptest.Server
}

func newMover(t *testing.T) *mover {
	t.Helper()
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir, cfg.TLS.PlaintextLoopback, cfg.Archive.Sync = []string{"example.net"}, t.TempDir(), true, "normal"
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	cfg.Modules = map[string]config.Section{"accounts": {"min_password": int64(6)}}
	srv, s := servertest.StartConfig(t, cfg)
	return &mover{t, admin.Local{Admin: srv.Admin(), Actor: admin.CommandLine()}, s}
}

// exported is a file of all accounts.
func (m *mover) exported() string {
	m.t.Helper()
	var file bytes.Buffer
	if err := m.Export(m.t.Context(), admin.ExportData{Credentials: true}, &file); err != nil {
		m.t.Fatal(err)
	}
	return file.String()
}

func (m *mover) imported(file string, r admin.ImportData) admin.ImportedData {
	m.t.Helper()
	out, err := m.Import(m.t.Context(), r, strings.NewReader(file), nil)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// added is how many things were added, of all kinds.
func added(out admin.ImportedData) (n int) {
	for _, t := range out.Contents {
		n += t.Added
	}
	return n
}

// tallied are the kinds with what became of them.
func tallied(out admin.ImportedData) map[string][3]int {
	m := map[string][3]int{}
	for _, t := range out.Contents {
		m[t.Kind] = [3]int{t.Added, t.Kept, t.Refused}
	}
	return m
}

// inhabited makes a server on which lan has everything that an account can have, and a message waits for minh.
func inhabited(t *testing.T) *mover {
	from := newMover(t)
	lan := signIn(t, from.Server, "lan@example.net", "phone")
	if _, err := from.Account(t.Context(), "minh@example.net"); err != nil {
		t.Fatal(err)
	}
	for _, stanza := range belongings() {
		if got, err := lan.Ask(t.Context(), stanza); err != nil || got.Attr("type") != "result" {
			t.Fatalf("%s: %s, %v", stanza, got, err)
		}
	}
	converse(t, lan, `<message to="lan@example.net" type="chat"><body>to myself &amp; more</body></message>`, "")
	converse(t, lan, `<message to="minh@example.net" type="chat"><body>are you there?</body></message>`, "")
	converse(t, lan, `<message to="minh@example.net" type="chat"><body>not for the archive</body><no-permanent-store xmlns="urn:xmpp:hints"/></message>`, "")
	return from
}

// What an export has is on another server after an import, and an export of that is the same. Nothing is there twice.
func TestMoving(t *testing.T) {
	from := inhabited(t)
	file := from.exported()
	to := newMover(t)
	dry := to.imported(file, admin.ImportData{DryRun: true})
	if got := to.exported(); dry.Created != 2 || strings.Contains(got, "<user") {
		t.Errorf("a dry run has made %s and tells %+v", got, dry)
	}
	out := to.imported(file, admin.ImportData{})
	if out.Created != 2 || out.Refused != 0 || len(out.Misfits) > 0 || len(out.Unknown) > 0 || len(out.Locked) > 0 {
		t.Errorf("imported %+v", out)
	}
	if added(dry) != added(out) {
		t.Errorf("the dry run tells %v, the import %v", tallied(dry), tallied(out))
	}
	if got := to.exported(); got != file {
		t.Errorf("exported again:\n%s\nwant\n%s", got, file)
	}
	if out := to.imported(file, admin.ImportData{}); out.Skipped != 2 || added(out) != 0 {
		t.Errorf("imported twice: %+v", out)
	}
	if out := to.imported(file, admin.ImportData{Merge: true}); out.Merged != 2 || added(out) != 0 {
		t.Errorf("merged: %+v", out)
	}
	if got := to.exported(); got != file {
		t.Errorf("exported after merging:\n%s", got)
	}
	minh, err := xmpptest.Dial(t.Context(), &to.Server, "minh@example.net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(minh.Cut)
	if err := errors.Join(minh.Login(t.Context(), "pencil"), minh.Bind(t.Context(), "phone")); err != nil {
		t.Fatal(err)
	}
	got := converse(t, minh, "<presence />", "")
	if strings.Count(got, "<body>") != 2 || !strings.Contains(got, "are you there?") || !strings.Contains(got, "not for the archive") {
		t.Errorf("waiting messages: %s", got)
	}
}

// flat reads a file with what it includes.
func flat(t *testing.T, dir, name string) string {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var b strings.Builder
	if err := pie.Flatten(func(name string) (io.ReadCloser, error) { return root.Open(name) }, name, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file in the shape of Prosody's: items before their nodes, a subscription by a wrong name, times in seconds.
func TestMovingFromProsody(t *testing.T) {
	to := newMover(t)
	file := flat(t, "testdata/moving", "prosody.xml")
	out := to.imported(file, admin.ImportData{})
	want := map[string][3]int{"contacts": {2, 0, 0}, "contact requests": {1, 0, 0}, "messages": {3, 0, 0}, "cards": {1, 0, 0}, "photos": {1, 0, 0},
		"private documents": {1, 0, 0}, "bookmarks": {1, 1, 0}, "nodes": {3, 0, 0}, "items": {4, 0, 0}, "subscriptions and affiliations of nodes": {2, 0, 0}}
	for kind, n := range want {
		if got := tallied(out)[kind]; got != n {
			t.Errorf("%s: %v, want %v", kind, got, n)
		}
	}
	if out.Created != 1 || len(out.Misfits) > 0 || out.Unknown["lastlogin urn:test:unknown"] != 1 || len(out.Unknown) != 1 {
		t.Errorf("imported %+v", out)
	}
	again := to.imported(file, admin.ImportData{Merge: true})
	if added(again) != 0 {
		t.Errorf("merged %+v", again)
	}
	hoa := signIn(t, to.Server, "hoa@example.net", "phone") // with the password of before
	for ask, parts := range map[string][]string{
		`<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`:                                                                                              {`jid="minh@example.org" name="Minh" subscription="both"`, "<group>Tea</group>", `jid="lan@example.org" subscription="none" ask="subscribe"`},
		`<iq type="get"><vCard xmlns="vcard-temp"/></iq>`:                                                                                                    {"<FN>Lê Thị Hoa</FN>", "image/png"},
		`<iq type="get"><query xmlns="jabber:iq:private"><prefs xmlns="urn:test:client"/></query></iq>`:                                                      {"<sound>off</sound>"},
		`<iq type="get"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:bookmarks:1"/></pubsub></iq>`:                                {`name="Tea"`, `id="cake@rooms.example.org"`},
		`<iq type="get"><pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><configure node="notes"/></pubsub></iq>`:                                     {"<value>Notes</value>", "<value>open</value><option>", "<value>20</value>"},
		`<iq type="get"><pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><configure node="eu.siacs.conversations.axolotl.devicelist"/></pubsub></iq>`: {"<value>whitelist</value><option>"},
		`<iq type="set"><query xmlns="urn:xmpp:mam:2"/></iq>`:                                                                                                {"tea?", `stamp="2023-02-01T10:00:00.000000Z"`, `stamp="2023-02-01T10:00:00.000002Z"`},
	} {
		got := converse(t, hoa, ask, "")
		for _, part := range parts {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %s\nwant %s", ask, got, part)
			}
		}
		if strings.Contains(got, "QLvmVNdoBdm2") {
			t.Errorf("the id of another archive is told: %s", got)
		}
	}
}

// A tree of files in the shape of ejabberd's: hashed passwords in the attribute, messages that wait, privacy lists.
func TestMovingFromEjabberd(t *testing.T) {
	to := newMover(t)
	out := to.imported(flat(t, "testdata/moving/ejabberd", "main.xml"), admin.ImportData{})
	if out.Accounts != 4 || out.Created != 3 || out.Refused != 1 || !slices.Equal(out.Locked, []string{"locked@example.net"}) || len(out.Misfits) != 2 ||
		!strings.HasPrefix(out.Misfits[0].Place, "example_net.xml:3") || tallied(out)["blocked addresses"] != [3]int{1, 0, 0} || tallied(out)["waiting messages"] != [3]int{1, 0, 0} {
		t.Errorf("imported %+v", out)
	}
	for _, address := range []string{"plain@example.net", "minh@example.net"} {
		c, err := xmpptest.Dial(t.Context(), &to.Server, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Cut)
		if err := errors.Join(c.Login(t.Context(), "pencil"), c.Bind(t.Context(), "phone")); err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		got := converse(t, c, "<presence />", "")
		if address == "minh@example.net" && (!strings.Contains(got, "are you there?") || !strings.Contains(got, `stamp="2024-05-06T07:08:09.123456Z"`)) {
			t.Errorf("what waited: %s", got)
		}
	}
}

// A mistake in the form of a file changes nothing; a host of others is told, and who may not.
func TestMovingRefuses(t *testing.T) {
	to := newMover(t)
	user := `<server-data xmlns="urn:xmpp:pie:0"><host jid="example.net"><user name="a" password="pencil"/>`
	_, err := to.Import(t.Context(), admin.ImportData{}, strings.NewReader(user+"\n<user"), nil)
	var refused *admin.Error
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
	if got := to.exported(); strings.Contains(got, "<user") {
		t.Errorf("imported %s", got)
	}
	out := to.imported(`<server-data xmlns="urn:xmpp:pie:0"><host jid="else.example"><user name="a" password="pencil"/></host></server-data>`, admin.ImportData{})
	if out.Refused != 1 || len(out.Misfits) != 1 || !strings.Contains(out.Misfits[0].Reason, "not a domain of this server") {
		t.Errorf("%+v", out)
	}
	domain := to.Local
	domain.Actor = admin.Actor{Name: "lan@example.net", Role: "domain", Domain: "example.net", Door: "api"}
	domain.Actor.Role = "user"
	if _, err := domain.Import(context.Background(), admin.ImportData{}, strings.NewReader(user), nil); !errors.As(err, &refused) || refused.Kind != admin.Forbidden {
		t.Errorf("somebody imports who administers nothing: %v", err)
	}
	domain.Actor.Role = "domain"
	if err := domain.Export(context.Background(), admin.ExportData{Address: "lan@example.net", Credentials: true}, io.Discard); !errors.As(err, &refused) {
		t.Errorf("a domain administrator gets credentials: %v", err)
	}
}
