package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Role is what an account may administer.
type Role string

// The roles of accounts.
const (
	User        Role = ""
	DomainAdmin Role = "domain"
	ServerAdmin Role = "server"
)

// Account is a person's address with what the administrator keeps about it.
type Account struct {
	JID        xmpp.JID
	Name       string // display name, "" when none was given
	Department string
	Lang       string
	Role       Role
	Disabled   bool // may not sign in; what it wrote stays
	ChatOff    bool // mail only: not in groups, not in the shared roster
	Created    time.Time
}

// Credential is a SCRAM verifier (RFC 5802 § 3): never a password.
type Credential struct {
	Mechanism  string // the hash's name: "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"
	Salt       []byte
	Iterations int
	StoredKey  []byte
	ServerKey  []byte
	App        string // the app password that it is of; "": the password of the account
}

// HashCount is how many accounts of a domain have verifiers of a mechanism with a number of iterations.
type HashCount struct {
	Domain, Mechanism    string
	Iterations, Accounts int
}

// Accounts keeps accounts and their credentials.
type Accounts interface {
	// CreateAccount adds an account with its credentials; ErrConflict when the address is an account or alias already
	// (a deleted alias too, until it is dropped). Accounts that are created, updated or deleted are queued in the outbox of Aliases.
	CreateAccount(context.Context, Account, []Credential) error
	// CreateAccounts adds many in one transaction, with lines of the audit log about it: all of them, or none and ErrConflict.
	// creds[i] belongs to accounts[i].
	CreateAccounts(ctx context.Context, accounts []Account, creds [][]Credential, lines ...Audit) error
	// CreateNoted adds one with documents of a space of its own, and lines of the audit log: all of it, or nothing and ErrConflict.
	CreateNoted(ctx context.Context, a Account, creds []Credential, space string, docs map[string][]byte, lines ...Audit) error
	Account(context.Context, xmpp.JID) (Account, error)
	// Accounts lists a domain's accounts in the order of their addresses; "" lists all domains.
	Accounts(ctx context.Context, domain string) ([]Account, error)
	// UpdateAccount replaces everything but the address and the time of creation. An account that is disabled has no Clients.
	UpdateAccount(context.Context, Account) error
	// DeleteAccount removes the account and all that belongs to it: contacts, archive, documents, nodes, uploads' rows, and
	// what rooms and nodes of others have granted to it.
	DeleteAccount(context.Context, xmpp.JID) error
	Credentials(context.Context, xmpp.JID) ([]Credential, error)
	// SetCredentials replaces all credentials of the account, and removes its Clients and AppPasswords.
	SetCredentials(context.Context, xmpp.JID, []Credential) error
	// AddCredentials adds verifiers of the password that proved is of, or replaces those of the same mechanisms; ErrConflict
	// where the account does not have proved any more.
	AddCredentials(ctx context.Context, j xmpp.JID, proved Credential, added []Credential) error
	// FewCredentials finds the accounts that have verifiers, but fewer than so many, and tells of which mechanisms.
	FewCredentials(ctx context.Context, fewer int) (map[xmpp.JID][]string, error)
	// HashCounts tells how many accounts have verifiers of a mechanism with a number of iterations, the fewest iterations first.
	HashCounts(context.Context) ([]HashCount, error)
	// LastSeen is the time of the last sign-off and its status text (XEP-0012 § 4); SetLastSeen records it.
	LastSeen(context.Context, xmpp.JID) (at time.Time, status string, err error)
	SetLastSeen(ctx context.Context, j xmpp.JID, at time.Time, status string) error
}

// Audit is one administrative change.
type Audit struct {
	At     time.Time
	Actor  string // an address, or "cli" for the command line
	Door   string // "cli", "api", "page", "xmpp"
	Action string // "account.create", "alias.set", …
	Object string // the address that was changed
	Change string // JSON: old and new of what changed
}

// Audits keeps the audit log.
type Audits interface {
	AppendAudit(context.Context, Audit) error
	// Audits lists the newest first; domain "" lists all; before zero starts at the newest.
	Audits(ctx context.Context, domain string, before time.Time, limit int) ([]Audit, error)
}
