package admin

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// exported is what XEP-0227 says of an account, as far as it is written.
type exported struct {
	XMLName xml.Name `xml:"urn:xmpp:pie:0 server-data"`
	Host    struct {
		JID  string `xml:"jid,attr"`
		User struct {
			Name  string `xml:"name,attr"`
			Items []struct {
				JID          string `xml:"jid,attr"`
				Name         string `xml:"name,attr"`
				Subscription string `xml:"subscription,attr"`
				Group        string `xml:"jabber:iq:roster group"`
			} `xml:"jabber:iq:roster query>item"`
			Waiting []struct {
				From string `xml:"from,attr"`
			} `xml:"jabber:client presence"`
			Archive struct {
				Results []struct {
					XMLName   xml.Name `xml:"urn:xmpp:mam:2 result"`
					ID        string   `xml:"id,attr"`
					Forwarded struct {
						Delay struct {
							Stamp string `xml:"stamp,attr"`
						} `xml:"urn:xmpp:delay delay"`
						Message struct {
							Body string `xml:"body"`
						} `xml:"jabber:client message"`
					} `xml:"urn:xmpp:forward:0 forwarded"`
				} `xml:",any"`
			} `xml:"urn:xmpp:pie:0#mam archive"`
		} `xml:"urn:xmpp:pie:0 user"`
	} `xml:"urn:xmpp:pie:0 host"`
}

func address(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// Contacts, requests and all messages of an account are in the file, in order, and nothing of others.
func TestExportIsWhole(t *testing.T) {
	f := newFixture(t)
	lan, minh := address(t, "lan@example.com"), address(t, "minh@example.com")
	for _, j := range []xmpp.JID{lan, minh} {
		if _, err := f.CreateAccount(t.Context(), CommandLine(), CreateAccount{Address: j.String(), Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []storage.RosterItem{
		{JID: address(t, "a@else.example"), Name: `A <"B"> & C`, Groups: []string{"Freunde & mehr"}, To: true, From: true},
		{JID: address(t, "b@else.example"), PendingIn: []byte(`<presence xmlns="jabber:client" type="subscribe" from="b@else.example"/>`)},
	} {
		if _, err := f.store.PutRosterItem(t.Context(), lan, i); err != nil {
			t.Fatal(err)
		}
	}
	const messages = exportPage*2 + 3
	entries := []storage.Entry{{Owner: minh, Peer: lan, Kind: "chat", Stanza: []byte(`<message xmlns="jabber:client"><body>of others</body></message>`)}}
	for i := range messages {
		entries = append(entries, storage.Entry{Owner: lan, Peer: minh, Kind: "chat", Stanza: fmt.Appendf(nil, `<message xmlns="jabber:client"><body>%d &lt;</body></message>`, i)})
	}
	if _, err := f.store.Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	e, err := f.BeginExport(t.Context(), CommandLine(), ExportData{Address: lan.String()})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Export(t.Context(), e, &b); err != nil {
		t.Fatal(err)
	}
	var x exported
	if err := xml.Unmarshal(b.Bytes(), &x); err != nil {
		t.Fatalf("%v in %.500s", err, b.String())
	}
	u := x.Host.User
	if x.Host.JID != "example.com" || u.Name != "lan" || len(u.Items) != 1 || u.Items[0].Name != `A <"B"> & C` || u.Items[0].Group != "Freunde & mehr" ||
		u.Items[0].Subscription != "both" || len(u.Waiting) != 1 || u.Waiting[0].From != "b@else.example" {
		t.Errorf("exported %+v %+v %+v", x.Host.JID, u.Items, u.Waiting)
	}
	if len(u.Archive.Results) != messages {
		t.Fatalf("%d messages of %d", len(u.Archive.Results), messages)
	}
	for i, r := range u.Archive.Results {
		if r.Forwarded.Message.Body != fmt.Sprintf("%d <", i) || r.Forwarded.Delay.Stamp == "" || r.ID == "" {
			t.Fatalf("message %d: %+v", i, r)
		}
	}
	if lines, err := f.ListAudit(t.Context(), CommandLine(), ListAudit{Search: "Account.Export"}); err != nil || len(lines) != 1 || lines[0].Object != lan.String() {
		t.Errorf("audit %v, %v", lines, err)
	}
}

// broken is a connection that is cut after some bytes.
type broken int

func (b *broken) Write(p []byte) (int, error) {
	if *b -= broken(len(p)); *b < 0 {
		return 0, errors.New("cut")
	}
	return len(p), nil
}

// A file that did not arrive is no export; that a part of it has left is in the audit log.
func TestExportIsCut(t *testing.T) {
	f := newFixture(t)
	if _, err := f.CreateAccount(t.Context(), CommandLine(), CreateAccount{Address: "lan@example.com", Password: "secret"}); err != nil {
		t.Fatal(err)
	}
	e, err := f.BeginExport(t.Context(), CommandLine(), ExportData{Address: "lan@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []broken{0, 50, 200} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // as the request of whoever is gone is
		if err := f.Export(ctx, e, &n); err == nil {
			t.Error("a cut export is told to be whole")
		}
		lines, err := f.ListAudit(t.Context(), CommandLine(), ListAudit{Search: "account.export"})
		if err != nil || len(lines) != i+1 || !strings.Contains(string(lines[0].Change), `"cut":true`) {
			t.Errorf("audit %v, %v", lines, err)
		}
	}
}

// The audit log is searched to its end, whatever the page's size.
func TestAuditSearch(t *testing.T) {
	f := newFixture(t)
	for i := range 30 {
		name := "minh"
		if i%10 == 0 {
			name = "lần"
		}
		if _, err := f.CreateAccount(t.Context(), CommandLine(), CreateAccount{Address: fmt.Sprintf("%s%d@example.com", name, i), Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	r := ListAudit{Search: "LAN", Limit: 2}
	for {
		lines, err := f.ListAudit(t.Context(), CommandLine(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			got = append(got, l.Object)
		}
		if len(lines) < 2 {
			break
		}
		r.Before = lines[len(lines)-1].At
	}
	if fmt.Sprint(got) != "[lần20@example.com lần10@example.com lần0@example.com]" {
		t.Errorf("found %v", got)
	}
}
