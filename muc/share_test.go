package muc

import (
	"fmt"
	"sync"
	"testing"

	"myna/xmpp"
)

// What goes to everybody in a room is serialised once, whatever their number: all get the same bytes, be it a message or the
// presence of who enters.
func TestSerialisedOnce(t *testing.T) {
	const n = 1000
	w := newWorld(t, func(o *Options) { o.Log = &instant{} })
	var people []Person
	for i := range n + 1 {
		people = append(people, w.person(fmt.Sprint("u", i), fmt.Sprint("U", i), Member))
	}
	room := w.group(Spec{Name: "Team"}, people...)
	var mu sync.Mutex
	bytes := map[xmpp.Kind]map[*byte]int{}
	watch := false
	clients := make([]*client, n)
	for i := range clients {
		c := w.client(fmt.Sprintf("u%d@example.net/x", i))
		c.mute = true
		c.seen = func(f xmpp.Frame) {
			mu.Lock()
			defer mu.Unlock()
			if !watch {
				return
			}
			if bytes[f.Kind] == nil {
				bytes[f.Kind] = map[*byte]int{}
			}
			bytes[f.Kind][&f.Tail[0]]++
		}
		c.join(room.String(), "x")
		clients[i] = c
	}
	mu.Lock()
	watch = true
	mu.Unlock()
	clients[0].send(`<message to="%s" type="groupchat" id="m1"><body>hello, everybody</body></message>`, room)
	late := w.client(fmt.Sprintf("u%d@example.net/x", n))
	late.join(room.String(), "x")
	late.until("<subject")
	mu.Lock()
	defer mu.Unlock()
	for kind, name := range map[xmpp.Kind]string{xmpp.Message: "the message", xmpp.Presence: "the presence"} {
		if len(bytes[kind]) != 1 {
			t.Errorf("%s was serialised %d times", name, len(bytes[kind]))
		}
		for _, got := range bytes[kind] {
			if got != n {
				t.Errorf("%d of %d got %s", got, n, name)
			}
		}
	}
}
