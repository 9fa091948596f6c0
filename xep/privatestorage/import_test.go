package privatestorage

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// shelf takes bookmarks of all rooms but one.
type shelf struct{ got []string }

func (*shelf) Storage(context.Context, hook.Session, xmpp.JID) (*xmpp.Element, error) {
	return nil, nil
}
func (*shelf) SetStorage(context.Context, hook.Session, xmpp.JID, *xmpp.Element) error { return nil }
func (x *shelf) Add(_ context.Context, _ xmpp.JID, list []*xmpp.Element, _ bool, tell func(bool, error)) error {
	for _, c := range list {
		if c.Attr("jid") == "full@x" {
			tell(false, xmpp.Refuse(stanza.ResourceConstraint, "Full."))
			continue
		}
		x.got = append(x.got, c.Attr("jid"))
		tell(true, nil)
	}
	return nil
}

// papers are documents without any in them.
type papers struct{ storage.Docs }

func (papers) ListDocs(context.Context, xmpp.JID, string) (map[string][]byte, error) { return nil, nil }

// Bookmarks of all forms come together, and one that cannot be kept is told of as such; those that a node has in the form of today
// are not taken from the old list, too.
func TestImport(t *testing.T) {
	var told []string
	x := &shelf{}
	in := New(config.NewOptions(DefaultConfig()), papers{}, x).Import(xmpp.JID{}, false, func(kind string, v pie.Verdict, why string) {
		told = append(told, fmt.Sprint(kind, " ", v, " ", why))
	})
	for _, c := range []struct {
		xml   string
		taken bool
	}{
		{`<query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks"><conference jid="full@x"/><conference jid="now@x"/></storage></query>`, true},
		{`<pubsub xmlns="` + ns.PubSub + `"><items node="` + ns.Bookmarks + `"><item id="now@x"/></items></pubsub>`, false},
		{`<pubsub xmlns="` + ns.PubSub + `"><items node="` + ns.StorageBookmark + `"><item id="current"><storage xmlns="storage:bookmarks"><conference jid="pep@x"/></storage></item></items></pubsub>`, true},
	} {
		e, err := xmpp.ParseElement([]byte(c.xml), "")
		if err != nil {
			t.Fatal(err)
		}
		if taken, err := in.Take(t.Context(), e); taken != c.taken || err != nil {
			t.Errorf("%s: %t, %v", c.xml, taken, err)
		}
	}
	if err := in.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{fmt.Sprint("bookmarks ", pie.Kept, " "), fmt.Sprint("bookmarks ", pie.Refused, " Full."), fmt.Sprint("bookmarks ", pie.Added, " ")}
	if !slices.Equal(told, want) || !slices.Equal(x.got, []string{"pep@x"}) {
		t.Errorf("told %q, want %q; kept %q", told, want, x.got)
	}
}
