// Package reports takes what users report to their administrators when they block somebody (XEP-0377): it keeps the report
// with copies of the messages that it names, writes a line into the audit log, and tells the administrators of the domain
// by a message. Package admin lists the reports and closes them.
package reports

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"myna/config"
	"myna/hook"
	"myna/sparing"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Space is where reports are kept: documents of the domain whose user has reported something, by their ids.
const Space = "report"

// Bounds of what is kept.
const (
	maxStanza = 16 << 10 // bytes of a message
	maxText   = 2000     // bytes
	maxReason = 200      // bytes
)

// Report is what somebody has reported.
type Report struct {
	ID       string    `json:"id"`
	Domain   string    `json:"domain"` // of who reports
	At       time.Time `json:"at"`
	Reporter string    `json:"reporter"`
	Reported string    `json:"reported"`
	Reason   string    `json:"reason"` // "urn:xmpp:reporting:spam", "urn:xmpp:reporting:abuse", or another
	Text     string    `json:"text,omitempty"`
	Messages []Message `json:"messages,omitempty"`
	Origin   bool      `json:"origin,omitempty"`      // the server of who is reported may be told
	Others   bool      `json:"third_party,omitempty"` // so may third parties
}

// Message is a message that a report names, as it was in the reporter's archive.
type Message struct {
	At     time.Time `json:"at"`
	From   string    `json:"from"`
	Stanza string    `json:"stanza"`
}

// Store is what reports need of storage.
type Store interface {
	storage.Docs
	Query(context.Context, storage.Query) ([]storage.Record, storage.Page, error)
	AppendAudit(context.Context, storage.Audit) error
}

// Options are what a Reports is made of.
type Options struct {
	Config *config.Options[Config]
	Store  Store
	Router *router.Router
	Admins func(domain string) []xmpp.JID // who is told; bare addresses
	Logger *slog.Logger
	Now    func() time.Time
}

// Reports is the module.
type Reports struct {
	Options
	counts counts
	over   sparing.Log // reports of who has made too many
}

// New returns the module. Who blocks calls Take.
func New(o Options) *Reports { return &Reports{Options: o, counts: counts{of: map[xmpp.JID]*count{}}} }

// Register names what it does.
func (r *Reports) Register(reg *hook.Registrar) {
	reg.Protocol(hook.Protocol{Spec: "XEP-0377", Version: "0.4.1", Status: hook.Complete, Note: "reports go to the administrators of the domain, and nowhere else"})
	reg.Feature(hook.Server, ns.Reporting) // § 3
}

// Take keeps a report that came with the blocking of an address (§ 6). Whatever is wrong with it, the address is blocked:
// so nothing is refused.
func (r *Reports) Take(ctx context.Context, reporter, reported xmpp.JID, e *xmpp.Element) {
	reason := xmpp.Clean(e.Attr("reason"))
	if reason == "" || len(reason) > maxReason {
		return
	}
	if !r.counts.take(reporter.Bare(), r.Config.Of(reporter.Domain()).PerDay, r.Now()) { // before anything is read: many may stand in one request
		r.over.Write(r.Logger, slog.LevelWarn, "too many reports of one user in a day", "reporter", reporter.Bare().String())
		return
	}
	rep := r.parse(ctx, reporter, reported, reason, e)
	if err := r.keep(ctx, rep); err != nil {
		r.Logger.Error("report lost", "reporter", rep.Reporter, "reported", rep.Reported, "err", err)
		return
	}
	r.tell(rep)
}

// parse reads a report (§ 4, § 5).
func (r *Reports) parse(ctx context.Context, reporter, reported xmpp.JID, reason string, e *xmpp.Element) *Report {
	now := r.Now().UTC()
	rep := &Report{
		ID: strconv.FormatInt(now.UnixMicro(), 36) + xmpp.NewID()[:4], Domain: reporter.Domain(), At: now.Truncate(time.Second),
		Reporter: reporter.Bare().String(), Reported: reported.String(), Reason: reason,
		Origin: e.Child(ns.Reporting, "report-origin") != nil, Others: e.Child(ns.Reporting, "third-party") != nil,
	}
	for c := range e.Elements() {
		switch {
		case c.Is(ns.Reporting, "text"): // in several languages, perhaps
			if t := c.Text(); t != "" && len(rep.Text)+len(t) < maxText {
				if rep.Text != "" {
					rep.Text += "\n"
				}
				rep.Text += t
			}
		case c.Is(ns.StanzaID, "stanza-id") && len(rep.Messages) < r.Config.Of(rep.Domain).Messages:
			if m, ok := r.message(ctx, reporter.Bare(), reported, c); ok {
				rep.Messages = append(rep.Messages, m)
			}
		}
	}
	return rep
}

// message finds a message in the reporter's archive that is by who is reported (§ 6). What cannot be found is left out.
func (r *Reports) message(ctx context.Context, owner, reported xmpp.JID, e *xmpp.Element) (Message, bool) {
	id, err := strconv.ParseInt(e.Attr("id"), 10, 64)
	if err != nil || id <= 0 {
		return Message{}, false
	}
	list, _, err := r.Store.Query(ctx, storage.Query{Owner: owner, IDs: []int64{id}, Max: 1})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		r.Logger.Error("reported message not read", "archive", owner.String(), "err", err)
	}
	if err != nil || len(list) == 0 {
		return Message{}, false
	}
	m := &list[0]
	by := m.Peer == reported || reported.IsBare() && m.Peer.Bare() == reported || reported.Local() == "" && m.Peer.Domain() == reported.Domain()
	if m.Flags&storage.Sent != 0 || !by || len(m.Stanza) > maxStanza {
		return Message{}, false
	}
	return Message{m.Time(), m.Peer.String(), string(m.Stanza)}, true
}

// keep writes a report.
func (r *Reports) keep(ctx context.Context, rep *Report) error {
	owner, err := xmpp.ParseJID(rep.Domain)
	if err != nil {
		return err
	}
	ids, err := r.Store.DocKeys(ctx, owner, Space)
	if err != nil {
		return err
	}
	b, err := json.Marshal(rep)
	if err != nil {
		return err
	}
	docs := map[string][]byte{rep.ID: b}
	slices.Sort(ids) // they begin with the time
	for i := range len(ids) - (r.Config.Of(rep.Domain).Kept - 1) {
		docs[ids[i]] = nil
	}
	if err := r.Store.PutDocs(ctx, owner, Space, docs); err != nil {
		return err
	}
	change, err := json.Marshal(map[string]any{"new": map[string]string{"id": rep.ID, "reason": rep.Reason}})
	if err != nil {
		return err
	}
	return r.Store.AppendAudit(ctx, storage.Audit{
		At: r.Now(), Actor: rep.Reporter, Door: "xmpp", Action: "report.create", Object: rep.Reported, Change: string(change),
	})
}

// tell sends the administrators a message.
func (r *Reports) tell(rep *Report) {
	from, err := xmpp.ParseJID(rep.Domain)
	if err != nil {
		return
	}
	text := rep.Reporter + " has blocked and reported " + rep.Reported + ": " + reasonText(rep.Reason) + "."
	if rep.Text != "" {
		text += "\n\n" + rep.Text
	}
	text += "\n\n" + strconv.Itoa(len(rep.Messages)) + " messages are attached. To see them: myna report show " + rep.ID
	for _, j := range r.Admins(rep.Domain) {
		if j.String() == rep.Reported {
			continue
		}
		m := xmpp.NewMessage(from, j, xmpp.TypeNormal,
			xmpp.El(ns.Client, "subject").AddText("Report of "+rep.Reported), xmpp.El(ns.Client, "body").AddText(text)).Set("id", xmpp.NewID())
		if err := r.Router.Send(m); err != nil {
			r.Logger.Error("administrator not told of a report", "administrator", j.String(), "err", err)
		}
	}
}

// reasonText is a reason in words (§ 4).
func reasonText(reason string) string {
	switch reason {
	case "urn:xmpp:reporting:spam":
		return "spam"
	case "urn:xmpp:reporting:abuse":
		return "abuse"
	}
	return reason
}

// List returns the reports of a domain's users, the newest first. What cannot be read is left out.
func List(ctx context.Context, docs interface {
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
}, domain xmpp.JID) ([]Report, error) {
	all, err := docs.ListDocs(ctx, domain, Space)
	if err != nil {
		return nil, err
	}
	list := make([]Report, 0, len(all))
	for _, b := range all {
		var rep Report
		if json.Unmarshal(b, &rep) == nil {
			list = append(list, rep)
		}
	}
	slices.SortFunc(list, func(a, b Report) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	return list, nil
}
