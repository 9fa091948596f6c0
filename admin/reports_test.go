package admin

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xep/reports"
	"myna/xmpp"
)

// Administrators of a domain see and close the reports of its users, and no others.
func TestReports(t *testing.T) {
	s := sqlite.Temp(t)
	a := New(Deps{Store: s, Hosts: func() []string { return []string{"example.com", "example.org"} }})
	for i, domain := range []string{"example.com", "example.org"} {
		b, err := json.Marshal(reports.Report{ID: domain[8:], Domain: domain, At: time.Unix(int64(i), 0), Reporter: "lan@" + domain,
			Reported: "x@example.net", Reason: "r", Messages: []reports.Message{{Stanza: "<message/>"}}})
		if err != nil {
			t.Fatal(err)
		}
		owner, err := xmpp.ParseJID(domain)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.PutDoc(t.Context(), owner, reports.Space, domain[8:], b); err != nil {
			t.Fatal(err)
		}
	}
	boss := Actor{Name: "boss@example.com", Role: storage.DomainAdmin, Domain: "example.com"}
	list, err := a.ListReports(t.Context(), boss, ListReports{})
	if err != nil || len(list) != 1 || list[0].ID != "com" || list[0].Count != 1 || list[0].Messages != nil {
		t.Fatal(list, err)
	}
	if list, err = a.ListReports(t.Context(), CommandLine(), ListReports{}); err != nil || len(list) != 2 || list[0].ID != "org" {
		t.Error(list, err)
	}
	if list, err = a.ListReports(t.Context(), CommandLine(), ListReports{After: "org", Limit: 1}); err != nil || len(list) != 1 || list[0].ID != "com" {
		t.Error(list, err)
	}
	kind := func(err error) Kind {
		var e *Error
		errors.As(err, &e)
		if e == nil {
			return ""
		}
		return e.Kind
	}
	if _, err := a.CloseReport(t.Context(), boss, NamedReport{"org"}); kind(err) != NotFound {
		t.Error("a report of another domain:", err)
	}
	if _, err := a.ShowReport(t.Context(), Actor{Name: "lan@example.com"}, NamedReport{"com"}); kind(err) != Forbidden {
		t.Error("somebody who is no administrator:", err)
	}
	if rep, err := a.ShowReport(t.Context(), boss, NamedReport{"com"}); err != nil || len(rep.Messages) != 1 {
		t.Error(rep, err)
	}
	if _, err := a.CloseReport(t.Context(), boss, NamedReport{"com"}); err != nil {
		t.Error(err)
	}
	if _, err := a.ShowReport(t.Context(), CommandLine(), NamedReport{"com"}); kind(err) != NotFound {
		t.Error("closed:", err)
	}
	lines, err := a.ListAudit(t.Context(), CommandLine(), ListAudit{})
	if err != nil || len(lines) != 1 || lines[0].Action != "report.close" || lines[0].Object != "x@example.net" {
		t.Error(lines, err)
	}
}
