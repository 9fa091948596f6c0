package admin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"myna/account"
	"myna/storage"
)

// ImportAccounts asks to create many accounts from a CSV file: address,name,department,password.
type ImportAccounts struct {
	CSV string `json:"csv"`
	// Partial creates what is right of a file with mistakes. Without it one refused line refuses the whole file.
	Partial bool `json:"partial,omitempty"`
	// SkipExisting passes over accounts that exist, so that the same file can be imported again.
	SkipExisting bool `json:"skip_existing,omitempty"`
	// Generate makes passwords where the file has none. Without it such a line is refused.
	Generate bool `json:"generate,omitempty"`
}

// Refused is a line that cannot become an account.
type Refused struct {
	Line    int    `json:"line"`
	Address string `json:"address,omitempty"`
	Reason  string `json:"reason"`
	// The reason for programs, as those of errors are.
	Code   string   `json:"code,omitempty"`
	Values []string `json:"values,omitempty"`
}

// refusedLine is a line with the error that refuses it.
func refusedLine(line int, address string, err error) Refused {
	var e *Error
	if !errors.As(err, &e) {
		return Refused{Line: line, Address: address, Reason: err.Error()}
	}
	return Refused{line, address, e.Text, e.Code, e.Values}
}

// Generated is a password that was made for an account.
type Generated struct {
	Address  string `json:"address"`
	Password string `json:"password"`
}

// Imported tells what became of an import. When it was refused, Created is 0 and Refused says why.
type Imported struct {
	Lines     int         `json:"lines"` // accounts in the file
	Created   int         `json:"created"`
	Skipped   int         `json:"skipped"` // exist already
	Refused   []Refused   `json:"refused"`
	Passwords []Generated `json:"passwords,omitempty"`
	Notes     []string    `json:"notes,omitempty"` // what the administrator should know of the domains now
}

// Progress is how far a long operation is.
type Progress struct {
	Stage string `json:"stage"` // "checking", "hashing passwords", "writing"
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

// ImportAccounts creates the accounts of a file in one transaction: all of them, or with Partial all that are right, or
// none. Progress is told in order, never two at a time.
func (a *Admin) ImportAccounts(ctx context.Context, who Actor, r ImportAccounts, progress func(Progress)) (Imported, error) {
	rows, refused, err := parseCSV(r.CSV)
	if err != nil {
		return Imported{}, err
	}
	c := checker{a: a, who: who, req: r, out: Imported{Lines: len(rows) + len(refused), Refused: append([]Refused{}, refused...)}, lines: map[string]int{}}
	progress(Progress{"checking", 0, len(rows)})
	if err := c.check(ctx, rows); err != nil {
		return Imported{}, err
	}
	slices.SortStableFunc(c.out.Refused, func(x, y Refused) int { return x.Line - y.Line })
	if len(c.drafts) == 0 || len(c.out.Refused) > 0 && !r.Partial {
		c.out.Passwords = nil
		return c.out, nil
	}
	var mu sync.Mutex // guards done, and orders progress
	done := 0
	for i := range c.drafts {
		c.drafts[i].Hashed = func() {
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(Progress{"hashing passwords", done, len(c.drafts)})
		}
	}
	if err := a.Accounts.CreateMany(ctx, c.drafts); err != nil {
		if errors.Is(err, storage.ErrConflict) {
			return Imported{}, refuse(Conflict, "import-taken", "nothing was imported: an address was taken meanwhile (%v); import again", err)
		}
		return Imported{}, stored(err, "import accounts", "")
	}
	progress(Progress{"writing", len(c.drafts), len(c.drafts)})
	for _, d := range c.drafts { // what is to be done for the groups is in the same transaction
		a.Changed(d.Account.JID)
	}
	c.out.Created = len(c.drafts)
	c.note()
	return c.out, nil
}

// note adds what there is to say about the domains that have new accounts.
func (c *checker) note() {
	created := map[string]int{}
	for _, d := range c.drafts {
		created[d.Account.JID.Domain()]++
	}
	for _, domain := range slices.Sorted(maps.Keys(created)) {
		if note := c.a.Notes(domain, created[domain]); note != "" {
			c.out.Notes = append(c.out.Notes, note)
		}
	}
}

// checker turns lines into accounts to be created, and says of each other line why not.
type checker struct {
	a      *Admin
	who    Actor
	req    ImportAccounts
	out    Imported
	drafts []account.Draft
	lines  map[string]int // address → the line that has it
	taken  map[string]string
}

func (c *checker) check(ctx context.Context, rows []row) error {
	if err := c.load(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.row(r); err != nil {
			var e *Error
			if !errors.As(err, &e) {
				return err
			}
			c.out.Refused = append(c.out.Refused, refusedLine(r.line, r.address, e))
		}
	}
	return nil
}

// load remembers what the addresses of the actor's domains are.
func (c *checker) load(ctx context.Context) error {
	c.taken = map[string]string{}
	for _, domain := range c.a.Hosts() {
		if c.a.domain(c.who, domain) != nil {
			continue
		}
		accounts, err := c.a.Store.Accounts(ctx, domain)
		if err != nil {
			return stored(err, "list accounts", domain)
		}
		for _, acc := range accounts {
			c.taken[acc.JID.String()] = "account"
		}
		aliases, err := c.a.Store.Aliases(ctx, domain)
		if err != nil {
			return stored(err, "list aliases", domain)
		}
		for _, al := range aliases {
			c.taken[al.JID.String()] = "alias"
		}
	}
	return nil
}

func (c *checker) row(r row) error {
	j, err := c.a.address(c.who, r.address)
	if err != nil {
		return err
	}
	address := j.String()
	if line := c.lines[address]; line > 0 {
		return refuse(Conflict, "same-address", "the same address is in line %d", line)
	}
	c.lines[address] = r.line
	switch kind := c.taken[address]; {
	case kind == "account" && c.req.SkipExisting:
		c.out.Skipped++
		return nil
	case kind != "":
		return refuse(Conflict, "import-exists", "%s is an %s already", address, kind)
	}
	rec := storage.Account{JID: j, Name: r.name, Department: r.department, Created: c.a.now()}
	if err := c.a.checkAccount(c.who, &rec); err != nil {
		return err
	}
	generate := r.password == "" && c.req.Generate
	password, err := passwordOf(r.password, generate)
	if err != nil {
		return refuse(Invalid, "password-empty", "the password is empty; write one, or have passwords generated")
	}
	if err := c.a.Accounts.Acceptable(j, password); err != nil {
		return stored(err, "import account", address)
	}
	if generate {
		c.out.Passwords = append(c.out.Passwords, Generated{address, password})
	}
	line, err := c.a.line(c.who, "account.import", j, nil, c.a.view(rec))
	c.drafts = append(c.drafts, account.Draft{Account: rec, Password: password, Line: line})
	return err
}
