package roster

import (
	"context"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// team is a group of a test.
type team map[xmpp.JID]bool

func (t team) Len() int                { return len(t) }
func (t team) Has(j xmpp.JID) bool     { return t[j] }
func (t team) All() iter.Seq[xmpp.JID] { return maps.Keys(t) }

func teamOf(members ...xmpp.JID) team {
	t := team{}
	for _, j := range members {
		t[j] = true
	}
	return t
}

// town is a large domain with n accounts and groups that a test may change.
type town struct {
	*house
	who   []xmpp.JID
	teams []team
}

func newTown(t testing.TB, n, limit int) *town {
	w := &town{}
	w.house = newHouse(t, func(o *Options) {
		o.Config.All().SharedLimit = limit
		o.Teams = func(account xmpp.JID) (list []Team) {
			for _, t := range w.teams {
				if t.Has(account) {
					list = append(list, t)
				}
			}
			return list
		}
	})
	w.who = w.colleagues(n)
	return w
}

// settle brings all lists up to date, as the goroutine of Run does.
func (w *town) settle() {
	for {
		j, ok := w.stale.take()
		if !ok {
			return
		}
		w.refresh(j)
		w.stale.n.Add(-1)
	}
}

// see tells of n who is in m's list, and fails where that or presence is not the same from either side.
func (w *town) see(m, n int) bool {
	w.t.Helper()
	a, b := w.who[m], w.who[n]
	to, from := w.Subscribed(a, b)
	back, forth := w.Subscribed(b, a)
	if to != from || to != back || to != forth || w.SharesPresence(a, b) != w.SharesPresence(b, a) {
		w.t.Errorf("%s and %s: %v %v, the other way %v %v", a, b, to, from, back, forth)
	}
	return to
}

// TestCircle: who is near to whom, for those who are online and those who are not, from both sides.
func TestCircle(t *testing.T) {
	w := newTown(t, 12, 3)
	stranger := parseJID(t, "x@else.example")
	w.teams = []team{teamOf(w.who[0], w.who[1], stranger), teamOf(w.who[0], w.who[2]), teamOf(w.who[:9]...), teamOf(w.who[8])}
	w.store.acquainted(storage.Pair{w.who[3], w.who[0]}, storage.Pair{w.who[3], w.who[4]}, storage.Pair{w.who[0], w.who[1]})
	w.store.accounts[2].ChatOff, w.store.accounts[4].Disabled = true, true
	near := map[[2]int]bool{{0, 1}: true, {0, 3}: true}
	for _, online := range [][]int{nil, {0}, {1}, {0, 1, 3}} {
		var sessions []*session
		for _, n := range online {
			sessions = append(sessions, w.come(w.who[n].String()+"/x"))
		}
		for m := range w.who {
			for n := range m {
				if got := w.see(n, m); got != near[[2]int{n, m}] {
					t.Errorf("online %v: %d and %d: %v", online, n, m, got)
				}
			}
		}
		for _, s := range sessions {
			w.end(s)
		}
	}
	contacts, err := w.Contacts(w.who[0])
	if err != nil || len(contacts) != 2 || !contacts[0].Shared || contacts[0].JID != w.who[1] || contacts[1].JID != w.who[3] {
		t.Errorf("got %+v, %v", contacts, err)
	}
	if to, _ := w.Subscribed(w.who[0], stranger); to {
		t.Error("an address elsewhere is a colleague")
	}
}

// presences are the presence stanzas among what a session got, with who is meant and whether it is there.
func presences(got []string) string {
	var list []string
	for _, x := range got {
		if !strings.HasPrefix(x, "<presence") {
			continue
		}
		_, rest, _ := strings.Cut(x, `from="`)
		from, _, _ := strings.Cut(rest, "@")
		if strings.Contains(x, `type="unavailable"`) {
			from = "-" + from
		}
		list = append(list, from)
	}
	return strings.Join(list, " ")
}

// TestBetweenTwo: while of two one's list is up to date and the other's is not, presence passes in neither direction, and
// both get each thing once in the end.
func TestBetweenTwo(t *testing.T) {
	w := newTown(t, 5, 2)
	a, b := w.come(w.who[0].String()+"/a"), w.come(w.who[1].String()+"/b")
	want := func(what, ofA, ofB string) {
		t.Helper()
		if got := presences(a.take()); got != ofA {
			t.Errorf("%s: the first got %q, want %q", what, got, ofA)
		}
		if got := presences(b.take()); got != ofB {
			t.Errorf("%s: the second got %q, want %q", what, got, ofB)
		}
	}
	next := func() {
		j, _ := w.stale.take()
		w.refresh(j)
		w.stale.n.Add(-1)
	}
	w.teams = []team{teamOf(w.who[:2]...)}
	w.TeamChanged(w.who[:2], 0, 2)
	next()
	want("the first knows", "", "")
	w.send(a, `<presence><show>away</show></presence>`)
	want("it changes its status", "u0000", "")
	next()
	want("both know", "u0001", "u0000")
	w.teams = nil
	w.TeamChanged(w.who[:2], 2, 0)
	next()
	want("the first forgets", "-u0001", "-u0000")
	w.send(b, `<presence><show>away</show></presence>`)
	want("the second changes its status", "", "u0001")
	next()
	want("both forget", "", "")
	if !w.stale.none() {
		t.Error("something is stale still")
	}
}

// TestEveryone: a change of a group for everybody makes no work.
func TestEveryone(t *testing.T) {
	w := newTown(t, 9, 2)
	for _, j := range w.who {
		w.come(j.String() + "/x")
	}
	w.TeamChanged(w.who, 8, 9)
	if !w.stale.none() {
		t.Error("lists are made anew")
	}
	w.TeamChanged(w.who, 2, 9)
	if n := w.stale.n.Load(); n != 9 {
		t.Errorf("a group that is too large now: %d lists are made anew", n)
	}
	w.settle()
}

// TestPassing: the account that is one too many, and its end.
func TestPassing(t *testing.T) {
	const limit = 30
	w := newTown(t, limit, limit)
	var sessions []*session
	for _, j := range w.who {
		s := w.bind(j.String() + "/x")
		w.send(s, `<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`)
		w.send(s, `<presence/>`)
		sessions = append(sessions, s)
	}
	w.teams = []team{teamOf(w.who[:2]...)}
	take := func(what string, pushes, gone int) {
		t.Helper()
		for n, s := range sessions[2:] {
			got := s.take()
			p := presences(got)
			if sent := len(got) - len(strings.Fields(p)); sent != pushes || strings.Count(p, "-") != gone {
				t.Fatalf("%s: %d got %d pushes, %s", what, n, sent, p)
			}
		}
	}
	for _, s := range sessions {
		s.take()
	}
	w.store.add(storage.Account{JID: parseJID(t, "z@example.net")})
	w.AccountChanged(parseJID(t, "z@example.net"))
	take("nothing is done at once", 0, 0)
	w.settle()
	take("too many", limit-1, limit-1)
	if !w.see(0, 1) || w.see(1, 2) {
		t.Error("the circles are wrong")
	}
	w.store.add(storage.Account{JID: parseJID(t, "zz@example.net")})
	w.AccountChanged(parseJID(t, "zz@example.net"))
	w.settle()
	take("one more", 0, 0)
	w.store.accounts = w.store.accounts[:limit]
	w.AccountChanged(parseJID(t, "z@example.net"))
	w.settle()
	take("few again", limit-1, 0)
	if !w.see(1, 2) {
		t.Error("not everybody has everybody")
	}
}

// TestExchanges: what makes recent contacts, and how often that is written.
func TestExchanges(t *testing.T) {
	w := newTown(t, 4, 2)
	now := time.Unix(1e9, 0)
	w.Options.Now = func() time.Time { return now }
	a := w.come(w.who[0].String() + "/a")
	say := func(to, rest string) {
		w.send(a, `<message to="`+to+`@example.net" `+rest+`</message>`)
	}
	for _, c := range []struct {
		to, rest string
		written  int
	}{
		{"u0001", `type="chat"><active xmlns="http://jabber.org/protocol/chatstates"/>`, 0},
		{"u0001", `type="headline"><body>hi</body>`, 0},
		{"u0000", `type="chat"><body>to myself</body>`, 0},
		{"u0001", `type="chat"><body>hi</body>`, 1},
		{"u0001", `type="chat"><body>again</body>`, 0},
		{"u0002", `><body>hi</body>`, 1},
		{"u0003", `type="chat"><encrypted xmlns="urn:xmpp:omemo:2"/>`, 1},
	} {
		before := w.store.noted
		say(c.to, c.rest)
		w.writeRecent()
		if n := w.store.noted - before; n != c.written {
			t.Errorf("%s %s: %d written, want %d", c.to, c.rest, n, c.written)
		}
	}
	w.settle()
	for n := 1; n < 4; n++ {
		if !w.see(0, n) {
			t.Errorf("%d is no contact", n)
		}
	}
	now = now.Add(recentPeriod)
	w.writeRecent() // as each second
	before := w.store.noted
	say("u0001", `type="chat"><body>the next day</body>`)
	w.writeRecent()
	if w.store.noted != before+1 {
		t.Error("the next day's message is not noted")
	}
}

// TestFavourites: both have each other at once, unless something stands between them.
func TestFavourites(t *testing.T) {
	var blocked storage.Pair
	w := newTown(t, 6, 2)
	w.Options.Config.All().Items = 1
	w.Options.Blocked = func(owner, contact xmpp.JID) bool { return blocked == storage.Pair{owner, contact} }
	s := w.come(w.who[0].String() + "/a")
	add := func(n int) { w.send(s, `<presence type="subscribe" to="`+w.who[n].String()+`"/>`) }
	blocked = storage.Pair{w.who[1], w.who[0]}
	add(1)
	if w.see2(0, 1) || w.see2(1, 0) {
		t.Error("a contact that has blocked somebody is added")
	}
	w.send(s, `<iq type="set" id="1"><query xmlns="jabber:iq:roster"><item jid="`+w.who[1].String()+`" subscription="remove"/></query></iq>`)
	blocked = storage.Pair{}
	for _, full := range []bool{false, true} {
		if full { // the list of 2 is full: the request waits
			if err := w.Put(w.who[2], storage.RosterItem{JID: parseJID(t, "x@else.example"), To: true}); err != nil {
				t.Fatal(err)
			}
			add(2)
			item, err := w.store.RosterItem(context.Background(), w.who[2], w.who[0])
			if err != nil || item.PendingIn == nil || item.From {
				t.Errorf("the request to a full list: %+v, %v", item, err)
			}
			continue
		}
		add(3)
		if !w.see(0, 3) {
			t.Error("a favourite is not there at once")
		}
		w.send(s, `<iq type="set" id="2"><query xmlns="jabber:iq:roster"><item jid="`+w.who[3].String()+`" subscription="remove"/></query></iq>`)
		if w.see(0, 3) || w.OnRoster(w.who[3], w.who[0]) {
			t.Error("a favourite that was removed is left on the other side")
		}
	}
}

// see2 is see for one direction.
func (w *town) see2(m, n int) bool {
	to, _ := w.Subscribed(w.who[m], w.who[n])
	return to
}

// TestWholeTown compares what broadcasts cost in a small and a large domain: it does not grow with the domain.
func TestWholeTown(t *testing.T) {
	cost := func(n int) float64 {
		w, send := crowd(t, n)
		defer w.end(send)
		return testing.AllocsPerRun(5, func() {
			s := w.bind(w.who[0].String() + "/again")
			s.silent = true
			w.send(s, `<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`)
			w.send(s, `<presence/>`)
			w.end(s)
		})
	}
	if few, many := cost(500), cost(5000); many > few*1.1 {
		t.Errorf("a sign-in costs %.0f allocations among 500 accounts, %.0f among 5000", few, many)
	}
}

// crowd is a domain with n accounts, of whom the first has 50 recent contacts and is in a group of 40 others, half of all online.
func crowd(t testing.TB, n int) (*town, *session) {
	w := newTown(t, n, 300)
	w.teams = []team{teamOf(w.who[:41]...), teamOf(w.who...)}
	for i := range 50 {
		w.store.acquainted(storage.Pair{w.who[0], w.who[100+i]})
	}
	for i, j := range w.who {
		if i%2 == 1 {
			s := w.bind(j.String() + "/x")
			s.silent = true
			w.send(s, `<presence/>`)
		}
	}
	s := w.bind(w.who[0].String() + "/first")
	s.silent = true
	w.send(s, `<presence/>`)
	return w, s
}

// BenchmarkLargeRosterGet reads and sends the list of somebody with 90 contacts in a domain of 10,000.
func BenchmarkLargeRosterGet(b *testing.B) {
	w, s := crowd(b, 10000)
	b.ReportAllocs()
	for b.Loop() {
		w.send(s, `<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`)
	}
}

// BenchmarkLargeSignIn is the first session of that account, with roster and presence, and its end.
func BenchmarkLargeSignIn(b *testing.B) {
	w, s := crowd(b, 10000)
	w.end(s)
	b.ReportAllocs()
	for b.Loop() {
		s := w.bind(w.who[0].String() + "/again")
		s.silent = true
		w.send(s, `<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`)
		w.send(s, `<presence/>`)
		w.end(s)
	}
}

// BenchmarkLargeStatus is a change of that account's status.
func BenchmarkLargeStatus(b *testing.B) {
	w, s := crowd(b, 10000)
	b.ReportAllocs()
	for b.Loop() {
		w.send(s, `<presence><show>away</show></presence>`)
	}
}

// BenchmarkPassing takes a domain of 300, all online, over the limit and back.
func BenchmarkPassing(b *testing.B) {
	w := newTown(b, 300, 300)
	for _, j := range w.who {
		s := w.bind(j.String() + "/x")
		s.silent = true
		w.send(s, `<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>`)
		w.send(s, `<presence/>`)
	}
	z := parseJID(b, "z@example.net")
	for b.Loop() {
		w.store.add(storage.Account{JID: z})
		w.AccountChanged(z)
		w.settle()
		w.store.accounts = w.store.accounts[:300]
		w.AccountChanged(z)
		w.settle()
	}
}
