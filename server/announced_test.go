package server_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
	"myna/xmpp"
)

// asked are the features that are namespaces of requests, and a proper one each. Where TO is left out the
// domain announces it for its accounts (XEP-0191 § 3.1, XEP-0280 § 5).
var asked = map[string]string{
	"http://jabber.org/protocol/disco#info":  `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`,
	"http://jabber.org/protocol/disco#items": `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#items"/></iq>`,
	"http://jabber.org/protocol/commands":    `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#items" node="http://jabber.org/protocol/commands"/></iq>`,
	"http://jabber.org/protocol/pubsub":      `<iq type="get" to="TO"><pubsub xmlns="http://jabber.org/protocol/pubsub"><subscriptions/></pubsub></iq>`,
	"http://jabber.org/protocol/muc#unique":  `<iq type="get" to="TO"><unique xmlns="http://jabber.org/protocol/muc#unique"/></iq>`,
	"jabber:iq:last":                         `<iq type="get" to="TO"><query xmlns="jabber:iq:last"/></iq>`,
	"jabber:iq:private":                      `<iq type="get"><query xmlns="jabber:iq:private"><a xmlns="urn:test"/></query></iq>`,
	"jabber:iq:register":                     `<iq type="get" to="TO"><query xmlns="jabber:iq:register"/></iq>`,
	"jabber:iq:roster":                       `<iq type="get"><query xmlns="jabber:iq:roster"/></iq>`,
	"jabber:iq:search":                       `<iq type="get" to="TO"><query xmlns="jabber:iq:search"/></iq>`,
	"jabber:iq:version":                      `<iq type="get" to="TO"><query xmlns="jabber:iq:version"/></iq>`,
	"urn:xmpp:blocking":                      `<iq type="get"><blocklist xmlns="urn:xmpp:blocking"/></iq>`,
	"urn:xmpp:cam:0":                         `<iq type="get" to="TO"><list xmlns="urn:xmpp:cam:0"/></iq>`,
	"urn:xmpp:channel-search:0:search":       `<iq type="get" to="TO"><search xmlns="urn:xmpp:channel-search:0:search"/></iq>`,
	"urn:xmpp:carbons:2":                     `<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>`,
	"urn:xmpp:http:upload:0":                 `<iq type="get" to="TO"><request xmlns="urn:xmpp:http:upload:0" filename="a" size="1"/></iq>`,
	"urn:xmpp:mam:2":                         `<iq type="set" to="TO"><query xmlns="urn:xmpp:mam:2"/></iq>`,
	"urn:xmpp:mam:2#extended":                `<iq type="get" to="TO"><metadata xmlns="urn:xmpp:mam:2"/></iq>`,
	"http://jabber.org/protocol/shim":        `<iq type="get" to="TO"><query xmlns="http://jabber.org/protocol/disco#info" node="http://jabber.org/protocol/shim"/></iq>`,
	"urn:xmpp:ping":                          `<iq type="get" to="TO"><ping xmlns="urn:xmpp:ping"/></iq>`,
	"urn:xmpp:push:0":                        `<iq type="set"><disable xmlns="urn:xmpp:push:0" jid="push.example.com"/></iq>`,
	"urn:xmpp:raa:0":                         `<iq type="get" to="romeo@example.net"><query xmlns="urn:xmpp:raa:0"/></iq>`,
	"urn:xmpp:register:0":                    `<iq type="get" to="TO"><register xmlns="urn:xmpp:register:0"/></iq>`,
	"urn:xmpp:time":                          `<iq type="get" to="TO"><time xmlns="urn:xmpp:time"/></iq>`,
	"vcard-temp":                             `<iq type="get"><vCard xmlns="vcard-temp"/></iq>`,
}

// unasked are features that say how something is done, and that nobody sends requests for.
var unasked = []string{
	"http://jabber.org/protocol/address", "http://jabber.org/protocol/caps", "http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#", "http://jabber.org/protocol/pubsub#",
	"http://jabber.org/protocol/rsm", "jabber:iq:register#", "msgoffline", "muc_", "urn:xmpp:bookmarks", "urn:xmpp:caps", "urn:xmpp:carbons:rules:0", "urn:xmpp:fulltext:0",
	"urn:xmpp:http:upload:purpose:0#", "urn:xmpp:mam:2#groupchat-field", "urn:xmpp:message-moderate:1", "urn:xmpp:message-retract:1",
	"urn:xmpp:hats:0", "urn:xmpp:muc:affiliations:1", "urn:xmpp:occupant-id:0", "urn:xmpp:order-by:1", "urn:xmpp:noreply:0", "urn:ietf:params:xml:ns:vcard-4.0", "urn:xmpp:reporting:1", "urn:xmpp:pep-vcard-conversion:0", "urn:xmpp:sid:0",
	"urn:xmpp:mds:server-assist:0",
}

// What is announced is answered (XEP-0030 § 3.1): each feature of each entity has a request here that is not refused as
// unknown, or is one that nobody asks for. A feature that is in neither list is missing here.
func TestAnnouncedIsAnswered(t *testing.T) {
	s := servertest.StartWith(t, func(c *config.Config) {
		c.Modules = map[string]config.Section{"muc": {"room_creation": "everybody"}}
	})
	juliet := signIn(t, s, "juliet@example.net", "balcony")
	converse(t, juliet, `<iq type="set"><vCard xmlns="vcard-temp"><FN>Juliet</FN></vCard></iq>`, "") // XEP-0054 § 3.3 answers for none
	romeo := signIn(t, s, "romeo@example.net", "orchard")
	converse(t, romeo, `<presence to="TO/Romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, "tea@groups.example.net")
	converse(t, romeo, `<iq type="set" to="TO"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, "tea@groups.example.net")
	for _, entity := range []string{"example.net", "romeo@example.net", "juliet@example.net", "groups.example.net", "upload.example.net",
		"pubsub.example.net", "tea@groups.example.net"} {
		for _, f := range features(t, romeo, entity) {
			request, known := asked[f]
			switch {
			case !known && !slices.ContainsFunc(unasked, func(p string) bool { return strings.HasPrefix(f, p) }):
				t.Errorf("%s announces %s: how is it asked for?", entity, f)
			case !strings.Contains(request, ` to="TO"`) && entity != "example.net":
				request = strings.Replace(request, `"><`, `" to="TO"><`, 1)
			case entity == "example.net" && strings.HasPrefix(f, "urn:xmpp:mam:2"): // docs/compatibility.md: for its accounts
				request = strings.Replace(request, ` to="TO"`, "", 1)
			}
			if !known {
				continue
			}
			got := converse(t, romeo, request, entity)
			if got == "" || strings.Contains(got, "<service-unavailable ") || strings.Contains(got, "<feature-not-implemented ") {
				t.Errorf("%s announces %s and answers %s", entity, f, got)
			}
		}
	}
}

// features asks an entity what it can.
func features(t *testing.T, c *xmpptest.Client, entity string) (list []string) {
	t.Helper()
	got, err := xmpp.ParseElement([]byte(converse(t, c, asked["http://jabber.org/protocol/disco#info"], entity)), "jabber:client")
	if err != nil {
		t.Fatal(err)
	}
	for e := range got.Child("http://jabber.org/protocol/disco#info", "query").Elements() {
		if e.Local == "feature" {
			list = append(list, e.Attr("var"))
		}
	}
	if len(list) < 2 {
		t.Fatalf("%s announces %v", entity, list)
	}
	return list
}

// elsewhere are requests that are announced under another name or at another place.
var elsewhere = map[string]string{
	"account jabber:iq:roster":                        "every server of RFC 6121 has it; the domain says so",
	"account http://jabber.org/protocol/pubsub#owner": "XEP-0060 § 10: by the features of what owners may do",
	"pubsub http://jabber.org/protocol/pubsub#owner":  "XEP-0060 § 10",
	"account urn:xmpp:saslcert:1":                     "XEP-0257 § 4: by the domain, where people may hand in certificates",
	"account urn:xmpp:tmp:roster-management:0":        "XEP-0321 has no discovery: who may manage contacts asks",
	"account urn:xmpp:raa:0":                          "XEP-0489 § 3.5: by the domain",
	"account urn:ietf:params:xml:ns:xmpp-session":     "RFC 3921 § 3: a stream feature",
	"server urn:ietf:params:xml:ns:xmpp-session":      "RFC 3921 § 3: a stream feature",
}

// What is answered is announced: the namespace of each request that a module registers is a feature of its target.
func TestAnsweredIsAnnounced(t *testing.T) {
	reg, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := reg.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	announced, answered := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text.String()) {
		f := strings.Fields(line)
		switch {
		case len(f) == 4 && f[1] == "feature":
			announced[f[2]+" "+f[3]] = true
		case len(f) == 6 && strings.HasSuffix(f[1], "iq"):
			answered[f[2]+" "+f[5]] = true
		}
	}
	if len(answered) < 20 {
		t.Fatalf("read %d requests", len(answered))
	}
	for what := range answered {
		if !announced[what] && elsewhere[what] == "" {
			t.Errorf("%s is answered and not announced", what)
		}
	}
	for what := range elsewhere {
		if !answered[what] || announced[what] {
			t.Errorf("%s needs no exception", what)
		}
	}
}
