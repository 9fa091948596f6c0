// Package commands lets people and administrators give orders in any client that can show forms (XEP-0050): at their own
// address everyone sees and ends the own sessions, changes the password, and makes and revokes app passwords; at the domain, and at their own address too,
// administrators do what the command line does (XEP-0133), through the same operations of package admin, with the same
// rights and the same lines in the audit log.
//
// A command is a row of a table: forms that are filled out one after another, and what is done then.
package commands

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Actor is who gives an order to administration.
type Actor struct {
	Name   string // bare address
	Role   storage.Role
	Domain string
}

// Options are what a Commands is made of.
type Options struct {
	// Account finds an account from memory.
	Account func(bare xmpp.JID) (storage.Account, bool)
	// Sessions returns the sessions of an account.
	Sessions func(bare xmpp.JID) []hook.Session
	// SetPassword changes the password of who asks from a full address.
	SetPassword func(ctx context.Context, who xmpp.JID, password string) error
	// MayInvite tells from memory whether an account may invite people.
	MayInvite func(*storage.Account) bool
	Apps      AppPasswords
	Mails     Mails
	Managers  Managers
	// Limited tells whether a session may use the account, but not change who can sign in, nor administer.
	Limited func(hook.Session) bool
	// Do carries out an operation of administration: a request for JSON in, JSON out. Its errors are stanza errors where
	// the administrator may see them.
	Do     func(ctx context.Context, who Actor, operation string, request any) (json.RawMessage, error)
	Now    func() time.Time
	Secret []byte // makes session ids that can be told from invented ones
}

// Commands is the module.
type Commands struct {
	Options
	table    []command
	sessions sessions
}

// New returns the module.
func New(o Options) *Commands {
	c := &Commands{Options: o, sessions: sessions{m: map[string]*session{}, count: map[xmpp.JID]int{}}}
	c.table = slices.Concat(c.own(), c.administration(), c.invites())
	return c
}

// Register names what it does.
func (c *Commands) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0050", Version: "1.3.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0133", Version: "1.3.1", Status: hook.Complete,
		Note: "the lists of § 4.11 and § 4.12 count in both directions; also at the administrator's own address"})
	r.Protocol(hook.Protocol{Spec: "XEP-0401", Version: "0.6.0", Status: hook.Complete})
	for _, t := range []hook.Target{hook.Account, hook.Server} {
		r.Feature(t, ns.Commands)                                // § 2.1
		r.Items(t, ns.Commands, c.items(t))                      // § 2.2
		r.Node(t, ns.Commands, c.node(t))                        // § 2.2
		r.IQ(t, xmpp.TypeSet, ns.Commands, "command", c.take(t)) // § 2.4
	}
	r.On(hook.Closed, func(s hook.Session) { c.sessions.forget(s.JID()) })
}

// command is a row of the table.
type command struct {
	node, name string
	allowed    func(a *asker) bool
	unlisted   bool // another name of a command
	// forms are shown one after another; each sees what was filled out in those before. None: it runs at once.
	forms []func(ctx context.Context, c *call) (*xmpp.Element, error)
	// run does it; the result's payload may be nil.
	run func(ctx context.Context, c *call) (outcome, error)
}

// asker is who asks, and where.
type asker struct {
	who     xmpp.JID // full
	at      xmpp.JID // the account's bare address, or the domain
	target  hook.Target
	account storage.Account
	limited bool // as Options.Limited tells
}

// administers tells whether the asker administers the domain that the command is for.
func (a *asker) administers() bool {
	switch {
	case a.limited:
		return false
	case a.account.Role == storage.DomainAdmin:
		return a.at.Domain() == a.who.Domain()
	}
	return a.account.Role == storage.ServerAdmin
}

// call is one execution: who, and what was filled out so far.
type call struct {
	asker
	session hook.Session
	values  form.Values
}

// outcome is what a command ends with.
type outcome struct {
	payload *xmpp.Element
	note    string
	failed  bool // the note says why (§ 3.6)
}

// asker finds who asks; ok is false for strangers.
func (c *Commands) asker(t hook.Target, q *hook.Request) (a asker, ok bool) {
	if q.Session == nil || t == hook.Account && !q.Own() {
		return a, false
	}
	rec, ok := c.Account(q.From.Bare())
	return asker{who: q.From, at: q.Owner, target: t, account: rec, limited: c.Limited(q.Session)}, ok && !rec.Disabled
}

// find returns the command of a node.
func (c *Commands) find(node string) *command {
	for i := range c.table {
		if c.table[i].node == node {
			return &c.table[i]
		}
	}
	return nil
}
