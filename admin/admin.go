// Package admin holds every administrative operation as a Go function: accounts, aliases, groups, rooms, sessions,
// status. The command line, the HTTP API and the admin page all come in through the one table of operations that Ops
// returns, so each of them can do the same, is checked the same way and leaves the same line in the audit log.
//
// Whoever calls is an Actor; a domain administrator is kept to the own domain here, not at the door. What is wrong with
// a request is an *Error whose text says what to do about it. The package knows no engine and no protocol: what it needs
// of the rest of the server it declares as small interfaces (Accounts, Store, Sessions, LiveRooms, Groups), and it
// works without a running server, where those that are about the present are nil.
package admin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"myna/account"
	"myna/account/signup"
	"myna/storage"
	"myna/xmpp"
)

// Accounts is the part of account.Service that administration uses: all changes of accounts go through it.
type Accounts interface {
	CreateMany(ctx context.Context, drafts []account.Draft) error
	Update(ctx context.Context, j xmpp.JID, edit func(*storage.Account)) error
	// Acceptable tells, with a *account.PasswordError, why a text cannot be the new password of an account.
	Acceptable(j xmpp.JID, password string) error
	SetPassword(ctx context.Context, j xmpp.JID, password string) error
	// HasPassword tells whether a text is the password of an account.
	HasPassword(ctx context.Context, j xmpp.JID, password string) (bool, error)
	Delete(ctx context.Context, j xmpp.JID) error
}

// Store is the part of storage.Store that administration uses.
type Store interface {
	storage.Audits
	storage.Aliases
	// CreateInvite, Invite, Invites and DeleteInvite are those of storage.Invites.
	CreateInvite(ctx context.Context, i storage.Invite, most int, before time.Time, line storage.Audit) error
	Invite(ctx context.Context, id string) (storage.Invite, error)
	Invites(ctx context.Context, domain string) ([]storage.Invite, error)
	DeleteInvite(ctx context.Context, id string) error
	Account(context.Context, xmpp.JID) (storage.Account, error)
	Credentials(context.Context, xmpp.JID) ([]storage.Credential, error)
	// Roster is that of storage.Rosters.
	Roster(context.Context, xmpp.JID) (items []storage.RosterItem, version int64, err error)
	Accounts(ctx context.Context, domain string) ([]storage.Account, error)
	LastSeen(context.Context, xmpp.JID) (at time.Time, status string, err error)
	Rooms() storage.Rooms
	// Uploads and UploadUsage are those of storage.Uploads.
	Uploads(ctx context.Context, owner xmpp.JID, limit int) ([]storage.Upload, error)
	UploadUsage(ctx context.Context, owner xmpp.JID, since time.Time) (total, recent int64, err error)
	// Query, Bounds and Erase are those of storage.Archive.
	Query(context.Context, storage.Query) ([]storage.Record, storage.Page, error)
	Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error)
	Erase(ctx context.Context, owner xmpp.JID) error
	// Doc, PutDoc, DeleteDoc and ListDocs are those of storage.Docs.
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
}

// Tokens forgets what signs in without a password (XEP-0484, sessions of the web pages).
type Tokens interface {
	Revoke(ctx context.Context, account xmpp.JID) error
}

// Session is a signed-in client.
type Session struct {
	Resource  string    `json:"resource"`
	Since     time.Time `json:"since"`
	Remote    string    `json:"remote,omitempty"` // network address
	Client    string    `json:"client,omitempty"` // name and version, where it is known
	Transport string    `json:"transport,omitempty"`
	Encrypted bool      `json:"encrypted"`
	Status    string    `json:"status"` // available, away, dnd, offline
}

// AccountSession is a session with whose it is.
type AccountSession struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
	Session
}

// Sessions knows who is signed in.
type Sessions interface {
	// All lists the sessions of the accounts of a domain; "" lists all. Names are not filled in.
	All(domain string) []AccountSession
	// Sessions lists the sessions of an account.
	Sessions(account xmpp.JID) []Session
	// Kick ends an account's sessions, or the one with the resource, with a stream error of the given text; it returns how many.
	Kick(account xmpp.JID, resource, text string) int
	// Online counts the accounts and the sessions that are signed in; domain "" counts all.
	Online(domain string) (accounts, sessions int)
}

// Occupant is somebody in a room.
type Occupant struct {
	Address string `json:"address"` // bare
	Nick    string `json:"nick"`
	Role    string `json:"role"`
}

// LiveRooms knows the rooms' present.
type LiveRooms interface {
	// Occupants lists who is in a room.
	Occupants(room xmpp.JID) []Occupant
	// RemoveFiles removes the files that were sent to a group, and tells how many there were.
	RemoveFiles(ctx context.Context, room xmpp.JID) (int, error)
	// Destroy ends a room for everybody in it (XEP-0045 § 10.9) and removes it, with all that it has kept.
	Destroy(ctx context.Context, room xmpp.JID, reason string) error
}

// Member is an effective member of an alias.
type Member struct {
	Address string   `json:"address"`
	Via     []string `json:"via,omitempty"` // the aliases on the way, the outermost first; empty for a direct target
	Kind    string   `json:"kind"`          // "chat", "mail" (chat is off), "left" (by oneself), "disabled", "external"
	Lead    bool     `json:"lead,omitempty"`
}

// Resolution is what an alias' targets come to.
type Resolution struct {
	Members  []Member `json:"members"`
	Warnings []string `json:"warnings,omitempty"` // loops, targets that do not exist, depth
	Loops    int      `json:"loops,omitempty"`    // how many of the warnings are about aliases that contain themselves
}

// Groups flattens aliases. The rules are those that the rooms are kept by.
type Groups interface {
	Resolve(ctx context.Context, alias xmpp.JID) (Resolution, error)
	// Preview is Resolve for an alias that is not saved, or not saved so.
	Preview(ctx context.Context, draft *storage.Alias) (Resolution, error)
	// Readmit lets accounts be members of a room again that have left it by themselves, and returns them.
	Readmit(ctx context.Context, room xmpp.JID, accounts []xmpp.JID) ([]xmpp.JID, error)
}

// Deps is what an Admin is built from. Accounts, Apps, Access, Contacts, Announcer, Store, Hosts and Log are needed; the others may be nil.
type Deps struct {
	Accounts Accounts
	Apps     AppPasswords
	Access   Access // who can sign in to an account, and has
	Contacts Contacts
	// Announcer tells people what their administrators have to say.
	Announcer Announcer
	Kept      []Kept    // what modules keep of accounts, for exports and imports
	Files     KeptFiles // nil: there are none
	Temp      string    // the directory for files that are read several times; "" is that of the system
	// Ender stops the server after a while, or has it start anew. nil: the server does not run.
	Ender func(restart bool, delay time.Duration)
	Store Store
	Hosts func() []string // the domains served now
	Log   *slog.Logger
	// GroupsHost is the address of a domain's rooms; nil: groups.DOMAIN.
	GroupsHost func(domain string) string
	// Notes has something to say to who has created so many accounts of a domain, a line; "" is nothing. nil: never.
	Notes func(domain string, created int) string
	// SignUp knows who may invite people; it is needed where there are invitations.
	SignUp *signup.Service
	// InvitePage is the address of the page of an invitation, "" where there is none; nil: nowhere.
	InvitePage func(domain, token string) string
	// ResetPage is the page on which who has lost the password sets another, likewise.
	ResetPage func(domain, token string) string
	Bounds    func(domain string) Bounds // nil: DefaultBounds
	Tokens    Tokens                     // nil: there are none
	Passes    Passes                     // nil: there are none
	Groups    Groups                     // nil: members are not resolved
	Sessions  Sessions                   // nil: the server does not run
	Rooms     LiveRooms                  // nil: the server does not run
	// Policies tells the options of a domain, as they are in use; nil: they are not known.
	Policies func(domain string) ([]Policy, error)
	// Decide sets an option of a domain in place of what the configuration says of it, and puts it in use; value "" is what the
	// configuration says. An *Error says why a value is not possible. It is there where Policies is.
	Decide func(ctx context.Context, domain, key, value string) error
	// Reload reads the configuration anew; it returns in words what is different now. nil: there is nothing to reload.
	Reload func(ctx context.Context, who Actor) ([]string, error)
	// Vitals are what the running server measures. nil: it does not run.
	Vitals  func(context.Context) Vitals
	Changed func(xmpp.JID) // called after an account or alias has changed, to wake who follows them; must not block
	Now     func() time.Time
	Version string
	Started time.Time // zero: the server does not run
}

// Admin carries out administrative operations. Its methods may be called at the same time.
type Admin struct {
	Deps
	probe     probe
	decisions sync.Mutex // held from reading an option or message of a domain until another one is in use
	mu        sync.Mutex // held from reading an alias to writing it changed
}

// New makes an Admin.
func New(d Deps) *Admin {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.GroupsHost == nil {
		d.GroupsHost = func(domain string) string { return "groups." + domain }
	}
	if d.Changed == nil {
		d.Changed = func(xmpp.JID) {}
	}
	if d.Bounds == nil {
		d.Bounds = func(string) Bounds { return DefaultBounds() }
	}
	if d.Notes == nil {
		d.Notes = func(string, int) string { return "" }
	}
	return &Admin{Deps: d}
}

// now is the time as the store keeps it.
func (a *Admin) now() time.Time { return a.Now().UTC().Truncate(time.Microsecond) }

// changed queues an address for the reconciler of groups and wakes who follows it. The change itself is durable
// already; a lost wake-up only means that it shows later.
func (a *Admin) changed(ctx context.Context, who ...xmpp.JID) {
	if err := a.Store.MarkDirty(context.WithoutCancel(ctx), who...); err != nil {
		a.Log.Error("change could not be queued for the groups", "addresses", who, "err", err)
	}
	for _, j := range who {
		a.Changed(j)
	}
}
