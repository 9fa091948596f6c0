package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// AppPassword is a password of an account that was made for one program or device, and ends without the others.
type AppPassword struct {
	ID      string
	Label   string // what it is for, for people
	Created time.Time
	Used    time.Time // when somebody signed in with it last, about; zero: never
}

// AppPasswords keeps the app passwords of accounts. What changes an account's credentials or deletes it removes them.
type AppPasswords interface {
	// AppPasswords lists those of an account, the oldest first; ErrNotFound where there is no account.
	AppPasswords(context.Context, xmpp.JID) ([]AppPassword, error)
	// AddAppPassword adds one with its verifiers; ErrNotFound where there is no account, ErrConflict for an id that is taken.
	AddAppPassword(ctx context.Context, owner xmpp.JID, p AppPassword, keys []Credential) error
	// UseAppPassword notes that somebody has signed in; ErrNotFound where it is gone.
	UseAppPassword(ctx context.Context, owner xmpp.JID, id string, at time.Time) error
	// RemoveAppPassword removes one, and the Clients that have signed in with it; ErrNotFound.
	RemoveAppPassword(ctx context.Context, owner xmpp.JID, id string) error
	// Verifiers returns the account's own credentials and behind them those of its app passwords; ErrNotFound where there
	// is no account.
	Verifiers(context.Context, xmpp.JID) ([]Credential, error)
}
