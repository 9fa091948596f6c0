package admin

import (
	"context"
	"slices"
	"strings"

	"myna/muc/digest"
	"myna/storage"
	"myna/xmpp"
)

// SetAccount changes what is kept about an account; what is nil stays.
type SetAccount struct {
	Address    string        `json:"address"`
	Name       *string       `json:"name,omitempty"`
	Department *string       `json:"department,omitempty"`
	Lang       *string       `json:"lang,omitempty"`
	Role       *storage.Role `json:"role,omitempty"`
	ChatOff    *bool         `json:"chat_off,omitempty"`
	Digest     *string       `json:"digest,omitempty"` // mails about groups: "default" (as the domain has them), "off", "15m", "1h", "daily"
	If
}

// SetAccount changes an account.
func (a *Admin) SetAccount(ctx context.Context, who Actor, r SetAccount) (Account, error) {
	if r.Digest != nil && !slices.Contains(digest.Choices(), *r.Digest) {
		return Account{}, refuse(Invalid, "no-rhythm", "%q is no rhythm of mails about groups; use %s", *r.Digest, strings.Join(digest.Choices(), ", "))
	}
	return a.change(ctx, who, "account.set", r.Address, r.Digest, func(rec *storage.Account) error {
		if err := r.check(a.view(*rec)); err != nil {
			return err
		}
		assign(&rec.Name, r.Name)
		assign(&rec.Department, r.Department)
		assign(&rec.Lang, r.Lang)
		assign(&rec.Role, r.Role)
		assign(&rec.ChatOff, r.ChatOff)
		if r.Role != nil && *r.Role != storage.ServerAdmin {
			if err := self(who, rec.JID, "take the rights of"); err != nil && who.Role == storage.ServerAdmin {
				return err
			}
		}
		return a.checkAccount(who, rec)
	})
}

func assign[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// withDigest is an account with its choice of mails about groups, for the log of changes.
type withDigest struct {
	Account
	Digest string `json:"digest"`
}

// change has an account changed by f, which may refuse, and its choice of mails about groups, unless that is nil.
func (a *Admin) change(ctx context.Context, who Actor, action, address string, mails *string, f func(*storage.Account) error) (Account, error) {
	rec, err := a.changeable(ctx, who, address)
	if err != nil {
		return Account{}, err
	}
	var before, after storage.Account
	var refused error
	err = a.Accounts.Update(ctx, rec.JID, func(now *storage.Account) {
		before, after = *now, *now
		if refused = f(&after); refused == nil {
			*now = after
		}
	})
	if refused != nil {
		return Account{}, refused
	}
	if err != nil {
		return Account{}, stored(err, "change account", rec.JID.String())
	}
	view := a.view(after)
	if mails != nil {
		old, err := a.choose(ctx, rec.JID, *mails)
		if err != nil {
			return view, err
		}
		if old != *mails {
			a.audit(ctx, who, action, rec.JID, withDigest{a.view(before), old}, withDigest{view, *mails})
			a.changed(ctx, rec.JID)
			return view, nil
		}
	}
	if after != before {
		a.audit(ctx, who, action, rec.JID, a.view(before), view)
		a.changed(ctx, rec.JID)
	}
	return view, nil
}

// choose keeps how often an account is told by mail what was said in its groups, and returns what it was.
func (a *Admin) choose(ctx context.Context, j xmpp.JID, choice string) (before string, err error) {
	if before, err = digest.Choice(ctx, a.Store, j); err == nil && before != choice {
		err = digest.Choose(ctx, a.Store, j, choice)
	}
	return before, stored(err, "choose mails of account", j.String())
}

// SetPassword asks for another password of an account.
type SetPassword struct {
	Address  string `json:"address"`
	Password string `json:"password,omitempty"`
	Generate bool   `json:"generate,omitempty"`
}

// PasswordSet tells what was done. Password is there when it was generated.
type PasswordSet struct {
	Address  string `json:"address"`
	Password string `json:"password,omitempty"`
	Ended    int    `json:"ended"` // sessions
}

// SetPassword gives an account another password. All its sessions end and its tokens are forgotten.
func (a *Admin) SetPassword(ctx context.Context, who Actor, r SetPassword) (PasswordSet, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return PasswordSet{}, err
	}
	password, err := passwordOf(r.Password, r.Generate)
	if err != nil {
		return PasswordSet{}, err
	}
	if err := a.Accounts.SetPassword(ctx, rec.JID, password); err != nil {
		return PasswordSet{}, stored(err, "set password of account", rec.JID.String())
	}
	a.audit(ctx, who, "account.password", rec.JID, nil, map[string]string{"password": "changed"})
	out := PasswordSet{Address: rec.JID.String()}
	if r.Generate {
		out.Password = password
	}
	out.Ended, err = a.signOff(ctx, rec.JID, "the password was changed")
	return out, err
}

// signOff forgets tokens and ends sessions.
func (a *Admin) signOff(ctx context.Context, j xmpp.JID, why string) (ended int, err error) {
	if a.Tokens != nil {
		err = a.Tokens.Revoke(ctx, j)
	}
	if a.Sessions != nil {
		ended = a.Sessions.Kick(j, "", why)
	}
	return ended, stored(err, "revoke tokens of account", j.String())
}

// SwitchAccount asks to disable an account, or to enable it.
type SwitchAccount struct {
	Address string `json:"address"`
	If
}

// DisableAccount keeps an account from signing in: sessions end, tokens are forgotten, it leaves its groups. What it
// wrote stays.
func (a *Admin) DisableAccount(ctx context.Context, who Actor, r SwitchAccount) (Account, error) {
	acc, err := a.change(ctx, who, "account.disable", r.Address, nil, func(rec *storage.Account) error {
		if err := r.check(a.view(*rec)); err != nil {
			return err
		}
		rec.Disabled = true
		return self(who, rec.JID, "disable")
	})
	if err != nil {
		return acc, err
	}
	j, err := a.address(who, acc.Address)
	if err == nil {
		_, err = a.signOff(ctx, j, "the account was disabled")
	}
	acc.Online = 0
	return acc, err
}

// EnableAccount lets an account sign in again.
func (a *Admin) EnableAccount(ctx context.Context, who Actor, r SwitchAccount) (Account, error) {
	return a.change(ctx, who, "account.enable", r.Address, nil, func(rec *storage.Account) error {
		if err := r.check(a.view(*rec)); err != nil {
			return err
		}
		rec.Disabled = false
		return nil
	})
}

// DeleteAccount asks to delete an account.
type DeleteAccount struct {
	Address string `json:"address"`
	If
}

// DeletedAccount tells what went with an account.
type DeletedAccount struct {
	Address string   `json:"address"`
	Aliases []string `json:"aliases,omitempty"` // that named it and do no longer
}

// DeleteAccount removes an account and all that belongs to it. Aliases stop naming it, so that a later account of the
// same address does not come into its groups.
func (a *Admin) DeleteAccount(ctx context.Context, who Actor, r DeleteAccount) (DeletedAccount, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return DeletedAccount{}, err
	}
	if err := self(who, rec.JID, "delete"); err != nil {
		return DeletedAccount{}, err
	}
	out := DeletedAccount{Address: rec.JID.String()}
	before := a.view(rec)
	if err := r.check(before); err != nil {
		return out, err
	}
	// From now on it cannot come back while it is being taken apart.
	if err := a.Accounts.Update(ctx, rec.JID, func(now *storage.Account) { now.Disabled = true }); err != nil {
		return out, stored(err, "delete account", rec.JID.String())
	}
	if _, err := a.signOff(ctx, rec.JID, "the account was deleted"); err != nil {
		return out, err
	}
	naming, err := a.naming(ctx, rec.JID)
	if err != nil {
		return out, err
	}
	for _, al := range naming {
		old := viewAlias(&al)
		unname(&al, rec.JID)
		if err := a.Store.PutAlias(ctx, al); err != nil {
			return out, stored(err, "change alias", al.JID.String())
		}
		a.audit(ctx, who, "alias.set", al.JID, old, viewAlias(&al))
		a.Changed(al.JID)
	}
	out.Aliases = a.visible(who, inUse(naming))
	if err := a.Accounts.Delete(ctx, rec.JID); err != nil {
		return out, stored(err, "delete account", rec.JID.String())
	}
	a.audit(ctx, who, "account.delete", rec.JID, before, nil)
	a.changed(ctx, rec.JID)
	return out, nil
}
