package bookmarks

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// item is a bookmark of the group sales as clients see it.
func item(autojoin, name, rest string) string {
	if name != "" {
		name = ` name="` + name + `"`
	}
	return `<item id="sales@groups.example.net"><conference` + autojoin + name + `>` + rest + `</conference></item>`
}

const (
	yes  = ` autojoin="true"`
	no   = ` autojoin="false"`
	nick = `<nick>Romeo M.</nick>`
)

// Members find the group among their bookmarks, and hear of it at once (product: "Appears by itself").
func TestGroupAppears(t *testing.T) {
	w := newWorld(t)
	phone := w.join("phone")
	if got := phone.read(); strings.Contains(got, "sales") {
		t.Errorf("bookmark of a group that nobody is in: %s", got)
	}
	w.groups = []Group{sales}
	w.ok(w.bookmarks.Added(romeo, sales))
	phone.expect(item(yes, "Sales", nick))
	if got, want := phone.read(), item(yes, "Sales", nick); got != want {
		t.Errorf("bookmarks\n%s\nwant\n%s", got, want)
	}
}

// What users say of the bookmark is theirs; what they only repeat follows the group.
func TestGroupOverlay(t *testing.T) {
	w := newWorld(t, sales)
	phone := w.join("phone")
	extension := `<extensions><x xmlns="urn:example" y="1"/></extensions>`
	phone.publish(no+` name="Sales"`, nick+extension)
	phone.expect(item(no, "Sales", nick+extension))
	renamed := sales
	renamed.Name = "Sales Europe"
	w.groups = []Group{renamed}
	w.ok(w.bookmarks.Changed(romeo, renamed))
	phone.expect(item(no, "Sales Europe", nick+extension))

	phone.publish(yes+` name="The gang"`, extension)
	phone.expect(item(yes, "The gang", nick+extension))
	renamed.Name = "Sales Asia"
	w.groups = []Group{renamed}
	w.ok(w.bookmarks.Changed(romeo))
	phone.expect(item(yes, "The gang", nick+extension))
}

// Who takes the bookmark out hides the group and stays a member.
func TestGroupHidden(t *testing.T) {
	w := newWorld(t, sales)
	phone := w.join("phone")
	_, err := phone.ask(xmpp.TypeSet, `<pubsub xmlns="`+ns.PubSub+`"><retract node="`+ns.Bookmarks+
		`" notify="1"><item id="sales@groups.example.net"/></retract></pubsub>`)
	if err != nil {
		t.Fatal(err)
	}
	phone.expect(item(no, "Sales", nick))
	if got := w.join("desk").read(); got != item(no, "Sales", nick) {
		t.Errorf("after hiding: %s", got)
	}
}

// A client that does not hear of the old list, and writes the one that it has read before a group came, does not hide the group by that;
// one that has read of it, in this session or as it signed in, does.
func TestGroupCameMeanwhile(t *testing.T) {
	w := newWorld(t)
	old := w.join("old")
	w.groups = []Group{sales}
	w.ok(w.bookmarks.Added(romeo, sales))
	write := func(s *session) {
		t.Helper()
		if _, err := s.ask(xmpp.TypeSet, `<pubsub xmlns="`+ns.PubSub+`"><publish node="`+ns.StorageBookmark+`"><item id="current">`+
			`<storage xmlns="`+ns.StorageBookmark+`"><conference jid="tea@groups.example.net" autojoin="true"/></storage></item></publish></pubsub>`); err != nil {
			t.Fatal(err)
		}
	}
	write(old)
	if got := w.join("desk").read(); !strings.Contains(got, item(yes, "Sales", nick)) {
		t.Errorf("who did not know of the group hid it: %s", got)
	}
	write(w.join("new"))
	if got := w.join("web").read(); !strings.Contains(got, item(no, "Sales", nick)) {
		t.Errorf("who knew of the group did not hide it: %s", got)
	}
}

// The end of a membership: not to be joined, then gone, and nothing of it is left for another time.
func TestGroupRemoved(t *testing.T) {
	w := newWorld(t, sales)
	phone := w.join("phone")
	phone.publish(no, "")
	phone.expect(item(no, "Sales", nick))
	w.groups = nil
	w.ok(w.bookmarks.Removed(romeo, sales))
	phone.expect(item(no, "Sales", nick), `<retract id="sales@groups.example.net"/>`)
	w.ok(w.bookmarks.Removed(romeo, sales)) // again, as after a crash of the caller
	phone.expect(item(no, "Sales", nick), `<retract id="sales@groups.example.net"/>`)
	w.groups = []Group{sales}
	w.ok(w.bookmarks.Added(romeo, sales))
	phone.expect(item(yes, "Sales", nick))
}

// A mandatory group that was hidden comes back at the next session, once, and not in the session that hid it.
func TestGroupMandatory(t *testing.T) {
	must := sales
	must.Mandatory = true
	w := newWorld(t, must)
	phone := w.join("phone")
	phone.publish(no, "")
	phone.expect(item(no, "Sales", nick))
	desk := w.join("desk")
	phone.expect(item(yes, "Sales", nick))
	desk.publish(no, "")
	phone.expect(item(no, "Sales", nick))
	desk.expect(item(no, "Sales", nick))
	if got := desk.read(); got != item(no, "Sales", nick) {
		t.Errorf("fought a client: %s", got)
	}
}

// A client of before writes the list as it knows it: a group that came since then is not hidden by that.
func TestGroupUnknownToOldClient(t *testing.T) {
	w := newWorld(t)
	old := w.join("old")
	list := xmpp.El(ns.StorageBookmark, "storage")
	if _, err := w.bookmarks.Storage(t.Context(), old, romeo); err != nil {
		t.Fatal(err)
	}
	w.groups = []Group{sales}
	if err := w.bookmarks.SetStorage(t.Context(), old, romeo, list); err != nil {
		t.Fatal(err)
	}
	if got := old.read(); got != item(yes, "Sales", nick) {
		t.Errorf("hidden by a client that did not know it: %s", got)
	}
	got, err := w.bookmarks.Storage(t.Context(), old, romeo)
	if err != nil || !strings.Contains(got.String(), `jid="sales@groups.example.net"`) {
		t.Errorf("private storage %v, %v", got, err)
	}
	if err := w.bookmarks.SetStorage(t.Context(), old, romeo, list); err != nil { // now it knows it
		t.Fatal(err)
	}
	if got := old.read(); got != item(no, "Sales", nick) {
		t.Errorf("not hidden: %s", got)
	}
}

// A client of before writes names and choices as it has read them: what has changed since then stays.
func TestGroupChangedSinceOldClientRead(t *testing.T) {
	w := newWorld(t, sales)
	old, phone := w.join("old"), w.join("phone")
	list, err := w.bookmarks.Storage(t.Context(), old, romeo)
	if err != nil {
		t.Fatal(err)
	}
	list = parsed(t, list)
	renamed := sales
	renamed.Name = "Sales Europe"
	w.groups = []Group{renamed}
	phone.publish(no, "")
	list.Add(xmpp.El(ns.StorageBookmark, "conference").Set("jid", "orchard@rooms.example.org"))
	if err := w.bookmarks.SetStorage(t.Context(), old, romeo, list); err != nil {
		t.Fatal(err)
	}
	want := item(no, "Sales Europe", nick) + `<item id="orchard@rooms.example.org"><conference autojoin="false"/></item>`
	if got := phone.read(); got != want {
		t.Errorf("bookmarks\n%s\nwant\n%s", got, want)
	}
	list = parsed(t, list)
	for c := range list.Elements() { // it has heard of nothing, and changes one thing
		if c.Attr("jid") == sales.Room.String() {
			c.Set("name", "The gang")
		}
	}
	if err := w.bookmarks.SetStorage(t.Context(), old, romeo, list); err != nil {
		t.Fatal(err)
	}
	want = item(no, "The gang", nick) + `<item id="orchard@rooms.example.org"><conference autojoin="false"/></item>`
	if got := phone.read(); got != want {
		t.Errorf("bookmarks\n%s\nwant\n%s", got, want)
	}
}

func parsed(t *testing.T, e *xmpp.Element) *xmpp.Element {
	e, err := xmpp.ParseElement([]byte(e.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A name that a client makes of the room's address is not the user's (XEP-0402 § 2).
func TestGroupNameOfAddress(t *testing.T) {
	w := newWorld(t, sales)
	phone := w.join("phone")
	for _, name := range []string{"sales", "sales@groups.example.net"} {
		phone.publish(yes+` name="`+name+`"`, "")
		phone.expect(item(yes, "Sales", nick))
	}
}

// Where members may leave, who does not want to join the group any more has left it; elsewhere it is only hidden.
func TestGroupLeft(t *testing.T) {
	for _, may := range []bool{false, true} {
		g := sales
		g.MayLeave = may
		w := newWorld(t, g)
		phone := w.join("phone")
		phone.publish(yes+` name="The gang"`, "")
		phone.publish(no, "")
		if _, err := phone.ask(xmpp.TypeSet, `<pubsub xmlns="`+ns.PubSub+`"><retract node="`+ns.Bookmarks+
			`" notify="1"><item id="sales@groups.example.net"/></retract></pubsub>`); err != nil {
			t.Fatal(err)
		}
		old := w.join("old")
		if _, err := w.bookmarks.Storage(t.Context(), old, romeo); err != nil {
			t.Fatal(err)
		}
		phone.publish(yes, "")
		if err := w.bookmarks.SetStorage(t.Context(), old, romeo, xmpp.El(ns.StorageBookmark, "storage")); err != nil {
			t.Fatal(err)
		}
		want := []string{}
		if may {
			one := "romeo@example.net sales@groups.example.net"
			want = []string{one, one, one} // by autojoin, by retraction, by the list of before
		}
		if !slices.Equal(w.left, want) {
			t.Errorf("may leave %v: left %q", may, w.left)
		}
	}
}

// Where storage fails, the caller learns it, and tries again.
func TestGroupNotTold(t *testing.T) {
	w := newWorld(t, sales)
	phone := w.join("phone")
	w.broken.Store(true)
	for name, err := range map[string]error{"added": w.bookmarks.Added(romeo, sales), "removed": w.bookmarks.Removed(romeo, sales)} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.broken.Store(false)
	w.ok(w.bookmarks.Added(romeo, sales))
	phone.expect(item(yes, "Sales", nick))
}
