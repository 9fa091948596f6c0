// Package clients shows people which programs can sign in to their account, and takes access away from them (XEP-0494):
// clients that have said who they are (XEP-0388 § 2.3), app passwords, certificates that were handed in (XEP-0257), and whoever is
// signed in. It keeps nothing itself.
//
// Access that is by an app password or a pass of a webmail is taken away here. Who knows the password of the account can come
// back as long as that is the password, so there it says that the password has to be changed (§ 3.2).
package clients

import (
	"context"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/account"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Live is a session, and what it has signed in with.
type Live struct {
	Session  hook.Session
	Since    time.Time // zero: not known
	ID       string    // the client, as it calls itself; "" for one that did not say
	Software string
	Device   string
	By       Method
	App      string // the app password that it has signed in with, or that its token is of
	Handed   string // the id of the certificate that the account has handed in (XEP-0257) and it has signed in with
	Void     bool   // what it has signed in with is good for nothing any more
}

// Method is a way to sign in.
type Method string

// The ways to sign in.
const (
	Password Method = "password"
	Grant    Method = "grant" // a program or an app password has vouched for it
	Fast     Method = "fast"  // it holds a token (XEP-0484)
	External Method = "external"
)

// Accounts knows who can sign in.
type Accounts interface {
	Clients(ctx context.Context, account xmpp.JID) ([]storage.Client, error)
	AppPasswords(ctx context.Context, account xmpp.JID) ([]storage.AppPassword, error)
	// Certificates are those that the account has handed in, and may sign in with.
	Certificates(ctx context.Context, account xmpp.JID) ([]account.Certificate, error)
	// EndCertificate takes one away by its name, with what has signed in with it.
	EndCertificate(ctx context.Context, account xmpp.JID, name string, revoke bool) error
	// Live returns the sessions of an account.
	Live(ctx context.Context, account xmpp.JID) ([]Live, error)
	// EndClient forgets a client that calls itself so, with its tokens, and ends its sessions.
	EndClient(ctx context.Context, account xmpp.JID, id string) error
	// EndAppPassword ends an app password, with all that has signed in with it.
	EndAppPassword(ctx context.Context, account xmpp.JID, id string) error
	// EndSession ends one session, and what another program has vouched for it with.
	EndSession(hook.Session)
	// Audit notes that somebody's client was ended by the account itself.
	Audit(ctx context.Context, account xmpp.JID, c *Client)
}

// Options are what a Clients is made of.
type Options struct {
	Accounts Accounts
	// Limited tells whether a session may use the account, but not change who can sign in.
	Limited func(hook.Session) bool
	Now     func() time.Time
	Secret  []byte // makes the references to clients
}

// Clients is the module.
type Clients struct{ Options }

// New returns the module.
func New(o Options) *Clients { return &Clients{o} }

// Register names what it does.
func (m *Clients) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0494", Version: "0.1.0", Status: hook.Complete})
	r.Feature(hook.Account, ns.ClientAccess)
	r.IQ(hook.Account, xmpp.TypeGet, ns.ClientAccess, "list", m.list)     // § 3.1
	r.IQ(hook.Account, xmpp.TypeSet, ns.ClientAccess, "revoke", m.revoke) // § 3.2
}

// list answers with what can sign in (§ 3.1).
func (m *Clients) list(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() { // § 5: no third party
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	all, err := m.Of(ctx, q.Owner)
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.ClientAccess, "clients")
	for i := range all {
		e.Add(all[i].element())
	}
	return e, nil
}

// revoke takes access away (§ 3.2).
func (m *Clients) revoke(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	id := q.Payload.Attr("id")
	switch {
	case !q.Own(): // § 5
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	case id == "":
		return nil, xmpp.Refuse(stanza.BadRequest, "The id of a client is needed.")
	case m.Limited(q.Session): // its permission is "normal" (§ 3.1)
		return nil, xmpp.Refuse(stanza.Forbidden, "This client may use the account, but not change who signs in to it; use one that has signed in with the password of the account.")
	}
	c, err := m.find(ctx, q.Owner, id)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, xmpp.Refuse(stanza.ItemNotFound, "There is no such client.")
	case c.Knows: // § 3.2
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "This client knows your password: change that to keep it out.").
			WithApp(xmpp.El(ns.ClientAccess, "password-reset-required"))
	case c.Auth[0] == External && c.certificate == "": // an authority has signed it
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "This client has a certificate; ask your administrator.")
	}
	if err := m.end(ctx, q.Owner, c); err != nil {
		return nil, err
	}
	m.Accounts.Audit(ctx, q.Owner, c)
	return nil, nil
}

func (m *Clients) end(ctx context.Context, account xmpp.JID, c *Client) error {
	switch {
	case c.certificate != "":
		return m.Accounts.EndCertificate(ctx, account, c.certificate, true)
	case c.app != "":
		return m.Accounts.EndAppPassword(ctx, account, c.app)
	case c.client != "":
		return m.Accounts.EndClient(ctx, account, c.client)
	}
	for _, s := range c.sessions {
		m.Accounts.EndSession(s)
	}
	return nil
}

// End takes access away for an administrator: also from who knows the password, who can sign in again. It returns nil for a
// client that there is not.
func (m *Clients) End(ctx context.Context, account xmpp.JID, id string) (*Client, error) {
	c, err := m.find(ctx, account, id)
	if err != nil || c == nil {
		return nil, err
	}
	return c, m.end(ctx, account, c)
}

func (m *Clients) find(ctx context.Context, account xmpp.JID, id string) (*Client, error) {
	all, err := m.Of(ctx, account)
	for i := range all {
		if all[i].ID == id {
			return &all[i], err
		}
	}
	return nil, err
}
