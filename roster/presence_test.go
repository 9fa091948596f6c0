package roster

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

func TestStatusOfSeveralDevices(t *testing.T) {
	h := newHouse(t, nil)
	who := parseJID(t, "an@example.net")
	a, b := h.bind("an@example.net/a"), h.bind("an@example.net/b")
	for _, c := range []struct {
		a, b string
		want Status
	}{
		{"", "", Available}, {"away", "xa", Away}, {"xa", "xa", ExtendedAway}, {"away", "", Available}, {"chat", "", Chat},
		{"dnd", "chat", DoNotDisturb}, {"xa", "dnd", DoNotDisturb}, {"sleepy", "away", Available},
	} {
		for s, show := range map[*session]string{a: c.a, b: c.b} {
			h.send(s, `<presence><show>`+show+`</show></presence>`)
		}
		if got := h.Status(who); got != c.want {
			t.Errorf("%q and %q: %s, want %s", c.a, c.b, got, c.want)
		}
	}
	h.end(a)
	if got := h.Status(who); got != Away {
		t.Errorf("after the first has gone: %s", got)
	}
	h.end(b)
	if got := h.Status(who); got != Offline {
		t.Errorf("after both have gone: %s", got)
	}
}

func TestEvents(t *testing.T) {
	h := newHouse(t, nil)
	var events []string
	for _, e := range []hook.Event{hook.Available, hook.Updated, hook.Unavailable} {
		h.Registry.Add("test", registered(func(r *hook.Registrar) {
			r.On(e, func(s hook.Session) {
				p := s.Presence()
				if p != nil && p.Priority < 0 {
					events = append(events, e.String()+" negative")
				} else {
					events = append(events, e.String())
				}
			})
		}))
	}
	s := h.bind("an@example.net/a")
	for _, p := range []string{
		`<presence><priority>-1</priority></presence>`, `<presence><priority>-2</priority></presence>`, `<presence/>`,
		`<presence><show>away</show></presence>`, `<presence type="unavailable"/>`, `<presence type="unavailable"/>`, `<presence/>`,
	} {
		h.send(s, p)
	}
	h.end(s)
	want := []string{"available negative", "updated negative", "available", "updated", "unavailable", "available", "unavailable"}
	if !slices.Equal(events, want) {
		t.Errorf("got  %q\nwant %q", events, want)
	}
}

// arriving is a session that notes whether it was paused when its presence was set.
type arriving struct {
	*session
	set []int64
}

func (s *arriving) SetPresence(p *hook.Presence) {
	s.set = append(s.set, s.pauses.Load())
	s.session.SetPresence(p)
}

// TestWhatWaitedGoesFirst: from the moment in which others see that a client wants messages, until those that follow the event
// have given it what waited, nothing overtakes that.
func TestWhatWaitedGoesFirst(t *testing.T) {
	h := newHouse(t, nil)
	var during []int64
	h.Registry.Add("test", registered(func(r *hook.Registrar) {
		r.On(hook.Available, func(s hook.Session) { during = append(during, s.(*arriving).pauses.Load()) })
	}))
	s := &arriving{session: &session{jid: parseJID(t, "an@example.net/a")}}
	s.in = router.NewInbound(s)
	h.Router.Bind(s)
	h.Registry.Fire(hook.Bound, s)
	for _, p := range []string{
		`<presence><priority>-1</priority></presence>`, `<presence/>`, `<presence><show>away</show></presence>`,
		`<presence type="unavailable"/>`, `<presence/>`,
	} {
		h.send(s.session, p)
		if n := s.pauses.Load(); n != 0 {
			t.Errorf("%s leaves the session paused (%d)", p, n)
		}
	}
	if want := []int64{0, 1, 0, 0, 1}; !slices.Equal(s.set, want) {
		t.Errorf("paused while presence is set: %v, want %v", s.set, want)
	}
	if want := []int64{0, 1, 1}; !slices.Equal(during, want) {
		t.Errorf("paused while what waited is given: %v, want %v", during, want)
	}
}

type registered func(*hook.Registrar)

func (f registered) Register(r *hook.Registrar) { f(r) }

// TestPresenceBehindTheEnd: what a client sent is handled after its session has ended.
func TestPresenceBehindTheEnd(t *testing.T) {
	h := newHouse(t, nil)
	h.colleagues(2)
	watcher := h.come("u0000@example.net/a")
	s := h.bind("u0001@example.net/b")
	h.end(s)
	h.send(s, `<presence/>`)
	h.send(s, `<presence type="unavailable"/>`)
	if got := watcher.take(); len(got) != 0 || s.Presence() != nil {
		t.Errorf("the watcher got %q", got)
	}
	h.send(s, `<presence to="u0000@example.net/a"/>`)
	if got := watcher.take(); len(got) == 0 || !strings.Contains(got[len(got)-1], `type="unavailable"`) {
		t.Errorf("directed: the watcher got %q", got)
	}
	if n := len(h.books); n != 1 {
		t.Errorf("%d lists are in memory, want 1", n)
	}
}

func TestLastSeenIsOfTheLastSession(t *testing.T) {
	h := newHouse(t, nil)
	who := parseJID(t, "an@example.net")
	a, b := h.come("an@example.net/a"), h.come("an@example.net/b")
	h.send(a, `<presence type="unavailable"><status>first</status></presence>`)
	if _, status, err := h.LastSeenOf(t.Context(), who); err == nil {
		t.Errorf("seen with %q while a session is there", status)
	}
	h.send(b, `<presence type="unavailable"><status>home</status></presence>`)
	h.end(b)
	h.end(a)
	if _, status, err := h.LastSeenOf(t.Context(), who); err != nil || status != "home" {
		t.Errorf("seen with %q, %v", status, err)
	}
	h.writeSeen()
	if status := h.store.seen[who]; status != "home" || len(h.sightings.m) != 0 {
		t.Errorf("written: seen with %q; %d still to write", status, len(h.sightings.m))
	}
	if len(h.books) != 0 {
		t.Errorf("%d lists stay in memory", len(h.books))
	}
}

func TestBlockedSeeNothing(t *testing.T) {
	blocked := xmpp.JID{}
	h := newHouse(t, func(o *Options) {
		o.Blocked = func(owner, contact xmpp.JID) bool { return contact == blocked && owner.Local() == "u0000" }
	})
	all := h.colleagues(3)
	a, b, c := h.come("u0000@example.net/a"), h.come("u0001@example.net/b"), h.come("u0002@example.net/c")
	for _, s := range []*session{a, b, c} {
		s.take()
	}
	h.GoOffline(all[0], all[1])
	blocked = all[1]
	if got := b.take(); len(got) != 1 || !strings.Contains(got[0], `type="unavailable"`) {
		t.Errorf("going offline: %q", got)
	}
	h.send(a, `<presence><show>away</show></presence>`)
	h.send(b, `<presence><show>xa</show></presence>`)
	if got := b.take(); len(got) != 1 || !strings.Contains(got[0], "xa") {
		t.Errorf("the blocked one got %q", got)
	}
	if got := a.take(); len(got) != 1 || !strings.Contains(got[0], "away") {
		t.Errorf("the blocking one got %q", got)
	}
	if got := c.take(); len(got) != 2 {
		t.Errorf("the third one got %q", got)
	}
	blocked = xmpp.JID{}
	h.ComeOnline(all[0], parseJID(t, "example.net")) // by domain: everyone
	if got := b.take(); len(got) != 1 || !strings.Contains(got[0], "away") {
		t.Errorf("coming online: %q", got)
	}
}

// TestRemoteWithoutFederation: contacts elsewhere do not keep presence from the others.
func TestRemoteWithoutFederation(t *testing.T) {
	h := newHouse(t, nil)
	owner := parseJID(t, "an@example.net")
	for _, j := range []string{"a@far.example", "b@example.net"} {
		if _, err := h.store.PutRosterItem(t.Context(), owner, storage.RosterItem{JID: parseJID(t, j), To: true, From: true}); err != nil {
			t.Fatal(err)
		}
	}
	b := h.come("b@example.net/x")
	s := h.bind("an@example.net/a")
	h.send(s, `<presence/>`)
	if got := b.take(); len(got) != 1 {
		t.Errorf("the contact here got %q", got)
	}
	// b's own list does not have an, so an sees nothing of b: no leak by a list that says otherwise.
	for _, x := range s.take() {
		if strings.Contains(x, "b@example.net") {
			t.Errorf("got %q", x)
		}
	}
}

// far takes what goes to other servers.
type far struct {
	mu  sync.Mutex
	got []string
}

func (f *far) Route(_ xmpp.JID, frame xmpp.Frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, string(frame.Append(nil, "")))
	return nil
}

// TestRemote: RFC 6121 § 4.2.2, § 4.3.1, § 3.1.2 and § 4.5.2 for contacts on other servers.
func TestRemote(t *testing.T) {
	f := &far{}
	h := newHouseWith(t, f, nil)
	owner := parseJID(t, "an@example.net")
	for j, i := range map[string]storage.RosterItem{
		"to@far.example": {To: true}, "from@far.example": {From: true}, "ask@far.example": {Ask: true}, "none@far.example": {},
	} {
		i.JID = parseJID(t, j)
		if err := h.Put(owner, i); err != nil {
			t.Fatal(err)
		}
	}
	s := h.bind("an@example.net/a")
	h.send(s, `<presence/>`)
	slices.Sort(f.got)
	want := []string{
		`<presence to="ask@far.example" from="an@example.net" type="subscribe"></presence>`,
		`<presence to="from@far.example" from="an@example.net/a"></presence>`,
		`<presence to="to@far.example" from="an@example.net/a" type="probe"></presence>`,
	}
	if !slices.Equal(f.got, want) {
		t.Errorf("got  %q\nwant %q", f.got, want)
	}
	f.got = nil
	st := probe(t, "from@far.example/x", "an@example.net")
	h.Router.Inject(st)
	h.Router.Inject(probe(t, "to@far.example", "an@example.net"))
	h.end(s)
	want = []string{
		`<presence to="from@far.example/x" from="an@example.net/a"></presence>`,
		`<presence to="to@far.example" from="an@example.net" type="unsubscribed"></presence>`,
		`<presence to="from@far.example" from="an@example.net/a" type="unavailable"></presence>`,
	}
	if !slices.Equal(f.got, want) {
		t.Errorf("got  %q\nwant %q", f.got, want)
	}
}

func probe(t *testing.T, from, to string) *xmpp.Stanza {
	st, err := wire.Parse(xmpp.NewPresence(parseJID(t, from), parseJID(t, to), xmpp.TypeProbe).Append(nil, ""))
	if err != nil {
		t.Fatal(err)
	}
	st.From, st.To = parseJID(t, from), parseJID(t, to)
	return st
}

// TestManyAtOnce: sessions that come, change and go at once leave nobody online.
func TestManyAtOnce(t *testing.T) {
	h := newHouse(t, nil)
	all := h.colleagues(8)
	watcher := h.come("u0000@example.net/watcher")
	var wg sync.WaitGroup
	for _, j := range all {
		wg.Go(func() {
			for range 20 {
				s := h.bind(j.String() + "/x")
				h.send(s, `<presence/>`)
				h.send(s, `<iq type="get" id="1"><query xmlns="jabber:iq:roster"/></iq>`)
				h.send(s, `<iq type="set" id="2"><query xmlns="jabber:iq:roster"><item jid="c@example.net" name="c"/></query></iq>`)
				h.send(s, `<presence><show>away</show></presence>`)
				h.end(s)
			}
		})
		wg.Go(func() { h.AccountChanged(j) })
	}
	wg.Wait()
	state := map[string]string{}
	for _, x := range watcher.take() {
		_, rest, _ := strings.Cut(x, `from="`)
		from, _, _ := strings.Cut(rest, `"`)
		state[from] = x
	}
	for from, x := range state {
		if !strings.Contains(x, `type="unavailable"`) && !strings.Contains(from, "watcher") {
			t.Errorf("%s is online still: %s", from, x)
		}
	}
	if len(state) != 8 || len(h.books) != 1 {
		t.Errorf("%d sessions seen, %d lists in memory", len(state), len(h.books))
	}
}

// TestBroadcastAllocations: the number of allocations does not grow with the number of those who see it.
func TestBroadcastAllocations(t *testing.T) {
	few, many := broadcast(t, 10), broadcast(t, 1000)
	a, b := testing.AllocsPerRun(20, few), testing.AllocsPerRun(20, many)
	if b > a+2 {
		t.Errorf("%.0f allocations for 10 sessions, %.0f for 1000", a, b)
	}
}

func BenchmarkBroadcast1000(b *testing.B) {
	send := broadcast(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		send()
	}
}

// broadcast returns a function that sends presence to the sessions of n colleagues.
func broadcast(t testing.TB, n int) func() {
	h := newHouse(t, func(o *Options) { o.Config.All().SharedLimit = 2000 })
	var sessions []*session
	for _, j := range h.colleagues(n + 1) {
		s := h.bind(j.String() + "/x")
		s.silent = true
		sessions = append(sessions, s)
		s.SetPresence(&hook.Presence{})
	}
	first := sessions[0]
	h.send(first, `<presence/>`)
	before := sessions[n].count.Load()
	h.send(first, `<presence/>`)
	if sessions[n].count.Load() != before+1 {
		t.Fatal("nobody got it")
	}
	return func() { h.send(first, `<presence><show>away</show><status>at lunch</status></presence>`) }
}

// TestPresenceIsBounded: nobody makes everybody who signs in read more than presence has to say.
func TestPresenceIsBounded(t *testing.T) {
	h := newHouse(t, nil)
	s := h.bind("an@example.net/a")
	h.send(s, `<presence><status>`+strings.Repeat("x", maxPresence)+`</status></presence>`)
	if s.Presence() != nil {
		t.Error("available by presence that is too long")
	}
	if got := strings.Join(s.take(), ""); !strings.Contains(got, "policy-violation") {
		t.Errorf("told: %s", got)
	}
	h.send(s, `<presence><status>`+strings.Repeat("x", maxPresence/2)+`</status></presence>`)
	if s.Presence() == nil {
		t.Error("not available by presence of a usual length")
	}
}
