package muc

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"

	"myna/storage"
)

var stanzaIDs = regexp.MustCompile(`<stanza-id xmlns="urn:xmpp:sid:0" by="team@groups.example.net" id="(\d+)"/>`)

// TestOrder lets many talk at once while others come and go: all who stay see the order of the archive.
func TestOrder(t *testing.T) {
	w := newWorld(t, nil)
	const talkers, each = 8, 50
	var people []Person
	for i := range talkers {
		people = append(people, w.person(fmt.Sprint("u", i), fmt.Sprint("U", i), Member))
	}
	people = append(people, w.person("guest", "Guest", Member))
	room := w.group(Spec{Name: "Team"}, people...)
	var clients []*client
	for i := range talkers {
		c := w.client(fmt.Sprintf("u%d@example.net/x", i))
		c.join(room.String(), "x")
		c.until("<subject")
		clients = append(clients, c)
	}
	guest := w.client("guest@example.net/x")
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			for range each {
				c.send(`<message to="%s" type="groupchat" id="m"><body>hi</body></message>`, room)
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			guest.join(room.String(), "x")
			guest.send(`<presence to="%s/Guest" type="unavailable"/>`, room)
		}
	})
	wg.Wait()
	var first []string
	for i, c := range clients {
		var ids []string
		for len(ids) < talkers*each {
			if m := stanzaIDs.FindStringSubmatch(c.until("<body>hi</body>")); m != nil {
				ids = append(ids, m[1])
			}
		}
		if i == 0 {
			first = ids
		} else if !slices.Equal(first, ids) {
			t.Fatalf("client %d saw another order", i)
		}
	}
	list, _, err := w.store.Query(context.Background(), storage.Query{Owner: room, Max: talkers * each})
	if err != nil {
		t.Fatal(err)
	}
	for i, rec := range list {
		if fmt.Sprint(rec.ID) != first[i] {
			t.Fatalf("the archive has %d at %d, the clients have %s", rec.ID, i, first[i])
		}
	}
}

// TestGuestSeesAll checks that who enters amid a stream of messages gets each once, by the past or live.
func TestGuestSeesAll(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Config.All().MaxHistory = 1000 })
	room := w.group(Spec{Name: "Team", Config: map[string]string{"maxhistoryfetch": "1000"}},
		w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	a.until("<subject")
	const n = 200
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			a.send(`<message to="%s" type="groupchat"><body>%d</body></message>`, room, i)
		}
	})
	wg.Go(func() { b.join(room.String(), "B") })
	wg.Wait()
	for i := range n {
		b.until(fmt.Sprintf("<body>%d</body>", i)) // in this order: a missing or late one would be skipped and waited for
	}
}
