package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// lie is an element that only a server, a room or the account itself may say to somebody.
type lie struct{ space, local, attrs, inner string }

const pay = `<forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client" from="boss@example.net" to="juliet@example.net"><body>pay</body></message></forwarded>`

// lies are those of one person to another.
var lies = []lie{
	{ns.StanzaID, "stanza-id", `by="juliet@example.net" id="lie"`, ""},  // XEP-0359 § 3
	{ns.StanzaID, "stanza-id", `by="mallory@example.net" id="lie"`, ""}, // the same
	{ns.StanzaID, "stanza-id", `by="example.net" id="lie"`, ""},         // the same
	{ns.StanzaID, "stanza-id", `id="lie"`, ""},                          // by nobody
	{ns.Delay, "delay", `from="example.net" stamp="2002-09-10T23:08:25Z"`, ""},
	{ns.Delay, "delay", `from="juliet@example.net" stamp="2002-09-10T23:08:25Z"`, ""}, // XEP-0203 § 5
	{ns.Carbons, "received", "", pay},                                                 // XEP-0280 § 11
	{ns.Carbons, "sent", "", pay},                                                     // the same
	{ns.MAM, "result", `id="1" queryid="q"`, pay},                                     // XEP-0313 § 8.2
	event(ns.Bookmarks), event(ns.StorageBookmark), event("urn:xmpp:mds:displayed:0"), // XEP-0223 § 6
	{ns.MUCUser, "x", "", `<invite xmlns="http://jabber.org/protocol/muc#user" from="lie@example.net"/>`}, // XEP-0045 § 7.8.2
	{ns.MUCUser, "x", "", ""},
	{ns.OccupantID, "occupant-id", `id="lie"`, ""}, // XEP-0421 § 4
}

// roomLies are those of an occupant to a room.
var roomLies = []lie{
	{ns.StanzaID, "stanza-id", `by="den@groups.example.net" id="lie"`, ""},
	{ns.StanzaID, "stanza-id", `by="juliet@example.net" id="lie"`, ""},
	{ns.Delay, "delay", `from="den@groups.example.net" stamp="2002-09-10T23:08:25Z"`, ""},
	{ns.Carbons, "received", "", pay},
	{ns.MAM, "result", `id="1" queryid="q"`, pay},
	event("urn:example:mood"), event(ns.Bookmarks),
	{ns.MUCUser, "x", "", `<item xmlns="http://jabber.org/protocol/muc#user" affiliation="owner" role="moderator" jid="lie@example.net"/>`},
	{ns.OccupantID, "occupant-id", `id="lie"`, ""},
}

func event(node string) lie {
	return lie{ns.PubSubEvent, "event", "", `<items xmlns="` + ns.PubSubEvent + `" node="` + node + `"><item id="lie"/></items>`}
}

// disguises are ways to write an element: on is what goes into the start of the stanza, in what goes into it.
var disguises = map[string]func(l lie) (on, in string){
	"plainly": func(l lie) (string, string) { return "", l.as("", `xmlns="`+l.space+`"`) },
	"in other quotes, with the namespace in references": func(l lie) (string, string) {
		return "", l.as("", `xmlns = '`+strings.Replace(l.space, ":", "&#x3a;", 1)+`'`)
	},
	"with a prefix":                   func(l lie) (string, string) { return "", l.as("x:", `xmlns:x="`+l.space+`"`) },
	"with a prefix of the stanza":     func(l lie) (string, string) { return `xmlns:x="` + l.space + `"`, l.as("x:", "") },
	"with a prefix that means more":   func(l lie) (string, string) { return `xmlns:x="urn:example"`, l.as("x:", `xmlns:x="`+l.space+`"`) },
	"with a prefix like its own name": func(l lie) (string, string) { return "", l.as(l.local+":", `xmlns:`+l.local+`="`+l.space+`"`) },
	"twice": func(l lie) (string, string) {
		return "", l.as("", `xmlns="`+l.space+`"`) + `<thread>t</thread>` + l.as("x:", `xmlns:x="`+l.space+`"`)
	},
	"as the last of many": func(l lie) (string, string) {
		return "", strings.Repeat(`<a xmlns="urn:example:a"/>`, 58) + l.as("", `xmlns="`+l.space+`"`)
	},
}

// as writes the element with a prefix and a declaration.
func (l lie) as(prefix, declared string) string {
	return "<" + prefix + l.local + " " + declared + " " + l.attrs + ">" + l.inner + "</" + prefix + l.local + " >"
}

// told tells whether a stanza holds the lie.
func (l lie) told(e *xmpp.Element) bool {
	for c := range e.Elements() {
		if !c.Is(l.space, l.local) {
			continue
		}
		switch l.local {
		case "stanza-id", "occupant-id": // there may be a true one
			if c.Attr("id") == "lie" {
				return true
			}
		case "x": // the room's says nothing here
			if l.inner == "" || strings.Contains(c.String(), "lie") {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// liar is somebody who says what is not for him to say, and who hears it.
type liar struct {
	t       *testing.T
	c, hear *xmpptest.Client
}

func newLiar(t *testing.T) (*liar, xmpptest.Server) {
	s := servertest.StartWith(t, func(c *config.Config) {
		c.Modules = map[string]config.Section{"muc": {"room_creation": "everybody"}}
	})
	return &liar{t, signIn(t, s, "mallory@example.net", "cave"), signIn(t, s, "juliet@example.net", "balcony")}, s
}

// say sends a message to an address, and returns it as it arrives.
func (w *liar) say(to, typ, on, in string) *xmpp.Element {
	w.t.Helper()
	return w.send(func(id string) string {
		return fmt.Sprintf(`<message to="%s" type="%s" id="%s" %s><body>%[3]s</body>%[5]s<e xmlns="urn:example:e"/></message>`, to, typ, id, on, in)
	})
}

// send sends a message with an id, and returns it as it arrives.
func (w *liar) send(message func(id string) string) *xmpp.Element {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), late)
	defer cancel()
	id := xmpp.NewID()
	err := w.c.Send(message(id))
	for err == nil {
		var e *xmpp.Element
		if e, err = w.hear.Next(ctx); err == nil && e.Attr("id") == id {
			return e
		}
	}
	w.t.Fatalf("%s: %v", message(id), err)
	return nil
}

// What only a server or a room may say does not pass when a person says it, however it is written; the rest does.
func TestLies(t *testing.T) {
	w, _ := newLiar(t)
	for _, to := range []string{"juliet@example.net/balcony", "juliet@example.net"} {
		w.deny(to, "chat", "mallory@example.net/cave", lies)
	}
	for _, l := range lies { // the namespace is the one that everything in the stanza has
		e := w.send(func(id string) string {
			return `<c:message xmlns:c="jabber:client" xmlns="` + l.space + `" to="juliet@example.net" type="chat" id="` + id + `">` + l.as("", "") + `<c:body>x</c:body></c:message>`
		})
		if l.told(e) || e.ChildText(ns.Client, "body") != "x" {
			t.Errorf("%s as a default passes: %s", l.as("", l.space), e)
		}
	}
}

// An occupant does not speak for the room.
func TestLiesInRooms(t *testing.T) {
	w, _ := newLiar(t)
	for _, c := range []*xmpptest.Client{w.hear, w.c} {
		nick, _, _ := strings.Cut(c.Address, "@")
		converse(t, c, `<presence to="TO"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, "den@groups.example.net/"+nick)
		if nick == "juliet" { // the room is opened as it is
			converse(t, c, `<iq type="set" to="TO"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, "den@groups.example.net")
		}
	}
	w.deny("den@groups.example.net", "groupchat", "den@groups.example.net/mallory", roomLies)
	w.deny("den@groups.example.net/juliet", "chat", "den@groups.example.net/mallory", roomLies)
}

func (w *liar) deny(to, typ, from string, lies []lie) {
	w.t.Helper()
	for _, l := range lies {
		for how, write := range disguises {
			on, in := write(l)
			switch e := w.say(to, typ, on, in); {
			case l.told(e):
				w.t.Errorf("to %s: %s %s passes: %s", to, l.as("", l.space), how, e)
			case e.Attr("from") != from, e.Child(ns.Client, "body") == nil, e.Child("urn:example:e", "e") == nil:
				w.t.Errorf("to %s: with %s %s arrives %s", to, l.as("", l.space), how, e)
			}
		}
	}
}

// Nobody sends in the name of another (RFC 6120 § 8.1.2.1); an attribute from of another namespace names nobody.
func TestForgedSenders(t *testing.T) {
	w, s := newLiar(t)
	e := w.say("juliet@example.net/balcony", "chat", `xmlns:j="jabber:client" j:from="boss@example.net" xml:from="boss@example.net"`, "")
	if from := e.Attr("from"); from != "mallory@example.net/cave" {
		t.Errorf("the message is from %s", from)
	}
	mood := event("urn:example:mood") // which is no event of the account: that has a bare address
	_, in := disguises["plainly"](mood)
	if e := w.say("juliet@example.net/balcony", "headline", `from="mallory@example.net"`, in); !mood.told(e) || e.Attr("from") != "mallory@example.net/cave" {
		t.Errorf("the event is %s", e)
	}
	push := `<query xmlns="jabber:iq:roster"><item jid="mallory@example.net" subscription="both"/></query>`
	for i, stanza := range []string{
		`<message from="boss@example.net" to="juliet@example.net"><body>pay</body></message>`,
		`<message from="boss@example.net/desk" to="juliet@example.net"><body>pay</body></message>`,
		`<message from="example.net" to="juliet@example.net"><body>pay</body></message>`,
		`<message from="mallory@example.net/other" to="juliet@example.net"><body>pay</body></message>`,
		`<presence from="boss@example.net" to="juliet@example.net" type="subscribed"/>`,
		`<iq type="set" id="p" from="juliet@example.net" to="juliet@example.net/balcony">` + push + `</iq>`, // RFC 6121 § 2.1.6
		`<message from="mallory@example.net/cave" from="boss@example.net" to="juliet@example.net"/>`,
		`<message from="@" to="juliet@example.net"/>`,
		`<message from="" to="juliet@example.net"><body>pay</body></message>`,
	} {
		c := signIn(t, s, "mallory@example.net", fmt.Sprint("r", i))
		if err := c.Send(stanza); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), late)
		if err := c.Ended(ctx); err != nil {
			t.Errorf("%s: %v", stanza, err)
		}
		cancel()
	}
	if got := converse(t, w.hear, "", ""); strings.Contains(got, "pay") || strings.Contains(got, "boss") || strings.Contains(got, "<iq") {
		t.Errorf("juliet got %s", got)
	}
}
