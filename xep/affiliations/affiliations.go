// Package affiliations says what an account is to its server (XEP-0489): that of an administrator, of somebody who is known here, of
// somebody who has made it by themselves, or of a guest. It is told to the account itself, and to whom the operator trusts.
package affiliations

import (
	"context"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// The affiliations (§ 2).
const (
	anonymous  = "anonymous"
	registered = "registered"
	member     = "member"
	admin      = "admin"
)

// Config are the options of affiliations, [modules.affiliations].
type Config struct {
	Trusted []string `toml:"trusted" doc:"Addresses and hosts that may ask what an account is to this server (XEP-0489), for example a filter for spam: administrator, known, registered by itself, or guest, and since which day."`

	circle xmpp.Circle // the parsed Trusted, by Validate
}

// DefaultConfig returns the defaults: nobody else is told.
func DefaultConfig() Config { return Config{Trusted: []string{}} }

// Validate says what cannot be.
func (c *Config) Validate() (err error) {
	if c.circle, err = xmpp.ParseCircle(c.Trusted); err != nil {
		return &config.KeyError{Key: "trusted", Text: err.Error()}
	}
	return nil
}

func (c *Config) trusts(who xmpp.JID) bool { return c.circle.Has(who) }

// Options are what the module is made of.
type Options struct {
	Config  *config.Options[Config]
	Account func(xmpp.JID) (storage.Account, bool)
	Guest   func(xmpp.JID) bool
	// Alone tells whether somebody has made an account by themselves, without an invitation.
	Alone func(ctx context.Context, account xmpp.JID) (bool, error)
}

// Affiliations is the module.
type Affiliations struct{ Options }

// New returns the module.
func New(o Options) *Affiliations { return &Affiliations{o} }

// Register names what it does.
func (m *Affiliations) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0489", Version: "0.1.0", Status: hook.Complete, Note: "for who asks (§ 3.2); not within stanzas"})
	r.Feature(hook.Server, ns.Affiliations) // § 3.5
	r.PublicIQ(xmpp.TypeGet, ns.Affiliations, "query", m.tell)
}

// tell answers who asks (§ 3.2). Who is not trusted learns nothing, not even whether there is such an account.
func (m *Affiliations) tell(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() && !m.Config.Of(q.Owner.Domain()).trusts(q.From) {
		return nil, xmpp.Refuse(stanza.Forbidden, "").WithType(stanza.Auth)
	}
	a, ok := m.Account(q.Owner)
	if !ok {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "")
	}
	kind := member
	switch {
	case m.Guest(q.Owner):
		kind = anonymous
	case a.Role != storage.User:
		kind = admin
	default:
		alone, err := m.Alone(ctx, q.Owner)
		if err != nil {
			return nil, err
		}
		if alone {
			kind = registered
		}
	}
	day := a.Created.UTC().Truncate(24 * time.Hour) // § 4.1: nobody needs to know more
	return xmpp.El(ns.Affiliations, "info").Set("affiliation", kind).Set("since", day.Format(time.RFC3339)), nil
}
