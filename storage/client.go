package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Client is a program of an account on a device that holds a token to sign in with (XEP-0484), as it has described itself
// (XEP-0388 § 2.3).
type Client struct {
	ID               string // a UUID
	Software, Device string
	First, Seen      time.Time // when it was given its first token, and when it signed in with one last, or was given one
}

// Token is what is kept of a token: not itself, but what it is made of again with a secret.
type Token struct {
	Mechanism string // the only one that it is good for
	Seed      []byte
	Fresh     bool // it was not used yet
	Expires   time.Time
	Count     int64 // of the attempts with it, as the client counts them (XEP-0484 § 3.4)
}

// Clients keeps the clients that hold tokens. What changes an account's credentials, disables or deletes it removes them.
type Clients interface {
	// Clients lists an account's clients, those seen last first.
	Clients(context.Context, xmpp.JID) ([]Client, error)
	// Tokens returns a client and what it holds, the fresh one first; no tokens for a client or account that there is not.
	Tokens(ctx context.Context, owner xmpp.JID, client string) (Client, []Token, error)
	// PutToken gives a client a fresh token, in the place of another that it has not used (XEP-0484 § 3.5). First stays as it
	// was. Of the account's clients the most that were seen last are kept. ErrNotFound where there is no account.
	PutToken(ctx context.Context, owner xmpp.JID, c Client, t Token, most int) error
	// UseToken notes that a client has signed in with the token of a seed: a fresh one takes the place of the one before
	// it. ErrNotFound where the token is gone; ErrConflict for a count that is not 0 and not larger than the one before.
	UseToken(ctx context.Context, owner xmpp.JID, client string, seed []byte, count int64, at time.Time) error
	// RemoveClient removes a client with its tokens; ErrNotFound.
	RemoveClient(ctx context.Context, owner xmpp.JID, client string) error
}
