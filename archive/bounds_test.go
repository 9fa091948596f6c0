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

// sink is a session that counts what it is sent.
type sink struct {
	hook.Session
	frames int
}

func (s *sink) Send(xmpp.Frame) bool { s.frames++; return true }

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
