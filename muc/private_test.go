package muc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"myna/xmpp"
)

// What somebody does after a private message is heard behind it: also where that has to wait, and whatever else goes on (RFC 6120
// § 10.1).
func TestWhispersInOrder(t *testing.T) {
	w, _, a, b, r := newDen(t)
	a.configure(r.jid.String(), flag("moderatedroom", "0")+flag("enablelogging", "0"))
	for len(a.got) > 0 {
		a.next()
	}
	held := make(chan struct{})
	w.service.later(r.jid, whispered, func(context.Context) { <-held })
	var want []string
	say := func(stanza, part string) {
		b.send(stanza, r.jid)
		want = append(want, part)
	}
	for i := range 3 {
		say(fmt.Sprintf(`<message to="%%s/A" type="chat"><body>psst %d</body></message>`, i), fmt.Sprintf("psst %d", i))
		say(fmt.Sprintf(`<message to="%%s" type="groupchat"><body>loud %d</body></message>`, i), fmt.Sprintf("loud %d", i))
	}
	say(`<presence to="%s/B"><show>away</show></presence>`, "away")
	say(`<message to="%s/A" type="chat"><body>last</body></message>`, "last")
	say(`<presence to="%s/C"/>`, `code="303"`)
	want = append(want, "/C")
	say(`<presence to="%s/C" type="unavailable"/>`, `type="unavailable"`)
	close(held)
	for _, part := range want {
		if got := a.next(); !strings.Contains(got, part) {
			t.Fatalf("got %s in place of %s", got, part)
		}
	}
}

// A mistake of ours on the way of a private message leaves neither its sender nor the room waiting.
func TestMistakeOfWhisper(t *testing.T) {
	w := newWorld(t, nil)
	broken := newRoom(&Service{}, w.jid("den@groups.example.net"))
	done := make(chan error, 1)
	func() {
		defer func() { _ = recover() }()
		broken.bring([]receiver{{to: w.jid("a@example.net/1")}}, xmpp.Frame{}, func(err error) { done <- err })
	}()
	if err := <-done; !errors.Is(err, errPanic) {
		t.Errorf("got %v", err)
	}
}
