package admin

import (
	"context"
	"errors"
	"time"

	"myna/account"
	"myna/storage"
	"myna/xmpp"
)

// AppPasswords is the part of account.Service that is about passwords for one program or device.
type AppPasswords interface {
	// CreateAppPassword makes one, and its text; account.ErrLabel, *account.FullError.
	CreateAppPassword(ctx context.Context, account xmpp.JID, label string) (p storage.AppPassword, text string, err error)
	AppPasswords(ctx context.Context, account xmpp.JID) ([]storage.AppPassword, error)
	// EndAppPassword removes one, and ends what has signed in with it.
	EndAppPassword(ctx context.Context, account xmpp.JID, id string) error
}

// AppPassword is a password for one program or device of an account, without its text.
type AppPassword struct {
	ID      string    `json:"id"`
	Label   string    `json:"label"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"` // about; not there: never
}

// CreateAppPassword asks for a password for one program or device.
type CreateAppPassword struct {
	Address string `json:"address"`
	Label   string `json:"label"` // what it is for
}

// CreatedAppPassword is a new app password. Password is its text; it is not told again.
type CreatedAppPassword struct {
	AppPassword
	Address  string `json:"address"`
	Password string `json:"password"`
}

func viewAppPassword(p storage.AppPassword) AppPassword {
	return AppPassword{ID: p.ID, Label: p.Label, Created: p.Created, Used: p.Used}
}

// CreateAppPassword makes an app password. It is for accounts that the actor may change, as who has it may sign in.
func (a *Admin) CreateAppPassword(ctx context.Context, who Actor, r CreateAppPassword) (CreatedAppPassword, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return CreatedAppPassword{}, err
	}
	p, text, err := a.Apps.CreateAppPassword(ctx, rec.JID, r.Label)
	var full *account.FullError
	switch {
	case errors.Is(err, account.ErrLabel):
		return CreatedAppPassword{}, refuse(Invalid, "label-missing", "a label is needed that says what the password is for, such as Phone: one line of at most 64 characters")
	case errors.As(err, &full):
		return CreatedAppPassword{}, refuse(Conflict, "app-passwords-full", "%s has as many app passwords as one may have: %d; revoke some that are not used", rec.JID, full.Most)
	case err != nil:
		return CreatedAppPassword{}, stored(err, "create app password of account", rec.JID.String())
	}
	a.audit(ctx, who, "app-password.create", rec.JID, nil, map[string]string{"app_password": p.ID, "label": p.Label})
	return CreatedAppPassword{viewAppPassword(p), rec.JID.String(), text}, nil
}

// ListAppPasswords lists the app passwords of an account, the oldest first.
func (a *Admin) ListAppPasswords(ctx context.Context, who Actor, r Identified) ([]AppPassword, error) {
	rec, err := a.account(ctx, who, r.Address)
	if err != nil {
		return nil, err
	}
	rows, err := a.Apps.AppPasswords(ctx, rec.JID)
	if err != nil {
		return nil, stored(err, "list app passwords of account", rec.JID.String())
	}
	list := make([]AppPassword, len(rows))
	for i, p := range rows {
		list[i] = viewAppPassword(p)
	}
	return list, nil
}

// RevokeAppPassword asks to revoke an app password.
type RevokeAppPassword struct {
	Address string `json:"address"`
	ID      string `json:"id"`
}

// RevokeAppPassword revokes an app password: nobody signs in with it any more, its sessions end, and the tokens that clients were
// given for it are worth nothing. It returns the app password.
func (a *Admin) RevokeAppPassword(ctx context.Context, who Actor, r RevokeAppPassword) (AppPassword, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return AppPassword{}, err
	}
	rows, err := a.Apps.AppPasswords(ctx, rec.JID)
	if err != nil {
		return AppPassword{}, stored(err, "list app passwords of account", rec.JID.String())
	}
	for _, p := range rows {
		if p.ID != r.ID {
			continue
		}
		err := a.Apps.EndAppPassword(ctx, rec.JID, p.ID)
		if errors.Is(err, storage.ErrNotFound) {
			break // revoked by somebody else a moment ago
		}
		if err != nil {
			return AppPassword{}, stored(err, "revoke app password of account", rec.JID.String())
		}
		a.audit(ctx, who, "app-password.revoke", rec.JID, map[string]string{"app_password": p.ID, "label": p.Label}, nil)
		return viewAppPassword(p), nil
	}
	return AppPassword{}, refuse(NotFound, "no-app-password", "%s has no app password %s", rec.JID, r.ID)
}
