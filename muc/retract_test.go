package muc

import (
	"context"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// archived returns the archive of the group as text, a message each.
func (w *world) archived() (list []string) {
	w.t.Helper()
	recs, _, err := w.store.Query(context.Background(), storage.Query{Owner: w.jid("team@groups.example.net"), Max: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range recs {
		list = append(list, string(r.Stanza))
	}
	return list
}

// flushed waits until the worker has done what was given to it before.
func (w *world) flushed() {
	written := make(chan struct{})
	if err := w.store.AppendAsync(nil, func([]int64, error) { close(written) }); err != nil { // behind all that waits for the log
		w.t.Fatal(err)
	}
	<-written
	w.settled()
}

// TestModeration: XEP-0425 § 3 and § 4.
func TestModeration(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	b.speak(`<body>free potions</body>`)
	id := stanzaIDs.FindStringSubmatch(a.until("<body>free potions</body>"))[1]
	moderate := `<iq type="set" id="q" ` + inTeam + `><moderate xmlns="` + ns.Moderate + `" id="%s"><retract xmlns="` + ns.Retract + `"/><reason>spam</reason></moderate></iq>`
	b.send(moderate, id)
	b.until(`id="q"`, "forbidden")
	a.send(moderate, "12345")
	a.until(`id="q"`, "item-not-found")
	a.send(moderate, id)
	a.until(`id="q"`, `type="result"`)
	b.until(`from="team@groups.example.net"`, `<retract xmlns="`+ns.Retract+`" id="`+id+`"><moderated xmlns="`+ns.Moderate+`" by="team@groups.example.net/A">`,
		"<reason>spam</reason>")
	list := w.archived()
	if len(list) != 2 || strings.Contains(list[0], "potions") || !strings.Contains(list[0], "<retracted") || !strings.Contains(list[1], "<retract ") {
		t.Errorf("archive: %q", list)
	}
	b.join(room.String(), "B")
	for s := b.next(); !strings.Contains(s, "<subject"); s = b.next() {
		lacks(t, s, "potions")
	}
}

// TestRetraction: an author takes back the own message, and nobody else's (XEP-0424 § 5).
func TestRetraction(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	b.speak(`<body>oops</body>`)
	id := stanzaIDs.FindStringSubmatch(a.until("<body>oops</body>"))[1]
	retract := `<retract xmlns="` + ns.Retract + `" id="` + id + `"/>`
	a.speak(retract)
	b.until(retract)
	w.flushed()
	if !strings.Contains(w.archived()[0], "oops") {
		t.Error("somebody else took the message back")
	}
	b.speak(retract)
	a.until(retract, "/B\"")
	w.flushed()
	if list := w.archived(); len(list) != 3 || strings.Contains(list[0], "oops") {
		t.Errorf("archive: %q", list)
	}
}

// TestPost: a member writes to the alias' address.
func TestPost(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "Bert", Member))
	a := w.client("a@example.net/x")
	a.join(room.String(), "A")
	post := func(who string) error {
		st, err := wire.Parse([]byte(`<message to="team@example.net" type="chat" id="m1"><body>by mail</body></message>`))
		if err != nil {
			t.Fatal(err)
		}
		st.From = w.jid(who + "@example.net/x")
		result := make(chan error, 2)
		w.service.Post(room, st, func(err error) { result <- err })
		return <-result
	}
	if err := post("b"); err != nil {
		t.Fatal(err)
	}
	a.until(`from="team@groups.example.net/Bert"`, `type="groupchat"`, `id="m1"`, "<body>by mail</body>", "<occupant-id")
	if len(w.service.Occupants(room)) != 1 {
		t.Error("the writer is in the room")
	}
	if err := post("c"); err == nil || !strings.Contains(err.Error(), "Only members") {
		t.Errorf("a stranger: %v", err)
	}
}

// A retraction is carried out although it asks not to be stored (XEP-0424 § 6).
func TestRetractedWithHint(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member))
	a := w.client("a@example.net/x")
	a.join(room.String(), "A")
	a.speak(`<body>free potions</body>`)
	id := stanzaIDs.FindStringSubmatch(a.until("<body>free potions</body>"))[1]
	a.speak(`<retract xmlns="` + ns.Retract + `" id="` + id + `"/><no-store xmlns="urn:xmpp:hints"/>`)
	a.until("<retract ")
	list := w.archived()
	if len(list) != 2 || strings.Contains(list[0], "potions") || !strings.Contains(list[1], "<retract ") {
		t.Errorf("archive: %q", list)
	}
}
