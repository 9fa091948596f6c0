package muc

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// follower is a client that keeps the lists of a room by the versions (XEP-0463), and believes nothing else.
type follower struct {
	*client
	version string
	lists   map[string]string // address → affiliation
	in      bool
}

func (f *follower) enter(room string) {
	since := ""
	if f.version != "" {
		since = fmt.Sprintf(` since="%s"`, f.version)
	}
	f.send(`<presence to="%s/%s"><x xmlns="%s"><mav xmlns="%s"%s/></x></presence>`, room, f.jid.Local(), ns.MUC, nsVersions, since)
}

// read takes what has arrived: each change begins where the one before has ended, and no presence of its own tells another version
// than the one it has (§ 5.2.1, § 5.2.2).
func (f *follower) read(t *testing.T, what string) {
	t.Helper()
	for len(f.got) > 0 {
		text := <-f.got
		e, err := xmpp.ParseElement([]byte(text), ns.Client)
		if err != nil {
			t.Fatal(err)
		}
		x := e.Child(ns.MUCUser, "x")
		m, own := x.Child(nsVersions, "mav"), strings.Contains(text, `<status code="110"/>`)
		if own {
			f.in = e.Attr("type") == ""
		}
		since, until := m.Attr("since"), m.Attr("until")
		switch {
		case m == nil:
			if own && f.in {
				f.version, f.lists = "", map[string]string{} // the rule of § 5.2.1: what it knew is outdated
			}
		case e.Local == "presence" && since == "":
			if until != f.version {
				t.Errorf("%s: %s has version %s, and the presence tells %s", what, f.jid, f.version, until)
			}
		case since == "":
			f.version, f.lists = until, map[string]string{}
			f.take(x)
		case since != f.version:
			t.Errorf("%s: %s has version %s, and is told of a change since %s: %s", what, f.jid, f.version, since, text)
			f.version = until
		default:
			f.version = until
			f.take(x)
		}
	}
}

func (f *follower) take(x *xmpp.Element) {
	for it := range x.Elements() {
		if !it.Is(ns.MUCUser, "item") {
			continue
		}
		j, _ := xmpp.ParseJID(it.Attr("jid"))
		if f.lists[j.Bare().String()] = it.Attr("affiliation"); it.Attr("affiliation") == "none" {
			delete(f.lists, j.Bare().String())
		}
	}
}

// check compares what a follower has with what the room is.
func (f *follower) check(t *testing.T, r *room, what string) {
	t.Helper()
	r.do(func() {
		st := r.seats[f.jid]
		if (st != nil) != f.in {
			t.Fatalf("%s: %s is in the room: %t, and believes %t", what, f.jid, st != nil, f.in)
		}
		if st == nil || r.viewOf(st.occ) == 0 {
			return
		}
		v, want := r.viewOf(st.occ), map[string]string{}
		for j, a := range r.affs {
			if a := v.shown(a.aff); a != None {
				want[j.String()] = a.String()
			}
		}
		if f.version != r.version(v) || !maps.Equal(f.lists, want) {
			t.Errorf("%s: %s has %s, %v; the room %s, %v", what, f.jid, f.version, f.lists, r.version(v), want)
		}
	})
}

// However affiliations, configuration and presence change, who follows the versions misses none, and is told none that is not so:
// also where presence of some roles is not broadcast.
func TestFollowersMissNothing(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(4, seed))
		w := newWorld(t, nil)
		const room = "den@groups.example.net"
		a := w.client("a@example.net/1")
		a.join(room, "A")
		a.configure(room, flag("whois", "anyone"))
		a.mute = true
		r := w.service.loaded(w.jid(room))
		var all []*follower
		for i := range 4 {
			all = append(all, &follower{client: w.client(fmt.Sprintf("u%d@example.net/1", i))})
		}
		for step := range 120 {
			what := w.turn(rnd, a, room, all)
			r.flush()
			for _, f := range all {
				f.read(t, fmt.Sprintf("seed %d, step %d, %s", seed, step, what))
				f.check(t, r, fmt.Sprintf("seed %d, step %d, %s", seed, step, what))
			}
			if t.Failed() {
				return
			}
		}
	}
}

// turn does one of the things that affect lists of affiliations, or who sees them.
func (w *world) turn(rnd *rand.Rand, a *client, room string, all []*follower) (what string) {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	item := func() string {
		who := pick("u0@example.net", "u1@example.net", "u2@example.net", "u3@example.net", "x@example.net", "y@example.net", "example.net")
		return fmt.Sprintf(`<item jid="%s" affiliation="%s"/>`, who, pick("none", "member", "member", "admin", "owner", "outcast"))
	}
	f := all[rnd.IntN(len(all))]
	switch rnd.IntN(8) {
	case 0, 1, 2:
		what = item()
		a.admin(room, what)
	case 3:
		what = item() + item()
		a.admin(room, what)
	case 4:
		name, value := "presencebroadcast", pick("moderator", "", "moderator</value><value>participant", "moderator</value><value>participant</value><value>visitor")
		if rnd.IntN(2) == 0 {
			name = pick("membersonly", "moderatedroom", "whois", "getmemberlist")
			value = map[string]string{"whois": pick("anyone", "anyone", "moderators"), "getmemberlist": pick("participant", "moderator")}[name]
			if value == "" {
				value = pick("0", "1")
			}
		}
		what = flag(name, value)
		a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>%s</x></query></iq>`,
			room, ns.MUCOwner, ns.MUCConfig, what)
	case 5:
		what = f.jid.String() + " enters"
		f.enter(room)
	case 6:
		what = f.jid.String() + " is away"
		f.send(`<presence to="%s/%s"><show>%s</show></presence>`, room, f.jid.Local(), pick("away", "dnd"))
	default:
		what = pick("visitor", "participant", "moderator", "none") + " " + f.jid.String()
		role, _, _ := strings.Cut(what, " ")
		a.admin(room, fmt.Sprintf(`<item nick="%s" role="%s"/>`, f.jid.Local(), role))
	}
	return what
}
