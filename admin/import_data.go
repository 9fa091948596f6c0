package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"myna/account"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// ImportData asks to take over accounts with all that they have from another server, from a file of XEP-0227.
type ImportData struct {
	// Merge adds what the file has to accounts that exist: what is there stays. Without it they are passed over.
	Merge bool `json:"merge,omitempty"`
	// DryRun writes nothing and tells what would become of the file.
	DryRun bool `json:"dry_run,omitempty"`
}

// Tally is what became of things of a kind.
type Tally struct {
	Kind    string `json:"kind"`
	Added   int    `json:"added"`
	Kept    int    `json:"kept"` // there is something already that stays
	Refused int    `json:"refused"`
}

// Misfit is something in a file that cannot be taken over.
type Misfit struct {
	Place   string `json:"place"` // file and line
	Address string `json:"address,omitempty"`
	Reason  string `json:"reason"`
	// The reason for programs, where it is one of an operation.
	Code   string   `json:"code,omitempty"`
	Values []string `json:"values,omitempty"`
}

// ImportedData tells what became of a file.
type ImportedData struct {
	DryRun   bool           `json:"dry_run"`
	Accounts int            `json:"accounts"` // in the file
	Created  int            `json:"created"`
	Merged   int            `json:"merged"`
	Skipped  int            `json:"skipped"` // exist, and were not to be merged
	Refused  int            `json:"refused"`
	Contents []Tally        `json:"contents"`
	Misfits  []Misfit       `json:"misfits"`           // the first ones
	More     int            `json:"more,omitempty"`    // misfits that are not listed
	Unknown  map[string]int `json:"unknown,omitempty"` // elements that nothing is known of, and how often they were there
	// Locked are new accounts of which the file has no password; nobody can sign in until they get one.
	Locked []string `json:"locked,omitempty"`
	Notes  []string `json:"notes,omitempty"` // what the administrator should know of the domains now
}

// maxMisfits is how many are listed.
const maxMisfits = 200

// ImportData takes over the accounts of a file without includes, or one that pie.Flatten has written. The file is read twice: one
// with a mistake in its form changes nothing. An account that cannot be taken over does not keep others from it. An administrator of
// a domain imports into that alone, and into no account of administrators of the server.
func (a *Admin) ImportData(ctx context.Context, who Actor, r ImportData, file io.ReadSeeker, progress func(Progress)) (ImportedData, error) {
	if _, err := a.listed(who, ""); err != nil {
		return ImportedData{}, err
	}
	progress(Progress{"checking", 0, 1})
	s := survey{ctx: ctx, people: map[string]*newcomer{}}
	if who.Door != CommandLine().Door {
		s.most = maxRows
	}
	if err := readData(file, &s); err != nil {
		return ImportedData{}, err
	}
	progress(Progress{"checking", 1, 1})
	x := importer{a: a, ctx: ctx, who: who, req: r, people: s.people, total: s.users, progress: progress, tallies: map[string]*Tally{},
		created: map[string]int{}, out: ImportedData{DryRun: r.DryRun, Misfits: []Misfit{}, Unknown: map[string]int{}}}
	if err := readData(file, &x); err != nil {
		return ImportedData{}, fmt.Errorf("import stopped at %s (import the file again with merging to go on): %w", cmp.Or(x.at.String(), "the beginning"), err)
	}
	return x.result(), nil
}

// readData reads a file from its beginning. What is wrong with it is an *Error.
func readData(file io.ReadSeeker, h pie.Handler) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err := pie.Read(file, h)
	var wrong *pie.Error
	if errors.As(err, &wrong) {
		return refuse(Invalid, "import-malformed", "nothing was imported: %v", wrong)
	}
	return err
}

// importer takes over what is in a file.
type importer struct {
	a        *Admin
	ctx      context.Context
	who      Actor
	req      ImportData
	people   map[string]*newcomer
	total    int
	progress func(Progress)
	out      ImportedData
	tallies  map[string]*Tally
	created  map[string]int // accounts, by domain
	done     map[xmpp.JID]bool

	account xmpp.JID // whose elements come
	merging bool
	at      pie.Place
	intakes []pie.Intake
	before  map[string]Tally // when the account began
}

// User decides what becomes of an account.
func (x *importer) User(u pie.User, at pie.Place) (skip bool, err error) {
	x.at = at
	x.out.Accounts++
	if x.out.Accounts%100 == 1 || x.out.Accounts == x.total {
		x.progress(Progress{"importing", x.out.Accounts, x.total})
	}
	x.account, err = xmpp.NewJID(u.Name, u.Host, "")
	if err != nil {
		x.unfit(refuse(Invalid, "import-no-address", "%q at %q is no address", u.Name, u.Host))
		x.out.Refused++
		return true, nil
	}
	if _, err := x.a.address(x.who, x.account.String()); err != nil {
		x.unfit(err)
		x.out.Refused++
		return true, nil
	}
	rec, err := x.a.Store.Account(x.ctx, x.account)
	if err == nil && rec.Role == storage.ServerAdmin && x.who.Role != storage.ServerAdmin {
		x.unfit(refuse(Forbidden, "server-admin", "%s administers the server; only another administrator of the server can change it", rec.JID))
		x.out.Refused++
		return true, nil
	}
	switch {
	case err == nil && !x.req.Merge && !x.done[x.account]:
		x.out.Skipped++
		return true, nil
	case err == nil:
		x.merging = !x.done[x.account]
		if x.merging {
			x.out.Merged++
		}
	case !errors.Is(err, storage.ErrNotFound):
		return false, err
	default:
		if x.merging = false; !x.create() {
			x.out.Refused++
			return true, nil
		}
	}
	if x.done == nil {
		x.done = map[xmpp.JID]bool{}
	}
	x.done[x.account] = true
	x.begin()
	return false, nil
}

// create makes the account, with the credentials that the file has; it is false where that cannot be.
func (x *importer) create() bool {
	if x.done[x.account] && x.req.DryRun {
		return true
	}
	n := x.people[x.account.String()]
	d := account.Draft{Account: storage.Account{JID: x.account, Name: n.name, Created: x.a.now()}}
	if err := x.a.checkAccount(x.who, &d.Account); err != nil {
		d.Account.Name = "" // the card has more than a name
	}
	why := n.secret(x.a, &d)
	if why != "" {
		x.out.Locked = append(x.out.Locked, x.account.String())
		if why != noSecret {
			x.misfit(Misfit{Reason: why})
		}
	}
	if !x.req.DryRun {
		line, err := x.a.line(x.who, "account.import", x.account, nil, x.a.view(d.Account))
		d.Line = line
		if err == nil {
			err = x.a.Accounts.CreateMany(x.ctx, []account.Draft{d})
		}
		if err != nil {
			x.unfit(stored(err, "import account", x.account.String()))
			return false
		}
		x.a.Changed(x.account)
	}
	x.out.Created++
	x.created[x.account.Domain()]++
	return true
}

// begin makes ready for what the account has.
func (x *importer) begin() {
	x.intakes = x.intakes[:0]
	if x.a.Contacts != nil {
		x.intakes = append(x.intakes, x.a.Contacts.Import(x.account, x.req.DryRun, x.tell))
	}
	for _, k := range x.a.Kept {
		x.intakes = append(x.intakes, k.Import(x.account, x.req.DryRun, x.tell))
	}
	x.before = map[string]Tally{}
	for kind, t := range x.tallies {
		x.before[kind] = *t
	}
}

// tell is the ledger of the account.
func (x *importer) tell(kind string, v pie.Verdict, why string) {
	t := x.tallies[kind]
	if t == nil {
		t = &Tally{Kind: kind}
		x.tallies[kind] = t
	}
	switch v {
	case pie.Added:
		t.Added++
	case pie.Kept:
		t.Kept++
	case pie.Refused:
		t.Refused++
		x.misfit(Misfit{Reason: why})
	}
}

// unfit is misfit with an error.
func (x *importer) unfit(err error) {
	m := Misfit{Reason: err.Error()}
	var e *Error
	if errors.As(err, &e) {
		m.Code, m.Values = e.Code, e.Values
	}
	x.misfit(m)
}

// misfit lists what cannot be taken over, at the place where the file is read.
func (x *importer) misfit(m Misfit) {
	if len(x.out.Misfits) == maxMisfits {
		x.out.More++
		return
	}
	m.Place = x.at.String()
	if !x.account.IsZero() {
		m.Address = x.account.String()
	}
	x.out.Misfits = append(x.out.Misfits, m)
}

// Element gives an element to whom it is for.
func (x *importer) Element(e *xmpp.Element, at pie.Place) error {
	x.at = at
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if e.Is(ns.ExportSCRAM, credentials) {
		return nil
	}
	taken := false
	for _, in := range x.intakes {
		own, err := in.Take(x.ctx, e)
		if err != nil {
			return err
		}
		taken = taken || own
	}
	if taken {
		return nil
	}
	return x.Unknown(e.Name, at)
}

// EndUser writes what is left of an account.
func (x *importer) EndUser() error {
	for _, in := range x.intakes {
		if err := in.End(x.ctx); err != nil {
			return err
		}
	}
	if !x.merging || x.req.DryRun {
		return nil
	}
	added := map[string]int{}
	for kind, t := range x.tallies {
		if n := t.Added - x.before[kind].Added; n > 0 {
			added[kind] = n
		}
	}
	if len(added) > 0 {
		x.a.audit(x.ctx, x.who, "account.merge", x.account, nil, added)
	}
	return nil
}

// Unknown counts what nobody takes (XEP-0227 § 4: the operator is told).
func (x *importer) Unknown(name xmpp.Name, _ pie.Place) error {
	if key := name.Local + " " + name.Space; len(x.out.Unknown) < maxMisfits || x.out.Unknown[key] > 0 {
		x.out.Unknown[key]++
	}
	return nil
}

func (x *importer) result() ImportedData {
	x.out.Contents = []Tally{}
	for _, kind := range slices.Sorted(maps.Keys(x.tallies)) {
		x.out.Contents = append(x.out.Contents, *x.tallies[kind])
	}
	for _, domain := range slices.Sorted(maps.Keys(x.created)) {
		if note := x.a.Notes(domain, x.created[domain]); note != "" && !x.req.DryRun {
			x.out.Notes = append(x.out.Notes, note)
		}
	}
	return x.out
}

// ErrSpool is that a file cannot be kept here, whatever it is.
var ErrSpool = errors.New("keep file")

// Spool keeps a stream in a file without a name, to be read several times; it is gone when it is closed. An error that is no
// ErrSpool is that of the stream.
func (a *Admin) Spool(r io.Reader) (*os.File, error) {
	f, err := os.CreateTemp(a.Temp, "myna-import-*")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpool, err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrSpool, err), f.Close())
	}
	if _, err := io.Copy(kept{f}, r); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// kept tells errors of a file from those of what is written to it.
type kept struct{ io.Writer }

func (k kept) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", ErrSpool, err)
	}
	return n, err
}
