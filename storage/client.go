package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Client is a program of an account on a device, as it has described itself (XEP-0388 § 2.3). It may hold a token to sign in
// with (XEP-0484).
type Client struct {
	ID               string // a UUID
	Software, Device string
	First, Seen      time.Time // when it signed in first, and last
	App              string    // the app password that it has signed in with; "": the password of the account
	Until            time.Time // when the last of its tokens expires; zero: it holds none. Only Clients tells
}

// Token is what is kept of a token: not itself, but what it is made of again with a secret.
type Token struct {
	Mechanism string // the only one that it is good for
	Seed      []byte
	Fresh     bool // it was not used yet
	Expires   time.Time
	Count     int64 // of the attempts with it, as the client counts them (XEP-0484 § 3.4)
}

// Clients keeps the clients of accounts and their tokens. What changes an account's credentials, disables or deletes it removes
// them.
type Clients interface {
	// Clients lists an account's clients, those seen last first.
	Clients(context.Context, xmpp.JID) ([]Client, error)
	// Tokens returns a client and what it holds, the fresh one first; no tokens for a client or account that there is not.
	Tokens(ctx context.Context, owner xmpp.JID, client string) (Client, []Token, error)
	// PutToken gives a client a fresh token, in the place of another that it has not used (XEP-0484 § 3.5). First stays as it
	// was. Of the account's clients the most that were seen last are kept. One that has signed in with another app password
	// than before loses the tokens that it has. ErrNotFound where there is no account.
	PutToken(ctx context.Context, owner xmpp.JID, c Client, t Token, most int) error
	// PutClient is PutToken without a token: it notes that a client has signed in.
	PutClient(ctx context.Context, owner xmpp.JID, c Client, most int) error
	// ForgetClients removes the clients of a domain that were not seen since before and have no token that is good at now.
	ForgetClients(ctx context.Context, domain string, before, now time.Time) error
	// UseToken notes that a client has signed in with the token of a seed: a fresh one takes the place of the one before
	// it. ErrNotFound where the token is gone; ErrConflict for a count that is not 0 and not larger than the one before.
	UseToken(ctx context.Context, owner xmpp.JID, client string, seed []byte, count int64, at time.Time) error
	// RemoveClient removes a client with its tokens; ErrNotFound.
	RemoveClient(ctx context.Context, owner xmpp.JID, client string) error
}
