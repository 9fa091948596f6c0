package reports

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// store counts what is asked of it, and holds the ids of many reports. It reads none: ListDocs panics.
type store struct {
	storage.Docs
	queries, puts, audits int
	ids, dropped          []string
}

func (s *store) Query(context.Context, storage.Query) ([]storage.Record, storage.Page, error) {
	s.queries++
	return nil, storage.Page{}, storage.ErrNotFound
}

func (s *store) DocKeys(context.Context, xmpp.JID, string) ([]string, error) { return s.ids, nil }

func (s *store) PutDocs(_ context.Context, _ xmpp.JID, _ string, docs map[string][]byte) error {
	s.puts++
	for id, b := range docs {
		if b == nil {
			s.dropped = append(s.dropped, id)
		}
	}
	return nil
}

func (s *store) AppendAudit(context.Context, storage.Audit) error { s.audits++; return nil }

// Who reports too much makes nobody read or write anything.
func TestReportsOfOneUser(t *testing.T) {
	s, now := &store{}, time.Unix(1_800_000_000, 0)
	maxOfOne := DefaultConfig().PerDay
	for i := range DefaultConfig().Kept + 2 {
		s.ids = append(s.ids, fmt.Sprintf("%05d", i))
	}
	r := New(Options{Store: s, Config: config.NewOptions(DefaultConfig()), Admins: func(string) []xmpp.JID { return nil }, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	parse := func(a string) xmpp.JID {
		j, err := xmpp.ParseJID(a)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	e, err := xmpp.ParseElement([]byte(`<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam">`+
		strings.Repeat(`<stanza-id xmlns="urn:xmpp:sid:0" by="romeo@example.net" id="7"/>`, 2)+`</report>`), "")
	if err != nil {
		t.Fatal(err)
	}
	report := func(reporter string, times int) {
		for range times {
			r.Take(t.Context(), parse(reporter), parse("mallory@example.net"), e)
		}
	}
	report("romeo@example.net/a", maxOfOne-1)
	if len(s.dropped) != 3*s.puts || s.dropped[0] > "00002" {
		t.Errorf("after %d reports %d of the oldest are dropped: %q", s.puts, len(s.dropped), s.dropped[:1])
	}
	report("romeo@example.net/b", 3000)
	if s.puts != maxOfOne || s.audits != maxOfOne || s.queries != 2*maxOfOne {
		t.Errorf("of one user %d reports are kept, %d audited, %d messages looked for", s.puts, s.audits, s.queries)
	}
	report("juliet@example.net", 1)
	if s.puts != maxOfOne+1 {
		t.Error("the report of another user is not kept")
	}
	now = now.Add(24 * time.Hour)
	if report("romeo@example.net", 1); s.puts != maxOfOne+2 {
		t.Error("the next day's report is not kept")
	}
}
