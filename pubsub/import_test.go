package pubsub

import (
	"context"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// picky is a node that changes what is imported, and does not take all.
type picky struct{ Virtual }

func (picky) Import(_ context.Context, _ xmpp.JID, it storage.Item) (storage.Item, error) {
	switch it.ID {
	case "taken":
		return it, Taken
	case "large":
		return it, tooBig(7)
	}
	it.Payload = []byte(`<smaller xmlns="x"/>`)
	return it, nil
}

// A node of which it is not said who may read it is nobody else's from the moment on in which it is there, whatever comes first.
func TestImportedNodesArePrivate(t *testing.T) {
	w := newWorld(t)
	w.Contacts = friends{}
	lan, other := w.jid("lan@example.net"), w.jid("other@example.net")
	w.Own(Node{Name: "known", Settings: Settings{FieldAccess: AccessOpen}})
	w.Own(Node{Name: "picky", Virtual: picky{}})
	in := w.Import(lan, false, func(string, pie.Verdict, string) {})
	take := func(space, inner string) {
		t.Helper()
		e, err := xmpp.ParseElement([]byte(`<pubsub xmlns="`+space+`">`+inner+`</pubsub>`), "")
		if err != nil {
			t.Fatal(err)
		}
		if taken, err := in.Take(t.Context(), e); !taken || err != nil {
			t.Fatalf("%s: %t, %v", inner, taken, err)
		}
	}
	form := func(fields string) string { return `<x xmlns="jabber:x:data" type="submit">` + fields + `</x>` }
	for inner, open := range map[string]bool{
		`<configure node="none"/>`: false,
		`<configure node="title">` + form(`<field var="pubsub#title"><value>T</value></field>`) + `</configure>`:          false,
		`<configure node="odd">` + form(`<field var="pubsub#access_model"><value>some</value></field>`) + `</configure>`:  false,
		`<configure node="open">` + form(`<field var="pubsub#access_model"><value>open</value></field>`) + `</configure>`: true,
		`<configure node="known">` + form(`<field var="pubsub#title"><value>T</value></field>`) + `</configure>`:          true,
		`<affiliations node="people"><affiliation jid="a@example.org" affiliation="member"/></affiliations>`:              false,
	} {
		take(ns.PubSubOwner, inner)
		e, _ := xmpp.ParseElement([]byte(inner), "")
		if may, err := w.MayRead(t.Context(), lan, e.Attr("node"), other); may != open || err != nil {
			t.Errorf("%s: %t, %v", inner, may, err)
		}
	}
	take(ns.PubSub, `<items node="picky"><item id="taken"><a xmlns="x"/></item><item id="large"><a xmlns="x"/></item><item id="other"><a xmlns="x"/></item></items>`)
	list, err := w.Stored(t.Context(), lan, "picky")
	if err != nil || len(list) != 1 || list[0].ID != "other" || string(list[0].Payload) != `<smaller xmlns="x"/>` {
		t.Errorf("kept %v, %v", list, err)
	}
}

// friends are people who all see each other's presence.
type friends struct{ Contacts }

func (friends) SharesPresence(_, _ xmpp.JID) bool     { return true }
func (friends) Watchers(xmpp.JID) ([]xmpp.JID, error) { return nil, nil }
func (friends) Groups(_, _ xmpp.JID) []string         { return nil }
