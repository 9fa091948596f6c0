package roster

import (
	"strconv"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

func TestVersions(t *testing.T) {
	for _, s := range []string{"", "1", "-", "1-", "-1", "x-1", "1-!", "-5-1", "1-zzzzzzzzzzzzzzzzzzzz"} {
		if _, _, ok := parseVer(s); ok {
			t.Errorf("%q is taken for a version", s)
		}
	}
	if own, shared, ok := parseVer(makeVer(1795750947344049, 1<<63+7)); !ok || own != 1795750947344049 || shared != 1<<63+7 {
		t.Errorf("got %d, %d, %v", own, shared, ok)
	}
}

// TestView: the disabled and those without chat are not in it, names and groups have defaults, and one too many empties it.
func TestView(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Config.All().SharedLimit = 3 })
	add := func(local string, a storage.Account) {
		a.JID = parseJID(t, local+"@example.net")
		h.store.add(a)
	}
	add("an", storage.Account{Name: "An", Department: "Sales"})
	add("binh", storage.Account{})
	add("cuong", storage.Account{Disabled: true})
	add("dung", storage.Account{ChatOff: true})
	v := h.compute("example.net")
	if len(v.members) != 2 || v.members[0] != (member{parseJID(t, "an@example.net"), "An", "Sales", false}) ||
		v.members[1] != (member{parseJID(t, "binh@example.net"), "binh", "example.net", false}) {
		t.Errorf("got %+v", v.members)
	}
	add("em", storage.Account{})
	three := h.compute("example.net")
	if len(three.members) != 3 || three.hash == v.hash {
		t.Errorf("got %+v", three.members)
	}
	add("phuong", storage.Account{})
	if four := h.compute("example.net"); len(four.members) != 0 || four.hash == 0 {
		t.Errorf("got %+v", four.members)
	}
	h.Options.Config.All().Shared = false
	if off := h.compute("example.net"); len(off.members) != 0 {
		t.Errorf("got %+v", off.members)
	}
	h.Options.Config.All().Shared, h.Options.Config.All().SharedGroup, h.Options.Config.All().SharedLimit = true, ByDomain, 4
	if all := h.compute("example.net"); all.members[0].group != "example.net" {
		t.Errorf("got %+v", all.members)
	}
}

// TestOfflineOwner: the questions of other modules are answered for those who are not online, too.
func TestOfflineOwner(t *testing.T) {
	h := newHouse(t, nil)
	all := h.colleagues(2)
	far := parseJID(t, "far@else.example")
	if _, err := h.store.PutRosterItem(t.Context(), all[0], storage.RosterItem{JID: far, From: true, Groups: []string{"Far"}}); err != nil {
		t.Fatal(err)
	}
	for _, online := range []bool{false, true} {
		if online {
			h.come(all[0].String() + "/x")
		}
		if to, from := h.Subscribed(all[0], all[1]); !to || !from {
			t.Errorf("online %v: colleagues: %v, %v", online, to, from)
		}
		if to, from := h.Subscribed(all[0], far); to || !from {
			t.Errorf("online %v: contact: %v, %v", online, to, from)
		}
		if !h.OnRoster(all[0], far) || h.OnRoster(all[1], far) || !h.SharesPresence(all[0], far) || h.SharesPresence(all[1], far) {
			t.Errorf("online %v: who sees whom is wrong", online)
		}
		if g := h.Groups(all[0], far); len(g) != 1 || g[0] != "Far" {
			t.Errorf("online %v: groups %q", online, g)
		}
	}
	contacts, err := h.Contacts(all[0])
	if err != nil || len(contacts) != 2 || contacts[0].JID != far || !contacts[1].Shared {
		t.Errorf("got %+v, %v", contacts, err)
	}
}

// TestLimits: the list and the requests that wait are bounded.
func TestLimits(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Config.All().Items, o.Config.All().Requests, o.Config.All().Shared = 1, 1, false })
	s := h.come("an@example.net/a")
	for _, j := range []string{"one", "two"} {
		h.send(s, `<iq type="set" id="`+j+`"><query xmlns="jabber:iq:roster"><item jid="`+j+`@example.net"/></query></iq>`)
	}
	if got := s.take(); len(got) != 2 || !strings.Contains(got[0], `type="result"`) || !strings.Contains(got[1], "resource-constraint") {
		t.Errorf("got %q", got)
	}
	h.send(s, `<presence to="two@example.net" type="subscribe"/>`)
	if got := s.take(); len(got) != 1 || !strings.Contains(got[0], "resource-constraint") {
		t.Errorf("got %q", got)
	}
	for _, j := range []string{"x", "y"} {
		stranger := h.come(j + "@example.net/a")
		h.send(stranger, `<presence to="an@example.net" type="subscribe"/>`)
	}
	if got := s.take(); len(got) != 1 || !strings.Contains(got[0], "x@example.net") {
		t.Errorf("got %q", got)
	}
}

// TestLongRequest: a request that is too long to be kept loses what it carries.
func TestLongRequest(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Config.All().Shared = false })
	s := h.come("an@example.net/a")
	h.send(s, `<presence to="b@example.net" type="subscribe"><status>`+strings.Repeat("x", maxRequest)+`</status></presence>`)
	item, err := h.store.RosterItem(t.Context(), parseJID(t, "b@example.net"), parseJID(t, "an@example.net"))
	if err != nil || len(item.PendingIn) > 200 {
		t.Fatalf("kept %d bytes, %v", len(item.PendingIn), err)
	}
	b := h.bind("b@example.net/b")
	h.send(b, `<presence/>`)
	if got := b.take(); len(got) != 2 || !strings.Contains(got[1], `type="subscribe"`) {
		t.Errorf("got %q", got)
	}
}

// TestNoGroup: a contact without name and groups stays in sight while its request waits, and afterwards.
func TestNoGroup(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Config.All().Shared = false })
	an, b := parseJID(t, "an@example.net"), parseJID(t, "b@example.net")
	s, other := h.come("an@example.net/a"), h.come("b@example.net/b")
	h.send(s, `<iq type="set" id="1"><query xmlns="jabber:iq:roster"><item jid="b@example.net"/></query></iq>`)
	for _, typ := range []string{xmpp.TypeSubscribe, xmpp.TypeUnsubscribe} {
		h.send(other, `<presence to="an@example.net" type="`+typ+`"/>`)
		e, ok := h.known(an).entry(b)
		if !ok || len(e.groups) != 0 || e.subscription != "none" {
			t.Errorf("after %s: %+v, %v", typ, e, ok)
		}
	}
	if h.OnRoster(b, parseJID(t, "c@example.net")) {
		t.Error("a stranger is on the roster")
	}
}

// TestPut: what another module writes is pushed.
func TestPut(t *testing.T) {
	h := newHouse(t, func(o *Options) { o.Config.All().Shared = false })
	s := h.bind("an@example.net/a")
	h.send(s, `<iq type="get" id="1"><query xmlns="jabber:iq:roster"/></iq>`)
	s.take()
	item := storage.RosterItem{JID: parseJID(t, "b@example.net/x"), Name: "B", To: true, From: true}
	for range 2 { // the same again is no change
		if err := h.Put(parseJID(t, "an@example.net"), item); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.take(); len(got) != 1 || !strings.Contains(got[0], `jid="b@example.net" name="B" subscription="both"`) {
		t.Errorf("got %q", got)
	}
}

func TestConfig(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c = Config{SharedLimit: -1, SharedGroup: "team", Items: 0, Requests: -1, Directed: 100_001}
	err := c.Validate()
	for _, key := range []string{"shared_limit", "shared_group", "items", "requests", "list_bytes", "groups", "directed_presence"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("nothing about %s: %v", key, err)
		}
	}
}

// TestListIsBounded: nobody writes a list that is too long to be sent, but makes it shorter at any time.
func TestListIsBounded(t *testing.T) {
	h := newHouse(t, nil)
	owner := parseJID(t, "an@example.net")
	set := func(n, size int) error {
		return h.update(owner, parseJID(t, "c"+strconv.Itoa(n)+"@example.org"), func(e *edit) error {
			return h.wish(e, wish{jid: e.item.JID, name: strings.Repeat("x", maxName), groups: []string{strings.Repeat("g", size)}})
		})
	}
	full := -1
	for n := 0; n < DefaultConfig().ListBytes/1000; n++ {
		if err := set(n, maxName); err != nil {
			full = n
			break
		}
	}
	if full < DefaultConfig().ListBytes/3000 {
		t.Fatalf("the list was full with contact %d", full)
	}
	if err := set(0, 10); err != nil {
		t.Errorf("a shorter group: %v", err)
	}
}
