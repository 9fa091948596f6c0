package archive

import (
	"strings"
	"testing"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// sink is a session that counts what it is sent, and what it has to pay for.
type sink struct {
	hook.Session
	frames int
	copies int
}

func (s *sink) Send(xmpp.Frame) bool { s.frames++; return true }

func (s *sink) Charge(copies, _ int) { s.copies += copies }

// A search is paid for by the messages that have the words, whatever else is asked of them; other queries cost nothing.
func TestSearchIsPaidFor(t *testing.T) {
	romeo := jid(t, "romeo@example.net")
	a := newTest(t, nil)
	var list []storage.Entry
	for range 100 {
		list = append(list, storage.Entry{Owner: romeo, Peer: romeo, Kind: xmpp.TypeChat,
			Stanza: []byte(`<message type="chat"><body>soft light</body></message>`)})
	}
	if _, err := a.Store.Append(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
	field := func(name, value string) *xmpp.Element {
		return xmpp.El(ns.DataForm, "field", xmpp.El(ns.DataForm, "value").AddText(value)).Set("var", name)
	}
	for name, c := range map[string]struct {
		text string
		more *xmpp.Element
		want int
	}{
		"many":                       {"light", field("start", "2020-01-01T00:00:00Z"), searchCopies + 100/foundPerCopy},
		"in vain":                    {"darkness", field("start", "2020-01-01T00:00:00Z"), searchCopies},
		"with whom nothing was said": {"light", field("with", "juliet@example.net"), searchCopies},
		"no search":                  {"", field("start", "2020-01-01T00:00:00Z"), 0},
	} {
		s := &sink{}
		x := xmpp.El(ns.DataForm, "x", field("FORM_TYPE", ns.MAM), field(fullText, c.text), c.more).Set("type", "submit")
		q := &hook.Request{Stanza: &xmpp.Stanza{Type: xmpp.TypeSet, From: romeo}, Session: s, Owner: romeo,
			Payload: xmpp.El(ns.MAM, "query", x, xmpp.El(ns.RSM, "set", xmpp.El(ns.RSM, "max").AddText("0")))}
		for { // the index is made with the first search
			_, err := a.Query(t.Context(), q, romeo, time.Time{}, nil)
			if err == nil {
				break
			}
			if !strings.Contains(err.Error(), "ready") {
				t.Fatal(name, err)
			}
			s.copies = 0
		}
		if s.copies != c.want {
			t.Errorf("%s: paid for %d copies, want %d", name, s.copies, c.want)
		}
	}
}

// A page is bounded in bytes when it is read, not only when it is sent (XEP-0313 § 4.3.1).
func TestPageReadsNoMore(t *testing.T) {
	romeo := jid(t, "romeo@example.net")
	counted := &reading{}
	a := newTest(t, func(o *Options) { counted.Store, o.Store = o.Store, counted })
	const size, all = 100_000, 30
	var list []storage.Entry
	for range all {
		list = append(list, storage.Entry{Owner: romeo, Peer: romeo, Kind: xmpp.TypeChat, Stanza: []byte(strings.Repeat("x", size))})
	}
	if _, err := a.Store.Append(t.Context(), list...); err != nil {
		t.Fatal(err)
	}
	for name, back := range map[string]*xmpp.Element{"first page": nil, "last page": xmpp.El(ns.RSM, "before")} {
		counted.bytes = 0
		s := &sink{}
		q := &hook.Request{Stanza: &xmpp.Stanza{Type: xmpp.TypeSet, From: romeo}, Session: s, Owner: romeo,
			Payload: xmpp.El(ns.MAM, "query", xmpp.El(ns.RSM, "set", xmpp.El(ns.RSM, "max").AddText("250"), back))}
		fin, err := a.Query(t.Context(), q, romeo, time.Time{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.frames != maxPageBytes/size || counted.bytes > maxPageBytes || fin.Attr("complete") != "" {
			t.Errorf("%s: %d messages sent, %d bytes read, %s", name, s.frames, counted.bytes, fin)
		}
	}
}
