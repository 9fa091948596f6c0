package admin

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// exportPage and exportBytes are how much of an archive is read at a time.
const (
	exportPage  = 500
	exportBytes = 4 << 20
)

// ExportData asks for a file of accounts with all that they have.
type ExportData struct {
	Address string `json:"address,omitempty"` // one account
	Domain  string `json:"domain,omitempty"`  // without an address: all of a domain; "" is all of the server
	// Credentials are the verifiers of passwords, so that people sign in elsewhere as they do here. Whoever has the file can attack
	// the passwords with them (XEP-0227 § 4.3), so only the command line gets them.
	Credentials bool `json:"credentials,omitempty"`
	Files       bool `json:"files,omitempty"` // with the bytes of uploaded files, not only their addresses
}

// Exporting are accounts that may be exported, by an actor.
type Exporting struct {
	Account  xmpp.JID // the one that was asked for; zero for all of a domain
	accounts []storage.Account
	withheld int // accounts of administrators of the server, for an administrator of their domain
	secrets  bool
	files    bool
	who      Actor
}

// BeginExport checks that the actor may export what is asked for. An administrator of a domain gets that domain, without the
// administrators of the server that are in it.
func (a *Admin) BeginExport(ctx context.Context, who Actor, r ExportData) (Exporting, error) {
	e := Exporting{secrets: r.Credentials, files: r.Files, who: who}
	if r.Credentials && (who.Role != storage.ServerAdmin || who.Door != CommandLine().Door) {
		return e, refuse(Forbidden, "credentials-cli", "credentials are exported on the command line only")
	}
	if r.Address != "" {
		rec, err := a.changeable(ctx, who, r.Address)
		e.Account, e.accounts = rec.JID, []storage.Account{rec}
		return e, err
	}
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return e, err
	}
	domains := a.Hosts()
	if domain != "" {
		domains = []string{domain}
	}
	for _, domain := range domains {
		list, err := a.Store.Accounts(ctx, domain)
		if err != nil {
			return e, stored(err, "list accounts", domain)
		}
		for _, rec := range list {
			if rec.Role == storage.ServerAdmin && who.Role != storage.ServerAdmin {
				e.withheld++
				continue
			}
			e.accounts = append(e.accounts, rec)
		}
	}
	return e, nil
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
	// Import takes what Export has written, and what other servers write in its place. With dry nothing is kept. tell is told what
	// becomes of each thing.
	Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake
}

// Export writes what the server keeps of accounts, in the format of XEP-0227: the roster (§ 4.4), what waits for an answer
// (§ 4.9), what modules keep (messages that wait § 4.5, private storage § 4.6, the card § 4.7, whom it blocks § 4.8, its nodes of
// publish-subscribe with avatar and bookmarks § 4.10), uploaded files in a namespace of ours, and the archive (§ 4.11). Credentials are left out unless they were asked
// for: whoever has the file could attack the password with them (§ 6). An error means that the file is not whole.
func (a *Admin) Export(ctx context.Context, e Exporting, w io.Writer) error {
	x := exporter{a: a, w: w, secrets: e.secrets, files: e.files}
	x.text(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<server-data xmlns="` + ns.Export + `">`)
	if e.withheld > 0 {
		x.text(fmt.Sprintf("\n<!-- not in this file: %d of administrators of the server -->", e.withheld))
	}
	host := ""
	for _, rec := range e.accounts {
		if domain := rec.JID.Domain(); domain != host {
			if host != "" {
				x.text("</host>")
			}
			host = domain
			x.open(xmpp.El(ns.Export, "host").Set("jid", host))
		}
		n := x.user(ctx, rec.JID)
		told := map[string]any{"messages": n, "files": e.files}
		if x.err != nil { // whoever has a part of it has seen that
			told["cut"] = true
		}
		a.audit(ctx, e.who, "account.export", rec.JID, nil, told)
		if x.err != nil {
			return fmt.Errorf("export %s: %w", rec.JID, x.err)
		}
	}
	if host != "" {
		x.text("</host>")
	}
	x.text("</server-data>\n")
	return x.err
}

// user writes an account, and returns how many messages it has.
func (x *exporter) user(ctx context.Context, account xmpp.JID) int {
	x.account = account
	x.open(xmpp.El(ns.Export, "user").Set("name", account.Local()))
	x.verifiers(ctx)
	x.contacts(ctx)
	for _, k := range x.a.Kept {
		x.kept(ctx, k)
	}
	if x.a.Files != nil && x.err == nil {
		x.text("\n")
		x.err = x.a.Files.ExportFiles(ctx, account, x.w, x.files)
	}
	x.text("\n" + `<archive xmlns="` + ns.ExportArchive + `">`)
	n := x.messages(ctx)
	x.text("\n</archive>\n</user>")
	return n
}

// verifiers writes what the password of the account is compared with (§ 4.3), and nothing of its app passwords.
func (x *exporter) verifiers(ctx context.Context) {
	if !x.secrets || x.err != nil {
		return
	}
	list, err := x.a.Store.Credentials(ctx, x.account)
	x.err = err
	for _, c := range list {
		if c.App != "" {
			continue
		}
		e := xmpp.El(ns.ExportSCRAM, credentials).Set("mechanism", c.Mechanism)
		for _, f := range []struct{ local, text string }{
			{"iter-count", strconv.Itoa(c.Iterations)}, {"salt", base64.StdEncoding.EncodeToString(c.Salt)},
			{"server-key", base64.StdEncoding.EncodeToString(c.ServerKey)}, {"stored-key", base64.StdEncoding.EncodeToString(c.StoredKey)},
		} {
			e.Add(xmpp.El(ns.ExportSCRAM, f.local).AddText(f.text))
		}
		x.element(e)
	}
}

// exporter writes until the first error.
type exporter struct {
	a       *Admin
	w       io.Writer
	account xmpp.JID // that is written now
	secrets bool
	files   bool
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
		if g == "" { // in no group on purpose
			continue
		}
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
