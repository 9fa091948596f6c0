package roster

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

// gateway is a server elsewhere that manages contacts of everybody here.
type gateway struct {
	mu   sync.Mutex
	got  []string
	told []string
}

func (g *gateway) Route(from xmpp.JID, f xmpp.Frame) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.got = append(g.got, string(f.Append(nil, "")))
	return nil
}

func (g *gateway) Manages(_ context.Context, q *hook.Request) (bool, error) {
	return q.From.String() == "icq.example.org", nil
}

func (g *gateway) Changed(_, contact, by xmpp.JID, item *xmpp.Element) {
	g.told = append(g.told, contact.String()+" by "+by.String()+" "+item.Attr("subscription"))
}

func (g *gateway) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	got := g.got
	g.got = nil
	return got
}

// An entity elsewhere speaks for its contacts: what it says of their subscriptions counts, and they see the user or see them no
// more (XEP-0321 § 4.4). The others' are not its own.
func TestManaged(t *testing.T) {
	g := &gateway{}
	h := newHouseWith(t, g, func(o *Options) { o.Managers = g })
	lan := parseJID(t, "lan@example.net")
	h.store.add(storage.Account{JID: lan})
	h.come("lan@example.net/phone")
	ask := func(from, typ, query string) string {
		g.take()
		st, err := wire.Parse([]byte(`<iq id="1" type="` + typ + `" to="lan@example.net"><query xmlns="jabber:iq:roster">` + query + `</query></iq>`))
		if err != nil {
			t.Fatal(err)
		}
		st.From, st.To = parseJID(t, from), lan
		h.Router.Inject(st)
		return strings.Join(g.take(), "\n")
	}
	const entity = "icq.example.org"
	for _, tt := range []struct{ query, item, shows string }{
		{`<item jid="1@icq.example.org" name="One" subscription="both"><group>G</group></item>`, "true true One", `<presence to="1@icq.example.org" from="lan@example.net/phone"`},
		{`<item jid="1@icq.example.org" name="1"/>`, "true true 1", ""},
		{`<item jid="1@icq.example.org" subscription="to"/>`, "true false ", `type="unavailable"`},
		{`<item jid="1@icq.example.org" subscription="from"/>`, "false true ", `<presence to="1@icq.example.org" from="lan@example.net/phone"`},
		{`<item jid="1@icq.example.org" subscription="none"/>`, "false false ", `type="unavailable"`},
	} {
		got := ask(entity, xmpp.TypeSet, tt.query)
		i, err := h.store.RosterItem(t.Context(), lan, parseJID(t, "1@icq.example.org"))
		if err != nil {
			t.Fatal(err)
		}
		is := "false"
		if i.To {
			is = "true"
		}
		from := " false "
		if i.From {
			from = " true "
		}
		if is+from+i.Name != tt.item || !strings.Contains(got, `type="result"`) || !strings.Contains(got, tt.shows) || tt.shows == "" && strings.Contains(got, "<presence") {
			t.Errorf("%s: %+v, sent %s", tt.query, i, got)
		}
	}
	for query, want := range map[string]string{
		`<item jid="1@else.example.org"/>`:                                         "<forbidden",
		`<item jid="lan@example.net"/>`:                                            "<forbidden",
		`<item jid="2@icq.example.org" subscription="maybe"/>`:                     "<bad-request",
		`<item jid="2@icq.example.org"/><item jid="3@else.example.org"/>`:          "<bad-request",
		`<item jid="2@icq.example.org" subscription="remove"/>`:                    "<item-not-found",
		`<item jid="2@icq.example.org" name="` + strings.Repeat("n", 2000) + `"/>`: "<not-acceptable",
	} {
		if got := ask(entity, xmpp.TypeSet, query); !strings.Contains(got, want) {
			t.Errorf("%.80s: %s", query, got)
		}
	}
	if got := ask("else.example.org", xmpp.TypeSet, `<item jid="1@else.example.org"/>`); !strings.Contains(got, "<forbidden") {
		t.Errorf("somebody else: %s", got)
	}
	if got := ask(entity, xmpp.TypeGet, ""); !strings.Contains(got, `<item jid="1@icq.example.org" subscription="none"/></query>`) {
		t.Errorf("the list: %s", got)
	}
	if got := ask(entity, xmpp.TypeSet, `<item jid="1@icq.example.org" subscription="remove"/>`); !strings.Contains(got, `type="result"`) {
		t.Errorf("removed: %s", got)
	}
	want := []string{"1@icq.example.org by icq.example.org both", "1@icq.example.org by icq.example.org both", "1@icq.example.org by icq.example.org to",
		"1@icq.example.org by icq.example.org from", "1@icq.example.org by icq.example.org none", "1@icq.example.org by icq.example.org remove"}
	if !slices.Equal(g.told, want) {
		t.Errorf("told %q", g.told)
	}
}
