package muc

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// sinceMAM tells from when on an archive may be read.
type sinceMAM struct{}

func (sinceMAM) Query(_ context.Context, _ *hook.Request, _ xmpp.JID, since time.Time, _ func([]byte) []byte) (*xmpp.Element, error) {
	return xmpp.El(ns.MAM, "fin").Set("since", since.UTC().Format(time.RFC3339)), nil
}

// TestNewcomers: what of the past somebody sees on entering and in the archive.
func TestNewcomers(t *testing.T) {
	now := time.Now()
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	for _, c := range []struct {
		newcomers string
		retention int
		since     time.Time
		want      time.Time // from when on; zero: all
	}{
		{NewcomersAll, 0, ago(1), time.Time{}},
		{NewcomersDays, 0, ago(1), ago(31)},
		{NewcomersNone, 0, ago(1), ago(1)},
		{NewcomersNone, 0, time.Time{}, now}, // comes with this
		{NewcomersAll, 7, ago(1), ago(7)},
		{NewcomersDays, 7, ago(1), ago(7)},
		{NewcomersNone, 7, ago(1), ago(1)},
		{NewcomersNone, 7, ago(9), ago(7)},
	} {
		t.Run(fmt.Sprint(c.newcomers, c.retention, c.want), func(t *testing.T) {
			w := newWorld(t, func(o *Options) { o.MAM, o.Now = sinceMAM{}, func() time.Time { return now } })
			p := w.person("a", "A", Member)
			p.Since = c.since
			w.group(Spec{Name: "Team", Newcomers: c.newcomers, Retention: c.retention}, p)
			a := w.client("a@example.net/x")
			a.send(`<iq type="set" id="q" %s><query xmlns="%s"/></iq>`, inTeam, ns.MAM)
			a.until(`id="q"`, `since="`+c.want.UTC().Format(time.RFC3339)+`"`)
		})
	}
}

// TestNewcomerEnters: a newcomer enters without the past; who is a member longer has it.
func TestNewcomerEnters(t *testing.T) {
	now := time.Now().Add(-time.Hour)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	sp := Spec{Name: "Team", Newcomers: NewcomersNone}
	a, b := w.person("a", "A", Member), w.person("b", "B", Member)
	room := w.group(sp, a)
	first := w.client("a@example.net/x")
	first.join(room.String(), "A")
	first.speak(`<body>before</body>`)
	first.until("<body>before</body>")
	now = time.Now().Add(time.Hour)
	w.group(sp, a, b)
	now = now.Add(time.Hour)
	w.group(sp, a, b) // again: they are members since then
	past := func(full string) string {
		c := w.client(full)
		c.join(room.String(), "x")
		var all strings.Builder
		for s := c.next(); !strings.Contains(s, "<subject"); s = c.next() {
			all.WriteString(s)
		}
		return all.String()
	}
	lacks(t, past("b@example.net/x"), "before")
	if !strings.Contains(past("a@example.net/y"), "before") {
		t.Error("who was there does not see it any more")
	}
}

// TestFilesOff: XEP-0066 § 3, XEP-0385 § 3, XEP-0447 § 3, XEP-0234 § 6: nothing that brings a file passes.
func TestFilesOff(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team", FilesOff: true}, w.person("a", "A", Admin), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	files := []string{
		`<body>https://x</body><x xmlns="jabber:x:oob"><url>https://x</url></x>`,
		`<file-sharing xmlns="urn:xmpp:sfs:0"><sources/></file-sharing>`,
		`<p:sources xmlns:p="urn:xmpp:sfs:0"/>`,
		`<body>look</body><reference xmlns="urn:xmpp:reference:0" type="data"><media-sharing xmlns="urn:xmpp:sims:1"/></reference>`,
		`<body> aesgcm://x#00</body>`,
	}
	for _, f := range files {
		a.speak(f)
		a.until(`type="error"`, "forbidden", filesOffText)
		b.send(`<message to="%s/A" type="chat">%s</message>`, room, f)
		b.until(`type="error"`, "forbidden", filesOffText)
	}
	for _, f := range []string{
		`<jingle xmlns="urn:xmpp:jingle:1"><content><description xmlns="urn:xmpp:jingle:apps:file-transfer:5"/></content></jingle>`,
		`<open xmlns="http://jabber.org/protocol/ibb"/>`, `<si xmlns="http://jabber.org/protocol/si"/>`,
	} {
		b.send(`<iq type="set" id="f" to="%s/A">%s</iq>`, room, f)
		b.until(`id="f"`, `type="error"`, filesOffText)
	}
	b.speak(`<body>https://example.com is text</body><reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:a@example.net"/>`)
	a.until("<body>https://example.com is text</body>")
	says := func() bool { // the room, to who wants to know before
		b.send(`<iq type="get" id="d" %s><query xmlns="%s"/></iq>`, inTeam, ns.DiscoInfo)
		return strings.Contains(b.until(`id="d"`, `type="result"`), `<field var="{urn:myna:group:0}files" type="boolean" label="Files may be sent"><value>0</value></field>`)
	}
	if !says() {
		t.Error("the room does not say that files are off")
	}
	sp := Spec{JID: room, Group: w.jid("team@example.net"), Name: "Team"}
	if err := w.service.EnsureRoom(context.Background(), sp); err != nil {
		t.Fatal(err)
	}
	if says() {
		t.Error("the room still says that files are off")
	}
	a.speak(files[0])
	b.until("jabber:x:oob")
}

// TestCallAll: XEP-0513 § 3.2 and § 3.6, XEP-0372 § 3.2: who may mention everybody.
func TestCallAll(t *testing.T) {
	const channel = `<body>Hey all!</body><mention xmlns="urn:xmpp:mentions:0" mentions="urn:xmpp:mentions:0#channel"/>`
	const reference = `<body>Hey all!</body><reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:team@groups.example.net?join"/>`
	for _, c := range []struct {
		callAll      string
		lead, member bool
	}{{CallAllMembers, true, true}, {CallAllLeads, true, false}, {CallAllNobody, false, false}} {
		t.Run("by "+c.callAll, func(t *testing.T) {
			w := newWorld(t, nil)
			room := w.group(Spec{Name: "Team", CallAll: c.callAll}, w.person("a", "A", Admin), w.person("b", "B", Member))
			a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
			a.join(room.String(), "A")
			b.join(room.String(), "B")
			for who, may := range map[*client]bool{a: c.lead, b: c.member} {
				for _, m := range []string{channel, reference} {
					who.speak(m)
					if may {
						who.until("Hey all!", "occupant-id")
					} else {
						who.until(`type="error"`, "forbidden", "may mention everybody")
					}
				}
				who.speak(`<body>A</body><mention xmlns="urn:xmpp:mentions:0" occupantid="x"/><reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:a@example.net"/>`)
				who.until("<body>A</body>", "occupant-id")
				who.speak(strings.Replace(channel, "/>", `><noping xmlns="urn:xmpp:mentions:0"/></mention>`, 1))
				who.until("noping", "occupant-id")
			}
			want := map[string]string{CallAllMembers: "participants"}[c.callAll]
			if want == "" {
				want = c.callAll
			}
			b.send(`<iq type="get" id="m" %s><query xmlns="urn:xmpp:mentions:0"/></iq>`, inTeam)
			b.until(`id="m"`, `type="result"`, `var="mentions#channel" type="list-single" label="Who may mention everybody"><value>`+want+`</value>`)
			a.send(`<iq type="set" id="m" %s><query xmlns="urn:xmpp:mentions:0"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, inTeam)
			a.until(`id="m"`, `type="error"`, managedText)
		})
	}
}

// leavers notes who leaves.
type leavers chan string

func (l leavers) Leave(_ context.Context, account, room xmpp.JID) error {
	l <- account.String() + " " + room.String()
	return nil
}

func (l leavers) Claimed(_ context.Context, room xmpp.JID) (bool, error) {
	return room.Local() == "former", nil
}

// TestMayLeave: XEP-0077 § 3.2: a member ends the membership where the group lets members do that, and can do nothing else.
func TestMayLeave(t *testing.T) {
	w, left := newWorld(t, nil), make(leavers, 1)
	w.service.Follow(left)
	room := w.group(Spec{Name: "Team", MayLeave: true}, w.person("a", "A", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.send(`<iq type="get" id="q" %s><query xmlns="jabber:iq:register"/></iq>`, inTeam)
	a.until(`id="q"`, `type="result"`, "<registered/><username>A</username>")
	a.send(`<iq type="set" id="q" %s><query xmlns="jabber:iq:register"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, inTeam)
	a.until(`id="q"`, `type="error"`, managedText)
	for _, c := range []*client{a, b} {
		c.send(`<iq type="set" id="q" %s><query xmlns="jabber:iq:register"><remove/></query></iq>`, inTeam)
	}
	b.until(`id="q"`, `type="error"`, "not-allowed")
	a.until(`id="q"`, `type="result"`)
	if got := <-left; got != "a@example.net "+room.String() {
		t.Errorf("left: %s", got)
	}
	if err := w.service.EnsureRoom(context.Background(), Spec{JID: room, Group: w.jid("team@example.net"), Name: "Team"}); err != nil {
		t.Fatal(err)
	}
	a.send(`<iq type="set" id="q" %s><query xmlns="jabber:iq:register"><remove/></query></iq>`, inTeam)
	a.until(`id="q"`, `type="error"`, managedText)
}

// TestRetentionIsKept: others read from a stored room how long its messages stay.
func TestRetentionIsKept(t *testing.T) {
	w := newWorld(t, nil)
	for _, days := range []int{0, 90} {
		room := w.group(Spec{Name: fmt.Sprint("Team ", days), Retention: days}, w.person("a", "A", Member))
		rec, err := w.store.Rooms().Room(t.Context(), room)
		if err != nil || Retention(&rec) != days {
			t.Errorf("a room keeps messages for %d days, want %d; %v", Retention(&rec), days, err)
		}
	}
}

// TestRestoredPicture: XEP-0486 § 3.3: a room that comes back has its picture, until it is wiped.
func TestRestoredPicture(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin))
	a := w.client("a@example.net/x")
	a.send(`<iq type="set" id="v" %s><vCard xmlns="vcard-temp"><PHOTO><TYPE>image/png</TYPE><BINVAL>iVBORw0KGgp4</BINVAL></PHOTO></vCard></iq>`, inTeam)
	a.until(`id="v"`, `type="result"`)
	look := func() (hash bool, picture bool) {
		a.send(`<iq type="get" id="i" %s><query xmlns="%s"/></iq>`, inTeam, ns.DiscoInfo)
		hash = strings.Contains(a.until(`id="i"`, "muc#roominfo"), "muc#roominfo_avatarhash")
		a.send(`<iq type="get" id="g" %s><vCard xmlns="vcard-temp"/></iq>`, inTeam)
		return hash, strings.Contains(a.until(`id="g"`), "iVBORw0KGgp4")
	}
	rec, err := w.store.Rooms().Room(ctx, room)
	if err != nil {
		t.Fatal(err)
	}
	for _, wiped := range []bool{false, true} {
		if err := w.service.DestroyRoom(ctx, room, "", xmpp.JID{}); err != nil {
			t.Fatal(err)
		}
		former := &rec
		if wiped {
			if err := w.service.Wipe(ctx, room); err != nil {
				t.Fatal(err)
			}
			former = nil
		}
		w.group(Spec{Name: "Team", Former: former}, w.person("a", "A", Admin))
		if hash, picture := look(); hash == wiped || picture == wiped {
			t.Errorf("wiped %v: hash %v, picture %v", wiped, hash, picture)
		}
	}
}

// What is older than the host keeps messages, a room does not tell from memory, either; a room that says how long it keeps them, does
// that.
func TestFloorOfTheHost(t *testing.T) {
	now := time.Unix(100_000_000, 0)
	w := newWorld(t, func(o *Options) { o.Now, o.Retention = func() time.Time { return now }, func(string) int { return 30 } })
	room := w.group(Spec{}, w.person("a", "A", Member))
	a := w.client("a@example.net/1")
	a.join(room.String(), "A")
	a.until("<subject")
	r := w.service.loaded(room)
	for _, own := range []int{0, 400, 7} {
		days := own
		if days == 0 {
			days = 30
		}
		r.do(func() {
			r.conf.Retention = own
			if got := r.floor(a.jid.Bare()); !got.Equal(now.AddDate(0, 0, -days)) {
				t.Errorf("%d days: %s", own, got)
			}
		})
	}
}
