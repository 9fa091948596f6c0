package admin

import (
	"context"
	"slices"

	"myna/xep/reports"
	"myna/xmpp"
)

// ListReports asks for what users have reported, the newest first.
type ListReports struct {
	Domain string `json:"domain,omitempty"` // of who has reported
	After  string `json:"after,omitempty"`  // only what comes after the report with this id
	Limit  int    `json:"limit,omitempty"`  // 0: all
}

// Report is what a user has reported, without the messages.
type Report struct {
	reports.Report
	Count int `json:"count"` // of the messages
}

// NamedReport names a report.
type NamedReport struct {
	ID string `json:"id"`
}

// ListReports lists reports of users, without the messages in them.
func (a *Admin) ListReports(ctx context.Context, who Actor, r ListReports) ([]Report, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	list := []Report{}
	for _, host := range a.Hosts() {
		if domain != "" && host != domain {
			continue
		}
		of, err := a.reports(ctx, host)
		if err != nil {
			return nil, stored(err, "list reports", host)
		}
		for _, rep := range of {
			one := Report{rep, len(rep.Messages)}
			one.Messages = nil
			list = append(list, one)
		}
	}
	slices.SortStableFunc(list, func(x, y Report) int { return y.At.Compare(x.At) })
	if i := slices.IndexFunc(list, func(l Report) bool { return l.ID == r.After }); i >= 0 {
		list = list[i+1:]
	}
	if r.Limit > 0 {
		list = list[:min(r.Limit, len(list))]
	}
	return list, nil
}

func (a *Admin) reports(ctx context.Context, host string) ([]reports.Report, error) {
	owner, err := xmpp.ParseJID(host)
	if err != nil {
		return nil, err
	}
	return reports.List(ctx, a.Store, owner)
}

// ShowReport tells all about a report.
func (a *Admin) ShowReport(ctx context.Context, who Actor, r NamedReport) (Report, error) {
	for _, host := range a.Hosts() {
		if a.domain(who, host) != nil {
			continue
		}
		list, err := a.reports(ctx, host)
		if err != nil {
			return Report{}, stored(err, "show report", r.ID)
		}
		for _, rep := range list {
			if rep.ID == r.ID {
				return Report{rep, len(rep.Messages)}, nil
			}
		}
	}
	if who.Role == "" {
		return Report{}, refuse(Forbidden, "admins-only", "this is for administrators; ask one")
	}
	return Report{}, refuse(NotFound, "no-report", "there is no report %q; it may be closed", r.ID)
}

// CloseReport removes a report that is dealt with. The audit log remembers that there was one.
func (a *Admin) CloseReport(ctx context.Context, who Actor, r NamedReport) (Report, error) {
	rep, err := a.ShowReport(ctx, who, r)
	if err != nil {
		return Report{}, err
	}
	owner, err := xmpp.ParseJID(rep.Domain)
	if err == nil {
		err = a.Store.DeleteDoc(ctx, owner, reports.Space, rep.ID)
	}
	if err != nil {
		return Report{}, stored(err, "close report", r.ID)
	}
	object, _ := xmpp.ParseJID(rep.Reported)
	a.audit(ctx, who, "report.close", object, map[string]string{"id": rep.ID, "reason": rep.Reason, "reporter": rep.Reporter}, nil)
	rep.Messages = nil
	return rep, nil
}
