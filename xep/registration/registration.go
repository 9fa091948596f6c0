// Package registration is about accounts in people's clients. Who is signed in sees that they are registered, changes the
// password and, where the domain allows it, deletes the account (XEP-0077). Who has none gets one where the domain is open or
// with an invitation, on the stream on which they sign in next: by XEP-0077 with XEP-0445, or by XEP-0389. What may be made is
// decided in package signup.
package registration

import (
	"context"
	"log/slog"

	"myna/account/signup"
	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Accounts does what is asked for. Its errors are stanza errors where the person may see them.
type Accounts interface {
	// SetPassword changes the password of who asks from a full address.
	SetPassword(ctx context.Context, who xmpp.JID, password string) error
	// Close keeps the account of who asks from a full address from signing in, for good.
	Close(ctx context.Context, who xmpp.JID) error
	// Delete removes a closed account with all that belongs to it, and ends its sessions.
	Delete(ctx context.Context, who xmpp.JID) error
}

// Options are what a Registration is made of.
type Options struct {
	Config   *config.Options[signup.Config]
	Accounts Accounts
	SignUp   *signup.Service
	Page     func(domain string) string // the address of the form for new accounts, where signup.Config.Web is on
	Logger   *slog.Logger
}

// Registration is the module.
type Registration struct{ Options }

// New returns the module.
func New(o Options) *Registration { return &Registration{o} }

// Register names what it does.
func (m *Registration) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0077", Version: "2.4", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0389", Version: "0.6.0", Status: hook.Complete,
		Note: "while the stream is negotiated: accounts by forms (§ 7.1) or the page (§ 7.2), recovery by the code of a link that an administrator makes; who has signed in has no flows (§ 6.2), and changes the password by XEP-0077, not by a SASL challenge (§ 7.3)"})
	r.Protocol(hook.Protocol{Spec: "XEP-0445", Version: "0.2.0", Status: hook.Complete})
	for _, t := range []hook.Target{hook.Account, hook.Server} {
		r.Feature(t, ns.Register)                                 // XEP-0077 § 10
		r.IQ(t, xmpp.TypeGet, ns.Register, "query", dated(m.get)) // § 3.1
		r.IQ(t, xmpp.TypeSet, ns.Register, "query", dated(m.set)) // § 3.2, § 3.3
	}
	r.Newcomers(newcomers{m})
	r.Feature(hook.Server, ns.Register2) // XEP-0389 § 5
	for _, what := range []string{"register", "recovery"} {
		r.IQ(hook.Server, xmpp.TypeGet, ns.Register2, what, noFlows) // § 6.2
		r.IQ(hook.Server, xmpp.TypeSet, ns.Register2, what, noFlow)  // § 6.3
	}
}
