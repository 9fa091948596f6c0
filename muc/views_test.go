package muc

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// roster is what a client knows of who is in a room, made of nothing but the presence that it gets (XEP-0045 § 7.1, § 7.6, § 7.14).
type roster struct {
	mu   sync.Mutex
	in   bool
	seen map[string]string // nick → affiliation and role
}

// take follows one frame.
func (v *roster) take(f xmpp.Frame) {
	if f.Kind != xmpp.Presence {
		return
	}
	e, err := xmpp.ParseElement(f.Append(nil, ""), ns.Client)
	x := e.Child(ns.MUCUser, "x")
	if err != nil || x == nil || e.Attr("type") == xmpp.TypeError {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	own := false
	for c := range x.Elements() {
		own = own || c.Local == "status" && c.Attr("code") == "110"
	}
	_, nick, _ := strings.Cut(e.Attr("from"), "/")
	item := x.Child(ns.MUCUser, "item")
	switch {
	case e.Attr("type") == "":
		v.seen[nick] = item.Attr("affiliation") + " " + item.Attr("role")
		v.in = v.in || own
	case own && item.Attr("nick") == "":
		v.in, v.seen = false, map[string]string{}
	default:
		delete(v.seen, nick)
	}
}

// check compares what a client has seen with what the room is.
func (v *roster) check(t *testing.T, c *client, r *room) {
	want, in := map[string]string{}, false
	if r != nil {
		r.do(func() {
			st := r.seats[c.jid]
			if in = st != nil; !in {
				return
			}
			for _, o := range r.present {
				if o == st.occ || r.conf.Broadcast[o.role] {
					want[o.nick] = o.aff.String() + " " + o.role.String()
				}
			}
		})
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.in != in || in && !maps.Equal(v.seen, want) {
		t.Errorf("%s sees %t %v; the room is %t %v", c.jid, v.in, v.seen, in, want)
	}
}

// Whatever happens at the same time, in the end every client has seen what is so: the order of what it gets is the order of the room,
// and of the rooms that have a name one after another.
func TestViews(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Config.All().MaxRoomsPerUser = 0 })
	const room = "town@groups.example.net"
	var clients []*client
	var views []*roster
	for i := range 6 {
		c, v := w.client(fmt.Sprintf("u%d@example.net/%d", i/2, i)), &roster{seen: map[string]string{}}
		c.mute, c.seen = true, v.take
		clients, views = append(clients, c), append(views, v)
	}
	for round := range 12 {
		var wg sync.WaitGroup
		for i, c := range clients {
			rnd := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			wg.Go(func() {
				for range 20 {
					c.upset(rnd, room)
				}
			})
		}
		wg.Wait()
		w.flushed()
		r := w.service.loaded(w.jid(room))
		if r != nil {
			r.check(t)
		}
		for i, c := range clients {
			views[i].check(t, c, r)
		}
		if t.Failed() {
			return
		}
	}
}

// upset does one thing that changes who is in a room, what they are, or who sees whom.
func (c *client) upset(rnd *rand.Rand, room string) {
	nick := fmt.Sprint("N", rnd.IntN(6))
	config := func(fields string) {
		c.send(`<iq type="set" id="q" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>%s</x></query></iq>`,
			room, ns.MUCOwner, ns.MUCConfig, fields)
	}
	switch rnd.IntN(14) {
	case 0, 1, 2:
		c.join(room, nick)
	case 3:
		c.send(`<presence to="%s/%s" type="unavailable"/>`, room, nick)
	case 4, 5:
		c.send(`<presence to="%s/%s"><show>dnd</show></presence>`, room, nick)
	case 6:
		c.send(`<message to="%s" type="groupchat"><body>hi</body></message>`, room)
	case 7:
		c.admin(room, fmt.Sprintf(`<item nick="%s" role="%s"/>`, nick, Role(rnd.IntN(4))))
	case 8, 9:
		c.admin(room, fmt.Sprintf(`<item jid="u%d@example.net" affiliation="%s"/>`, rnd.IntN(3), Affiliation(rnd.IntN(5)-1)))
	case 10:
		config("")
	case 11:
		name := []string{"membersonly", "moderatedroom", "persistentroom"}[rnd.IntN(3)]
		config(flag(name, fmt.Sprint(rnd.IntN(2))))
	case 12:
		config(flag("presencebroadcast", []string{"moderator", "moderator</value><value>participant", "moderator</value><value>participant</value><value>visitor"}[rnd.IntN(3)]))
	case 13:
		if rnd.IntN(4) == 0 {
			c.send(`<iq type="set" id="d" to="%s"><query xmlns="%s"><destroy/></query></iq>`, room, ns.MUCOwner)
		}
	}
}
