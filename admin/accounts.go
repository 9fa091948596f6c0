package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"myna/account"
	"myna/muc/digest"
	"myna/storage"
	"myna/xmpp"
)

// Account is an account as administrators see it.
type Account struct {
	Address    string       `json:"address"`
	Name       string       `json:"name,omitempty"`
	Department string       `json:"department,omitempty"`
	Lang       string       `json:"lang,omitempty"`
	Role       storage.Role `json:"role,omitempty"` // "", "domain", "server"
	Disabled   bool         `json:"disabled,omitempty"`
	ChatOff    bool         `json:"chat_off,omitempty"`
	Created    time.Time    `json:"created"`
	Online     int          `json:"online,omitempty"` // sessions now
}

// Identified names an account or alias.
type Identified struct {
	Address string `json:"address"`
}

// CreateAccount asks for a new account. Either Password is given, or Generate.
type CreateAccount struct {
	Address    string       `json:"address"`
	Name       string       `json:"name,omitempty"`
	Department string       `json:"department,omitempty"`
	Lang       string       `json:"lang,omitempty"`
	Role       storage.Role `json:"role,omitempty"`
	ChatOff    bool         `json:"chat_off,omitempty"`
	Password   string       `json:"password,omitempty"`
	Generate   bool         `json:"generate,omitempty"`
}

// CreatedAccount is a new account. Password is there when it was generated; it is not told again. Note is what the
// administrator should know of the domain now.
type CreatedAccount struct {
	Account
	Password string `json:"password,omitempty"`
	Note     string `json:"note,omitempty"`
}

// CreateAccount adds an account.
func (a *Admin) CreateAccount(ctx context.Context, who Actor, r CreateAccount) (CreatedAccount, error) {
	var none CreatedAccount
	j, err := a.address(who, r.Address)
	if err != nil {
		return none, err
	}
	rec := storage.Account{JID: j, Name: r.Name, Department: r.Department, Lang: r.Lang, Role: r.Role, ChatOff: r.ChatOff, Created: a.now()}
	if err := a.checkAccount(who, &rec); err != nil {
		return none, err
	}
	password, err := passwordOf(r.Password, r.Generate)
	if err != nil {
		return none, err
	}
	out := CreatedAccount{Account: a.view(rec)}
	line, err := a.line(who, "account.create", j, nil, out.Account)
	if err != nil {
		return none, err
	}
	if err := a.Accounts.CreateMany(ctx, []account.Draft{{Account: rec, Password: password, Line: line}}); err != nil {
		return none, stored(err, "create account", j.String())
	}
	a.Changed(j) // what is to be done for the groups is in the same transaction
	out.Note = a.Notes(j.Domain(), 1)
	if r.Generate {
		out.Password = password
	}
	return out, nil
}

// checkAccount checks and prepares what is kept about an account.
func (a *Admin) checkAccount(who Actor, rec *storage.Account) error {
	for _, f := range []struct {
		what string
		text *string
		max  int
	}{{"name", &rec.Name, 256}, {"department", &rec.Department, 256}, {"language", &rec.Lang, 35}} {
		*f.text = strings.TrimSpace(*f.text)
		if err := plainText(f.what, *f.text, f.max); err != nil {
			return err
		}
	}
	switch rec.Role {
	case storage.User, storage.DomainAdmin:
	case storage.ServerAdmin:
		if who.Role != storage.ServerAdmin {
			return refuse(Forbidden, "server-admin-makes", "only an administrator of the server can make another one")
		}
	default:
		return refuse(Invalid, "no-role", "%q is no role; use domain (administers the domain) or server (administers everything)", rec.Role)
	}
	return nil
}

func plainText(what, s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return refuse(Invalid, "one-line", "the %s must be one line of readable text", what)
	}
	if utf8.RuneCountInString(s) > limit {
		return refuse(Invalid, "too-long", "the %s is longer than %d characters", what, limit)
	}
	return nil
}

func passwordOf(given string, generate bool) (string, error) {
	switch {
	case generate && given != "":
		return "", refuse(Invalid, "password-twice", "either give a password or have one generated, not both")
	case generate:
		return GeneratePassword(), nil
	case given == "":
		return "", refuse(Invalid, "password-missing", "a password is needed; give one or have one generated")
	}
	return given, nil
}

// GeneratePassword makes a password of 80 random bits that can be read out and typed: letters and digits without 0, 1, 8 and 9.
func GeneratePassword() string {
	return account.GenerateSecret()
}

// view is what is shown of an account.
func (a *Admin) view(rec storage.Account) Account {
	v := Account{
		Address: rec.JID.String(), Name: rec.Name, Department: rec.Department, Lang: rec.Lang, Role: rec.Role,
		Disabled: rec.Disabled, ChatOff: rec.ChatOff, Created: rec.Created,
	}
	if a.Sessions != nil {
		v.Online = len(a.Sessions.Sessions(rec.JID))
	}
	return v
}

// ListAccounts asks for the accounts of a domain; "" is all that the actor administers.
type ListAccounts struct {
	Domain string `json:"domain,omitempty"`
	Page
}

// ListAccounts lists accounts in the order of their addresses.
func (a *Admin) ListAccounts(ctx context.Context, who Actor, r ListAccounts) ([]Account, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Accounts(ctx, domain)
	if err != nil {
		return nil, stored(err, "list accounts", domain)
	}
	rows = cut(r.Page, rows, func(rec storage.Account) (string, string) { return rec.JID.String(), rec.Name + "\n" + rec.Department })
	list := make([]Account, len(rows))
	for i, rec := range rows {
		list[i] = a.view(rec)
	}
	return list, nil
}

// AccountDetail is all about an account.
type AccountDetail struct {
	Account
	LastSeen time.Time `json:"last_seen,omitzero"`
	Digest   string    `json:"digest"`            // mails about groups, as SetAccount has them
	Aliases  []string  `json:"aliases,omitempty"` // those that name it as a target
	Rooms    []string  `json:"rooms,omitempty"`   // in which it has an affiliation
	Sessions []Session `json:"sessions,omitempty"`
}

// ShowAccount tells all about an account.
func (a *Admin) ShowAccount(ctx context.Context, who Actor, r Identified) (AccountDetail, error) {
	rec, err := a.account(ctx, who, r.Address)
	if err != nil {
		return AccountDetail{}, err
	}
	d := AccountDetail{Account: a.view(rec)}
	if d.LastSeen, _, err = a.Store.LastSeen(ctx, rec.JID); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return d, stored(err, "read account", r.Address)
	}
	if d.Digest, err = digest.Choice(ctx, a.Store, rec.JID); err != nil {
		return d, stored(err, "read account", r.Address)
	}
	naming, err := a.naming(ctx, rec.JID)
	if err != nil {
		return d, err
	}
	d.Aliases = a.visible(who, inUse(naming))
	rooms, err := a.Store.Rooms().RoomsOf(ctx, rec.JID)
	if err != nil {
		return d, stored(err, "read account", r.Address)
	}
	for _, j := range rooms {
		d.Rooms = append(d.Rooms, j.String())
	}
	if a.Sessions != nil {
		d.Sessions = a.Sessions.Sessions(rec.JID)
	}
	return d, nil
}

// account reads an account that the actor may administer.
func (a *Admin) account(ctx context.Context, who Actor, address string) (storage.Account, error) {
	j, err := a.address(who, address)
	if err != nil {
		return storage.Account{}, err
	}
	rec, err := a.Store.Account(ctx, j)
	if errors.Is(err, storage.ErrNotFound) {
		return rec, a.missing(ctx, "account", j)
	}
	return rec, stored(err, "read account", j.String())
}

// changeable is account for a change: what an administrator of the server is, a domain's cannot touch.
func (a *Admin) changeable(ctx context.Context, who Actor, address string) (storage.Account, error) {
	rec, err := a.account(ctx, who, address)
	if err == nil && rec.Role == storage.ServerAdmin && who.Role != storage.ServerAdmin {
		err = refuse(Forbidden, "server-admin", "%s administers the server; only another administrator of the server can change it", rec.JID)
	}
	return rec, err
}

// naming lists the aliases that name an address as a target, lead or poster.
func (a *Admin) naming(ctx context.Context, j xmpp.JID) ([]storage.Alias, error) {
	all, err := a.Store.Aliases(ctx, "")
	if err != nil {
		return nil, stored(err, "list aliases", "")
	}
	var list []storage.Alias
	for _, al := range all {
		if names(&al, j) {
			list = append(list, al)
		}
	}
	return list, nil
}

// inUse leaves out deleted aliases.
func inUse(list []storage.Alias) []storage.Alias {
	return slices.DeleteFunc(slices.Clone(list), func(al storage.Alias) bool { return !al.Deleted.IsZero() })
}

// visible are the addresses of those aliases whose domains the actor administers.
func (a *Admin) visible(who Actor, list []storage.Alias) []string {
	var out []string
	for _, al := range list {
		if a.domain(who, al.JID.Domain()) == nil {
			out = append(out, al.JID.String())
		}
	}
	return out
}
