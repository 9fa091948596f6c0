package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/storage/sqlite"
)

// png is a picture that clients would show.
var png, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

// belongings are what an account has; each names a zebra that is nowhere else.
func belongings() []string {
	publish := func(node, item string) string {
		return `<iq type="set" id="1"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="` + node + `">` + item + `</publish></pubsub></iq>`
	}
	return []string{
		`<iq type="set" id="1"><query xmlns="jabber:iq:roster"><item jid="friend@else.example" name="zebra-contact"><group>zebra-group</group></item></query></iq>`,
		`<iq type="set" id="1"><query xmlns="jabber:iq:private"><notes xmlns="urn:test:notes">zebra-private</notes></query></iq>`,
		`<iq type="set" id="1"><vCard xmlns="vcard-temp"><FN>zebra-card</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>` + base64.StdEncoding.EncodeToString(png) + `</BINVAL></PHOTO></vCard></iq>`,
		`<iq type="set" id="1"><block xmlns="urn:xmpp:blocking"><item jid="zebra-blocked@else.example"/></block></iq>`,
		publish("urn:xmpp:bookmarks:1", `<item id="zebra-room@groups.example.net"><conference xmlns="urn:xmpp:bookmarks:1" name="zebra-bookmark"/></item>`),
		publish("zebra-node", `<item id="zebra-item"><x xmlns="urn:test:x">zebra-payload</x></item>`),
		`<iq type="set" id="1"><prefs xmlns="urn:xmpp:mam:2" default="roster"><always><jid>zebra-always@else.example</jid></always><never/></prefs></iq>`,
	}
}

// zebras are the zebras of a text, each once.
func zebras(text []byte) []string {
	var list []string
	for _, b := range regexp.MustCompile(`zebra-[a-z]+`).FindAll(text, -1) {
		list = append(list, string(b))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// An export has all that an account has put on the server, and after it is erased, nothing of that is left.
func TestLeaving(t *testing.T) {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir, cfg.TLS.PlaintextLoopback = []string{"example.net"}, t.TempDir(), true
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	cfg.Modules = map[string]config.Section{"accounts": {"min_password": int64(6)}}
	srv, s := servertest.StartConfig(t, cfg)
	c := signIn(t, s, "lan@example.net", "phone")
	wanted := []byte(`<message to="lan@example.net" type="chat"><body>zebra-message</body></message>`) // to itself: others keep what they got
	converse(t, c, string(wanted), "")
	for _, stanza := range belongings() {
		wanted = append(wanted, stanza...)
		if got, err := c.Ask(t.Context(), stanza); err != nil || got.Attr("type") != "result" {
			t.Fatalf("%s: %s, %v", stanza, got, err)
		}
	}
	var file bytes.Buffer
	if err := (admin.Local{Admin: srv.Admin(), Actor: admin.CommandLine()}).Export(t.Context(), admin.ExportData{Address: "lan@example.net"}, &file); err != nil {
		t.Fatal(err)
	}
	if got, want := zebras(file.Bytes()), zebras(wanted); !slices.Equal(got, want) {
		t.Errorf("the export has %q, want %q", got, want)
	}
	checkExport(t, file.Bytes())
	erase(t, &s, srv.Admin(), c)
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := zebras(copied(t, cfg)); len(left) > 0 {
		t.Errorf("the database still has %q", left)
	}
}

func erase(t *testing.T, s *xmpptest.Server, a *admin.Admin, c *xmpptest.Client) {
	t.Helper()
	if _, err := s.Do(t.Context(), `admin account.delete {"address":"lan@example.net"}`); err != nil {
		t.Fatal(err)
	}
	for err := error(nil); err == nil; { // its sessions have ended when the stream has
		_, err = c.Next(t.Context())
	}
	var e *admin.Error
	if _, err := a.BeginExport(t.Context(), admin.CommandLine(), admin.ExportData{Address: "lan@example.net"}); !errors.As(err, &e) || e.Kind != admin.NotFound {
		t.Errorf("an erased account is exported: %v", err)
	}
}

// checkExport looks at the places that XEP-0227 gives to things.
func checkExport(t *testing.T, file []byte) {
	t.Helper()
	var x struct {
		User struct {
			Private struct {
				Notes string `xml:"urn:test:notes notes"`
			} `xml:"jabber:iq:private query"`
			Photo  string `xml:"vcard-temp vCard>PHOTO>BINVAL"`
			Denied []struct {
				Value  string `xml:"value,attr"`
				Action string `xml:"action,attr"`
			} `xml:"jabber:iq:privacy query>list>item"`
			Configured []struct {
				Node string `xml:"node,attr"`
			} `xml:"http://jabber.org/protocol/pubsub#owner pubsub>configure"`
			Items []struct {
				Node  string     `xml:"node,attr"`
				Items []struct{} `xml:"item"`
			} `xml:"http://jabber.org/protocol/pubsub pubsub>items"`
		} `xml:"host>user"`
	}
	if err := xml.Unmarshal(file, &x); err != nil {
		t.Fatalf("%v in %s", err, file)
	}
	u := x.User
	if u.Private.Notes != "zebra-private" || u.Photo != base64.StdEncoding.EncodeToString(png) || len(u.Denied) != 2 ||
		u.Denied[0].Value != "zebra-blocked@else.example" || u.Denied[0].Action != "deny" || u.Denied[1].Action != "allow" {
		t.Errorf("exported %+v", u)
	}
	if len(u.Configured) != len(u.Items) || len(u.Items) < 4 { // bookmarks, two of the avatar, and the own one
		t.Fatalf("%d nodes are configured, %d have items", len(u.Configured), len(u.Items))
	}
	for i := range u.Items { // XEP-0227 § 4.10.2: each has its configuration
		if u.Items[i].Node != u.Configured[i].Node {
			t.Errorf("node %s stands where %s is configured", u.Items[i].Node, u.Configured[i].Node)
		}
	}
}

// copied is a copy of the database without what was deleted.
func copied(t *testing.T, cfg *config.Config) []byte {
	t.Helper()
	store, err := sqlite.Open(t.Context(), cfg.Path("myna.db"), sqlite.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("account.delete")) {
		t.Error("the copy has no audit log")
	}
	return b
}
