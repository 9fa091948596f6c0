package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"myna/server/servertest"
)

// suite is a row of docs/compliance.md.
type suite struct {
	line   string
	specs  []string
	yes    bool
	proofs []string
}

func suites(t *testing.T) (rows []suite) {
	t.Helper()
	text, err := os.ReadFile("../docs/compliance.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.Contains(line, "XEP-") && !strings.Contains(line, "RFC ") {
			continue
		}
		row := suite{line: line, specs: strings.Split(strings.TrimSpace(cells[3]), ", "), yes: strings.HasPrefix(strings.TrimSpace(cells[4]), "yes")}
		for _, m := range link.FindAllStringSubmatch(cells[5], -1) {
			row.proofs = append(row.proofs, m[1])
		}
		rows = append(rows, row)
	}
	return rows
}

// What docs/compliance.md says is held is registered, and shown by files that there are; what is not says so (XEP-0479).
func TestSuitesAreProven(t *testing.T) {
	list, err := os.ReadFile("../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := suites(t)
	if len(rows) < 20 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		for _, spec := range row.specs {
			held := regexp.MustCompile(`(?m)^\| \[` + spec + `\].*\| complete \|`).Match(list)
			if row.yes && !held {
				t.Errorf("%s is not complete: %s", spec, row.line)
			}
		}
		if row.yes && len(row.proofs) == 0 {
			t.Errorf("nothing shows it: %s", row.line)
		}
		for _, file := range row.proofs {
			if _, err := os.Stat(filepath.Join("../docs", file)); err != nil {
				t.Errorf("%s: %v", row.line, err)
			}
		}
	}
}

// A server that nobody has configured announces what the suites ask for, each where clients look for it (XEP-0479 § 2).
func TestSuitesOfFreshServer(t *testing.T) {
	s := servertest.Start(t)
	romeo := signIn(t, s, "romeo@example.net", "orchard")
	converse(t, romeo, `<iq type="set"><vCard xmlns="vcard-temp"><FN>Romeo</FN></vCard></iq>`, "")
	const info = "http://jabber.org/protocol/disco#info"
	for entity, want := range map[string][]string{
		"example.net": {info, "http://jabber.org/protocol/disco#items", "urn:xmpp:carbons:2", "urn:xmpp:blocking", "vcard-temp", "jabber:iq:private",
			"http://jabber.org/protocol/pubsub#publish-options"},
		"romeo@example.net": {info, "urn:xmpp:mam:2", "http://jabber.org/protocol/pubsub#publish", "http://jabber.org/protocol/pubsub#auto-create",
			"http://jabber.org/protocol/pubsub#publish-options", "http://jabber.org/protocol/pubsub#access-whitelist",
			"http://jabber.org/protocol/pubsub#persistent-items", "urn:xmpp:bookmarks:1#compat", "urn:xmpp:bookmarks:1#compat-pep",
			"urn:xmpp:pep-vcard-conversion:0", "urn:xmpp:push:0", "vcard-temp", "jabber:iq:private"},
		"groups.example.net": {info, "http://jabber.org/protocol/muc"},
		"upload.example.net": {info, "urn:xmpp:http:upload:0"},
	} {
		there := map[string]bool{}
		for _, f := range features(t, romeo, entity) {
			there[f] = true
		}
		for _, f := range want {
			if !there[f] {
				t.Errorf("%s does not announce %s", entity, f)
			}
		}
	}
	for entity, identity := range map[string]string{
		"example.net": `category="server" type="im"`, "romeo@example.net": `category="pubsub" type="pep"`, "groups.example.net": `category="conference" type="text"`,
		"upload.example.net": `category="store" type="file"`, "pubsub.example.net": `category="pubsub" type="service"`,
	} {
		if got := converse(t, romeo, asked[info], entity); !strings.Contains(got, identity) {
			t.Errorf("%s is %s", entity, got)
		}
	}
	for stanza, want := range map[string]string{
		`<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>`:                                          `type="result"`,
		`<iq type="set"><block xmlns="urn:xmpp:blocking"><item jid="mallory@example.net"/></block></iq>`:    `type="result"`,
		`<iq type="set"><query xmlns="urn:xmpp:mam:2"/></iq>`:                                               "<fin ",
		`<iq type="get"><query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks"/></query></iq>`: "<storage ",
	} {
		if got := converse(t, romeo, stanza, ""); !strings.Contains(got, want) {
			t.Errorf("%s is answered %s", stanza, got)
		}
	}
}
