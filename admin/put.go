package admin

import (
	"context"
	"errors"

	"myna/storage"
)

// PutAccount asks for an account to be like this, whether it is there or not; the same request may come again and again.
// What is nil or empty from Role on stays as it is; a new account needs a password.
type PutAccount struct {
	Address    string        `json:"address"`
	Name       string        `json:"name,omitempty"`
	Department string        `json:"department,omitempty"`
	Lang       string        `json:"lang,omitempty"`
	ChatOff    bool          `json:"chat_off,omitempty"`
	Role       *storage.Role `json:"role,omitempty"`
	Disabled   *bool         `json:"disabled,omitempty"`
	Password   string        `json:"password,omitempty"` // one that the account has already ends no session
	New        bool          `json:"if_new,omitempty"`   // there must be none
	If
}

// AccountPut tells what came of it.
type AccountPut struct {
	Account
	New bool `json:"new,omitempty"` // it was not there before
}

// PutAccount creates an account or changes it.
func (a *Admin) PutAccount(ctx context.Context, who Actor, r PutAccount) (AccountPut, error) {
	j, err := a.address(who, r.Address)
	if err != nil {
		return AccountPut{}, err
	}
	out := AccountPut{}
	before, err := a.Store.Account(ctx, j)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		out.New = true
		out.Account, err = a.putNew(ctx, who, r)
	case err != nil:
		err = stored(err, "read account", j.String())
	case r.New:
		err = refuse(Changed, "there-already", "%s is there already", j)
	default:
		out.Account, err = a.SetAccount(ctx, who, SetAccount{Address: r.Address, Name: &r.Name, Department: &r.Department, Lang: &r.Lang,
			ChatOff: &r.ChatOff, Role: r.Role, If: r.If})
	}
	if err == nil && r.Disabled != nil && *r.Disabled != before.Disabled {
		change := a.EnableAccount
		if *r.Disabled {
			change = a.DisableAccount
		}
		out.Account, err = change(ctx, who, SwitchAccount{Address: r.Address})
	}
	if err == nil && r.Password != "" && !out.New {
		err = a.putPassword(ctx, who, r)
	}
	return out, err
}

func (a *Admin) putNew(ctx context.Context, who Actor, r PutAccount) (Account, error) {
	if err := r.missing(); err != nil {
		return Account{}, err
	}
	c := CreateAccount{Address: r.Address, Name: r.Name, Department: r.Department, Lang: r.Lang, ChatOff: r.ChatOff, Password: r.Password}
	assign(&c.Role, r.Role)
	made, err := a.CreateAccount(ctx, who, c)
	return made.Account, err
}

// putPassword sets a password that is another one than the account has.
func (a *Admin) putPassword(ctx context.Context, who Actor, r PutAccount) error {
	rec, err := a.changeable(ctx, who, r.Address) // only who may change the password may try it
	if err != nil {
		return err
	}
	has, err := a.Accounts.HasPassword(ctx, rec.JID, r.Password)
	if err != nil || has {
		return stored(err, "compare password of account", rec.JID.String())
	}
	_, err = a.SetPassword(ctx, who, SetPassword{Address: r.Address, Password: r.Password})
	return err
}

// PutAlias asks for an alias to be like this, whether it is there or not; the same request may come again and again.
type PutAlias struct {
	Address string `json:"address"`
	AliasFields
	New bool `json:"if_new,omitempty"` // there must be none
	If
}

// AliasPut tells what came of it.
type AliasPut struct {
	Alias
	New bool `json:"new,omitempty"` // it was not there before
}

// PutAlias creates an alias or changes it. One that was deleted has to be restored, or deleted for good, before.
func (a *Admin) PutAlias(ctx context.Context, who Actor, r PutAlias) (AliasPut, error) {
	j, err := a.address(who, r.Address)
	if err != nil {
		return AliasPut{}, err
	}
	al, err := a.Store.Alias(ctx, j)
	switch {
	case errors.Is(err, storage.ErrNotFound), err == nil && !al.Deleted.IsZero():
		if err := r.missing(); err != nil {
			return AliasPut{}, err
		}
		made, err := a.CreateAlias(ctx, who, CreateAlias{r.Address, r.AliasFields})
		return AliasPut{made, true}, err
	case err != nil:
		return AliasPut{}, stored(err, "read alias", j.String())
	case r.New:
		return AliasPut{}, refuse(Changed, "there-already", "%s is there already", j)
	}
	now, err := a.changeAlias(ctx, who, "alias.set", r.Address, r.If, func(f *AliasFields) error {
		*f = r.AliasFields
		return nil
	})
	return AliasPut{Alias: now}, err
}
