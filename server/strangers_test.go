package server_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// probing is what a stranger may send to find out whether there is an account; TO is its bare address.
var probing = map[string]string{
	"ping":                  `<iq type="get" to="TO"><ping xmlns="urn:xmpp:ping"/></iq>`,
	"ping of a client":      `<iq type="get" to="TO/phone"><ping xmlns="urn:xmpp:ping"/></iq>`,
	"last activity":         `<iq type="get" to="TO"><query xmlns="jabber:iq:last"/></iq>`, // XEP-0012 § 3
	"last of a client":      `<iq type="get" to="TO/phone"><query xmlns="jabber:iq:last"/></iq>`,
	"disco":                 `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`, // XEP-0030 § 8
	"disco items":           `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`,
	"disco of a node":       `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#info" node="urn:xmpp:bookmarks:1"/></iq>`,
	"roster":                `<iq type="get" to="TO"><query xmlns="jabber:iq:roster"/></iq>`,
	"roster set":            `<iq type="set" to="TO"><query xmlns="jabber:iq:roster"><item jid="x@example.net"/></query></iq>`,
	"roster management":     `<iq type="set" to="TO"><query xmlns="urn:xmpp:tmp:roster-management:0" type="request"/></iq>`,
	"managers":              `<iq type="get" to="TO"><query xmlns="urn:xmpp:tmp:roster-management:0"/></iq>`,
	"private":               `<iq type="get" to="TO"><query xmlns="jabber:iq:private"><a xmlns="b"/></query></iq>`,
	"blocking":              `<iq type="get" to="TO"><blocklist xmlns="urn:xmpp:blocking"/></iq>`,
	"block":                 `<iq type="set" to="TO"><block xmlns="urn:xmpp:blocking"/></iq>`,
	"archive":               `<iq type="set" to="TO"><query xmlns="urn:xmpp:mam:2"/></iq>`,
	"archive form":          `<iq type="get" to="TO"><query xmlns="urn:xmpp:mam:2"/></iq>`,
	"archive metadata":      `<iq type="get" to="TO"><metadata xmlns="urn:xmpp:mam:2"/></iq>`,
	"archive preferences":   `<iq type="get" to="TO"><prefs xmlns="urn:xmpp:mam:2"/></iq>`,
	"card":                  `<iq type="get" to="TO"><vCard xmlns="vcard-temp"/></iq>`, // XEP-0054 § 3.3
	"card set":              `<iq type="set" to="TO"><vCard xmlns="vcard-temp"/></iq>`,
	"items":                 `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="n"/></pubsub></iq>`,
	"items of a known node": `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:bookmarks:1"/></pubsub></iq>`,
	"items for contacts":    `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="presence"/></pubsub></iq>`,
	"items of no node":      `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><items/></pubsub></iq>`,
	"subscriptions":         `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscriptions/></pubsub></iq>`,
	"affiliations":          `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><affiliations/></pubsub></iq>`,
	"subscribe to a node":   `<iq type="set" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscribe node="presence" jid="paris@example.org"/></pubsub></iq>`,
	"publish":               `<iq type="set" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="n"><item><a xmlns="b"/></item></publish></pubsub></iq>`,
	"create":                `<iq type="set" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><create node="n"/></pubsub></iq>`,
	"retract":               `<iq type="set" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><retract node="presence"><item id="1"/></retract></pubsub></iq>`,
	"default":               `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><default/></pubsub></iq>`,
	"configure":             `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><configure node="presence"/></pubsub></iq>`,
	"empty pubsub":          `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"/></iq>`,
	"carbons":               `<iq type="set" to="TO"><enable xmlns="urn:xmpp:carbons:2"/></iq>`,
	"push":                  `<iq type="set" to="TO"><enable xmlns="urn:xmpp:push:0" jid="push.example.org"/></iq>`,
	"clients":               `<iq type="get" to="TO"><list xmlns="urn:xmpp:cam:0"/></iq>`,
	"client revoked":        `<iq type="set" to="TO"><revoke xmlns="urn:xmpp:cam:0" id="x"/></iq>`,
	"registration":          `<iq type="get" to="TO"><query xmlns="jabber:iq:register"/></iq>`,
	"command":               `<iq type="set" to="TO"><command xmlns="http://jabber.org/protocol/commands" node="x"/></iq>`,
	"unknown request":       `<iq type="get" to="TO"><a xmlns="b"/></iq>`,
	"request without child": `<iq type="get" to="TO"/>`,
	"result":                `<iq type="result" to="TO"/>`,
	"error":                 `<iq type="error" to="TO"><error type="cancel"/></iq>`,
	"result for a client":   `<iq type="result" to="TO/phone"/>`,
	"groupchat":             `<message type="groupchat" to="TO"><body>x</body></message>`, // RFC 6121 § 8.5.2.1.1
	"default options":       `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><default/></pubsub></iq>`,
	"message to a client":   `<message to="TO/phone"><body>x</body></message>`, // RFC 6121 § 8.5.3.2.1
	"headline":              `<message type="headline" to="TO"><body>x</body></message>`,
	"message error":         `<message type="error" to="TO"><error type="cancel"/></message>`,
	"probe":                 `<presence type="probe" to="TO"/>`, // RFC 6121 § 4.3.2
	"probe of a client":     `<presence type="probe" to="TO/phone"/>`,
	"directed presence":     `<presence to="TO"/>`,
	"directed to a client":  `<presence to="TO/phone"/>`,
	"directed unavailable":  `<presence type="unavailable" to="TO"/>`,
	"presence error":        `<presence type="error" to="TO"><error type="cancel"/></presence>`,
	"subscribed":            `<presence type="subscribed" to="TO"/>`,
	"unsubscribe":           `<presence type="unsubscribe" to="TO"/>`,
	"unsubscribed":          `<presence type="unsubscribed" to="TO"/>`,
}

// A stranger, here of another domain of the same server, gets the same answers and causes the same reads whether there is
// an account at an address or not (RFC 6121 § 8.5.1, § 4.3.2; XEP-0030 § 8).
func TestStrangersLearnNothing(t *testing.T) {
	s, store := startCounting(t)
	there, absent := "romeo@example.net", "ghost@example.net"
	romeo, err := xmpp.ParseJID(there)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Account(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	if err := store.Store.PubSub().CreateNode(t.Context(), storage.Node{Owner: romeo, Name: "presence"}); err != nil {
		t.Fatal(err)
	}
	paris := signIn(t, s, "paris@example.org", "troy")
	for _, to := range []string{there, absent} { // what is read once and kept in memory
		converse(t, paris, probing["items for contacts"], to)
	}
	for name, stanza := range probing {
		before := store.reads.Load()
		got := converse(t, paris, stanza, there)
		between := store.reads.Load()
		want := converse(t, paris, stanza, absent)
		after := store.reads.Load()
		if want = strings.ReplaceAll(want, absent, there); got != want {
			t.Errorf("%s: for an account\n  %s\nfor none\n  %s", name, got, want)
		}
		if got != "" && between-before != after-between {
			t.Errorf("%s: %d reads for an account, %d for none", name, between-before, after-between)
		}
	}
}

// Those who see an account's presence are told why they may not (RFC 6121 § 2.3.3, XEP-0313 § 8.1). That nobody changes the list of
// another is told to all, whether there is an account or not.
func TestColleaguesAreToldWhy(t *testing.T) {
	s := servertest.Start(t)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	juliet := signIn(t, s, "juliet@example.net", "balcony")
	for name, want := range map[string]string{
		"roster set": "<forbidden ", "archive": "<forbidden ", "archive preferences": "<forbidden ", "private": "<forbidden ",
		"items": "<item-not-found ", "ping": `type="result"`, "disco": `type="result"`, "command": "<item-not-found ",
	} {
		if got := converse(t, juliet, probing[name], "romeo@example.net"); !strings.Contains(got, want) {
			t.Errorf("%s: got %s", name, got)
		}
		absent := "<service-unavailable "
		if name == "roster set" {
			absent = want
		}
		if got := converse(t, juliet, probing[name], "ghost@example.net"); !strings.Contains(got, absent) {
			t.Errorf("%s of no account: got %s", name, got)
		}
	}
}

// startCounting starts a server for two domains.
func startCounting(t *testing.T) (xmpptest.Server, *counting) {
	t.Helper()
	cfg := config.Default()
	cfg.Hosts = []string{"example.net", "example.org"}
	cfg.DataDir = t.TempDir()
	cfg.TLS.PlaintextLoopback = true
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	db, err := sqlite.Open(t.Context(), cfg.Path("myna.db"), sqlite.Options{Sync: sqlite.Off})
	if err != nil {
		t.Fatal(err)
	}
	store := &counting{Store: db}
	s, err := server.StartOn(t.Context(), cfg, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return xmpptest.Server{Addr: s.ClientAddr().String(), Account: func(ctx context.Context, address string) (string, error) {
		j, err := xmpp.ParseJID(address)
		if err != nil {
			return "", err
		}
		return password, s.Accounts().Create(ctx, storage.Account{JID: j}, password)
	}}, store
}

const password = "pencil case"

// signIn makes an account and signs a client in to it, with presence.
func signIn(t *testing.T, s xmpptest.Server, address, resource string) *xmpptest.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), late)
	defer cancel()
	password, err := s.Account(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := xmpptest.Dial(ctx, &s, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	if err := c.Login(ctx, password); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind(ctx, resource); err != nil {
		t.Fatal(err)
	}
	if err := c.Send("<presence/>"); err != nil {
		t.Fatal(err)
	}
	converse(t, c, "", "")
	return c
}

// converse sends a stanza, with its id, to an address and returns what comes before the answer to a ping that follows.
func converse(t *testing.T, c *xmpptest.Client, stanza, to string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), late)
	defer cancel()
	_, domain, _ := strings.Cut(c.Address, "@")
	stanza = strings.Replace(strings.ReplaceAll(stanza, "TO", to), " ", ` id="probe" `, 1)
	if err := c.Send(stanza + `<iq type="get" id="fence" to="` + domain + `"><ping xmlns="urn:xmpp:ping"/></iq>`); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for {
		e, err := c.Next(ctx)
		if err != nil {
			t.Fatalf("%s: %v", stanza, err)
		}
		if e.Attr("id") == "fence" {
			return got.String()
		}
		got.WriteString(e.String())
	}
}
