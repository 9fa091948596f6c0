package admin

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// exportPage and exportBytes are how much of an archive is read at a time.
const (
	exportPage  = 500
	exportBytes = 4 << 20
)

// ExportAccount asks for all that is kept of an account, as a file.
type ExportAccount struct {
	Address string `json:"address"`
	Files   bool   `json:"files,omitempty"` // with the bytes of uploaded files, not only their addresses
}

// Exporting is an account that may be exported, by an actor.
type Exporting struct {
	Account xmpp.JID
	files   bool
	who     Actor
}

// BeginExport checks that the actor may export an account.
func (a *Admin) BeginExport(ctx context.Context, who Actor, r ExportAccount) (Exporting, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	return Exporting{rec.JID, r.Files, who}, err
}

// KeptFiles are the files that accounts have uploaded.
type KeptFiles interface {
	// ExportFiles writes the files of an account as elements, with their bytes where the file is to be whole; nothing where there are none.
	ExportFiles(ctx context.Context, account xmpp.JID, w io.Writer, whole bool) error
}

// Kept is a module that keeps something of accounts.
type Kept interface {
	// Export writes what it keeps of an account as elements, each with its namespace, the way XEP-0227 has them; nothing where
	// there is nothing.
	Export(ctx context.Context, account xmpp.JID, w io.Writer) error
}

// Export writes what the server keeps of an account, in the format of XEP-0227: the roster (§ 4.4), what waits for an answer
// (§ 4.9), what modules keep (private storage § 4.6, the card § 4.7, whom it blocks § 4.8, its nodes of publish-subscribe with
// avatar and bookmarks § 4.10), uploaded files in a namespace of ours, and the archive (§ 4.11), in which are the messages that wait
// for the account, too. Credentials
// are left out: whoever has the file could attack the password with them (§ 6). An error means that the file is not whole.
func (a *Admin) Export(ctx context.Context, e Exporting, w io.Writer) error {
	x := exporter{a: a, w: w, account: e.Account}
	host, user := xmpp.El(ns.Export, "host").Set("jid", e.Account.Domain()), xmpp.El(ns.Export, "user").Set("name", e.Account.Local())
	x.text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<server-data xmlns="` + ns.Export + `">`)
	x.open(host)
	x.open(user)
	x.contacts(ctx)
	for _, k := range a.Kept {
		x.kept(ctx, k)
	}
	if a.Files != nil && x.err == nil {
		x.text("\n")
		x.err = a.Files.ExportFiles(ctx, x.account, x.w, e.files)
	}
	x.text("\n" + `<archive xmlns="` + ns.ExportArchive + `">`)
	n := x.messages(ctx)
	x.text("\n</archive>\n</user></host></server-data>\n")
	if x.err != nil {
		return fmt.Errorf("export %s: %w", e.Account, x.err)
	}
	a.audit(ctx, e.who, "account.export", e.Account, nil, map[string]any{"messages": n, "files": e.files})
	return nil
}

// exporter writes until the first error.
type exporter struct {
	a       *Admin
	w       io.Writer
	account xmpp.JID
	err     error
}

func (x *exporter) text(s string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, s)
	}
}

// open writes the start tag of an element that has no content.
func (x *exporter) open(e *xmpp.Element) {
	b := e.Append(nil, ns.Export)
	x.text("\n" + string(b[:len(b)-len("/>")]) + ">")
}

func (x *exporter) element(e *xmpp.Element) { x.text("\n" + string(e.Append(nil, ns.Export))) }

// kept writes what a module keeps.
func (x *exporter) kept(ctx context.Context, k Kept) {
	if x.err == nil {
		x.text("\n")
		x.err = k.Export(ctx, x.account, x.w)
	}
}

// contacts writes the roster, and the requests that wait for an answer.
func (x *exporter) contacts(ctx context.Context) {
	if x.err != nil {
		return
	}
	items, _, err := x.a.Store.Roster(ctx, x.account)
	if err != nil {
		x.err = err
		return
	}
	query := xmpp.El(ns.Roster, "query")
	for _, i := range items {
		if i.Listed() {
			query.Add(contact(&i))
		}
	}
	x.element(query)
	for _, i := range items {
		if i.PendingIn != nil {
			x.text("\n" + string(i.PendingIn))
		}
	}
}

// contact is an item as clients see it (RFC 6121 § 2.1.2).
func contact(i *storage.RosterItem) *xmpp.Element {
	e := xmpp.El(ns.Roster, "item").Set("jid", i.JID.String())
	if i.Name != "" {
		e.Set("name", i.Name)
	}
	switch {
	case i.To && i.From, i.Shared:
		e.Set("subscription", "both")
	case i.To:
		e.Set("subscription", "to")
	case i.From:
		e.Set("subscription", "from")
	default:
		e.Set("subscription", "none")
	}
	if i.Ask {
		e.Set("ask", "subscribe")
	}
	if i.Approved {
		e.Set("approved", "true")
	}
	for _, g := range i.Groups {
		e.Add(xmpp.El(ns.Roster, "group").AddText(g))
	}
	return e
}

// messages writes the archive and returns how many messages it has.
func (x *exporter) messages(ctx context.Context) int {
	n := 0
	var next time.Time
	for x.err == nil {
		list, page, err := x.a.Store.Query(ctx, storage.Query{Owner: x.account, Start: next, Max: exportPage, MaxBytes: exportBytes})
		if err != nil {
			x.err = err
			return n
		}
		for i := range list {
			x.result(&list[i])
		}
		n += len(list)
		if page.Complete || len(list) == 0 {
			return n
		}
		next = time.UnixMicro(list[len(list)-1].ID + 1).UTC() // ids are times
	}
	return n
}

// result is a message of the archive (XEP-0313 § 4.2).
func (x *exporter) result(r *storage.Record) {
	forwarded := xmpp.El(ns.Forward, "forwarded",
		xmpp.El(ns.Delay, "delay").Set("stamp", r.Time().Format("2006-01-02T15:04:05.000000Z"))).AddRaw(r.Stanza)
	x.element(xmpp.El(ns.MAM, "result", forwarded).Set("id", strconv.FormatInt(r.ID, 10)))
}
