package muc

import (
	"slices"
	"testing"

	"myna/xmpp"
)

// notified is what one member was told.
type notified struct {
	who string
	Said
}

// TestNotify: who is told of a message in a group, and whether it mentions them.
func TestNotify(t *testing.T) {
	told := make(chan notified, 100)
	w := newWorld(t, func(o *Options) {
		o.Notify = func(who xmpp.JID, m Said) { told <- notified{who.Local(), m} }
	})
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin), w.person("b", "Bert B", Member), w.person("c", "C", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	from := w.jid("team@groups.example.net/A")
	id := func(who string) string { return w.service.loaded(room).occupantID(w.jid(who)) }
	for _, c := range []struct {
		children, body string
		b, c           bool // mentioned
	}{
		{`<body>hello</body>`, "hello", false, false},
		{`<body>Bert B, C: hello</body>`, "Bert B, C: hello", true, true},
		{`<body>Bert Brecht, Chris</body>`, "Bert Brecht, Chris", false, false},
		{`<body>all!</body><mention xmlns="urn:xmpp:mentions:0" mentions="urn:xmpp:mentions:0#channel"/>`, "all!", true, true},
		{`<body>you</body><mention xmlns="urn:xmpp:mentions:0" occupantid="` + id("c@example.net") + `"/>`, "you", false, true},
		{`<body>you</body><mention xmlns="urn:xmpp:mentions:0" occupantid="` + id("c@example.net") + `"><noping/></mention>`, "you", false, false},
		{`<body>you</body><reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:b@example.net"/>`, "you", true, false},
		{`<body>you</body><reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:team@groups.example.net/C"/>`, "you", false, true},
		{`<encrypted xmlns="urn:xmpp:omemo:2"/>`, "", false, false},
	} {
		a.speak(`<active xmlns="http://jabber.org/protocol/chatstates"/>`) // nobody is told of that
		a.speak(c.children)
		got := []notified{<-told, <-told}
		slices.SortFunc(got, func(x, y notified) int { return int(x.who[0]) - int(y.who[0]) })
		want := []notified{{"b", Said{from, c.body, c.b, true}}, {"c", Said{from, c.body, c.c, false}}}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.children, got, want)
		}
	}
	w.service.closed(b)
	a.speak(`<body>gone?</body>`)
	for range 2 {
		if got := <-told; got.There {
			t.Errorf("%s is still there", got.who)
		}
	}
}
