package muc

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"myna/xmpp/ns"
)

// TestChurn does everything at once. The race detector watches; at the end the room has to be in order, and to end.
func TestChurn(t *testing.T) {
	w := newWorld(t, nil)
	const room = "town@groups.example.net"
	owner := w.client("owner@example.net/x")
	owner.join(room, "Owner")
	owner.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, room, ns.MUCOwner)
	owner.until(`id="c"`, `type="result"`)
	var wg sync.WaitGroup
	clients := []*client{owner}
	for i := range 6 {
		c := w.client(fmt.Sprintf("u%d@example.net/%d", i/2, i)) // three accounts with two sessions each
		clients = append(clients, c)
	}
	for i, c := range clients {
		c.mute = true
		rnd := rand.New(rand.NewPCG(1, uint64(i)))
		wg.Go(func() {
			for range 300 {
				c.act(rnd, room)
			}
		})
	}
	wg.Go(func() {
		for i := range 50 {
			if r := w.service.loaded(w.jid(room)); r != nil {
				w.service.Occupants(r.jid)
				_ = w.service.Rename(context.Background(), r.jid, fmt.Sprint("Town ", i)) // it may just have ended
			}
		}
	})
	wg.Wait()
	w.flushed()
	if r := w.service.loaded(w.jid(room)); r != nil {
		r.check(t)
	}
	for _, c := range clients {
		w.service.closed(c)
	}
	for range 1000 { // what waits for private messages, which wait for others
		if w.flushed(); w.service.loaded(w.jid(room)) == nil {
			break
		}
	}
	if r := w.service.loaded(w.jid(room)); r != nil {
		t.Errorf("the empty room stays: %d events, %d callers, %d seats", len(r.events), r.users, len(r.seats))
	}
}

// act does one thing of those that clients do.
func (c *client) act(rnd *rand.Rand, room string) {
	nick := fmt.Sprint("N", rnd.IntN(8))
	admin := func(item string) {
		c.send(`<iq type="set" id="q" to="%s"><query xmlns="%s"><item %s/></query></iq>`, room, ns.MUCAdmin, item)
	}
	switch rnd.IntN(10) {
	case 0, 1, 2:
		c.join(room, nick)
	case 3:
		c.send(`<presence to="%s/%s" type="unavailable"/>`, room, nick)
	case 4:
		c.send(`<presence to="%s/%s"><show>dnd</show></presence>`, room, nick)
	case 5, 6:
		c.send(`<message to="%s" type="groupchat"><body>hi</body></message>`, room)
	case 7:
		c.send(`<message to="%s/%s" type="chat"><body>psst</body></message>`, room, nick)
	case 8:
		admin(fmt.Sprintf(`nick="%s" role="%s"`, nick, Role(rnd.IntN(4))))
	case 9:
		persist := fmt.Sprintf(`<field var="FORM_TYPE"><value>%s</value></field><field var="muc#roomconfig_persistentroom"><value>%d</value></field>`,
			ns.MUCConfig, rnd.IntN(2))
		c.send(`<iq type="set" id="q" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit">%s</x></query></iq>`, room, ns.MUCOwner, persist)
		admin(fmt.Sprintf(`jid="u%d@example.net" affiliation="%s"`, rnd.IntN(3), Affiliation(rnd.IntN(4)-1)))
	}
}

// check compares the tables of a room with each other.
func (r *room) check(t *testing.T) {
	r.do(func() { r.compare(t) })
}

// compare is check. r.mu is held.
func (r *room) compare(t *testing.T) {
	if !r.sound() {
		t.Error("the room is not sound")
	}
	seats := 0
	for key, o := range r.occupants {
		if o.key != key || len(o.seats) == 0 || o.aff != r.affiliation(o.bare) {
			t.Errorf("occupant %s: key %s, %d sessions, affiliation %s, but %s", key, o.key, len(o.seats), o.aff, r.affiliation(o.bare))
		}
		for _, st := range o.seats {
			seats++
			if st.occ != o || r.seats[st.full] != st || st.full.Bare() != o.bare {
				t.Errorf("session %s of %s is lost", st.full, o.nick)
			}
		}
	}
	if seats != len(r.seats) || len(r.present) != len(r.occupants) || len(r.everybody()) != seats {
		t.Errorf("%d sessions, %d seats, %d receivers; %d occupants, %d present", seats, len(r.seats), len(r.everybody()),
			len(r.occupants), len(r.present))
	}
}
