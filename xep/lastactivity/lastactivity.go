// Package lastactivity tells how long somebody has been away (XEP-0012): for the server since when it runs, for an
// account when its last session ended. Only those who may see an account's presence are told.
package lastactivity

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Contacts tells who may see an account's presence.
type Contacts interface {
	SharesPresence(owner, asker xmpp.JID) bool
}

// Seen remembers when accounts were last there.
type Seen interface {
	LastSeenOf(ctx context.Context, account xmpp.JID) (at time.Time, status string, err error)
}

// Options are what the module is made of.
type Options struct {
	Router   *router.Router
	Contacts Contacts
	Seen     Seen
	Now      func() time.Time
}

// LastActivity is the module.
type LastActivity struct {
	Options
	started time.Time
}

// New returns the module; the server's time begins now.
func New(o Options) *LastActivity { return &LastActivity{o, o.Now()} }

// Register names what it does.
func (l *LastActivity) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0012", Version: "2.0", Status: hook.Complete})
	r.Feature(hook.Server, ns.Last)
	r.Feature(hook.Account, ns.Last)
	r.IQ(hook.Server, xmpp.TypeGet, ns.Last, "query", l.server) // § 5
	r.PublicIQ(xmpp.TypeGet, ns.Last, "query", l.account)       // § 3
	r.Received(hook.Screen, l.screen)
}

func (l *LastActivity) server(context.Context, *hook.Request) (*xmpp.Element, error) {
	return seconds(l.Now().Sub(l.started)), nil
}

// account answers for somebody who is offline; with a session there, nobody has been away.
func (l *LastActivity) account(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if q.Stranger {
		return nil, xmpp.Refuse(stanza.Forbidden, "") // § 3: only who is subscribed may know; so for no account, too
	}
	for _, s := range l.Router.Sessions(q.Owner) {
		if s.Presence() != nil {
			return seconds(0), nil
		}
	}
	at, status, err := l.Seen.LastSeenOf(ctx, q.Owner)
	if errors.Is(err, storage.ErrNotFound) || err == nil && at.IsZero() {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "This account has never signed in.")
	}
	if err != nil {
		return nil, err
	}
	return seconds(l.Now().Sub(at)).AddText(status), nil
}

// screen keeps strangers from asking a client how long it has been idle (§ 4, § 7).
func (l *LastActivity) screen(p *hook.Packet) error {
	if p.Kind != xmpp.IQ || p.To.IsBare() || p.Type != xmpp.TypeGet || !p.Has(ns.Last, "query") {
		return nil
	}
	if !l.Contacts.SharesPresence(p.Owner, p.From.Bare()) {
		return xmpp.Refuse(stanza.Forbidden, "")
	}
	return nil
}

func seconds(d time.Duration) *xmpp.Element {
	return xmpp.El(ns.Last, "query").Set("seconds", strconv.FormatInt(max(0, int64(d/time.Second)), 10))
}
