// Package certificates lets people manage in their clients by which certificates one can sign in to their account (XEP-0257): they
// hand them in, list them, and take them away. Signing in is the business of package account.
package certificates

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/account"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Accounts keeps certificates.
type Accounts interface {
	AddCertificate(ctx context.Context, account xmpp.JID, name string, der []byte, plain bool) error
	Certificates(ctx context.Context, account xmpp.JID) ([]account.Certificate, error)
	EndCertificate(ctx context.Context, account xmpp.JID, name string, revoke bool) error
}

// Options are what the module is made of.
type Options struct {
	Accounts Accounts
	Sessions func(account xmpp.JID) []hook.Session
	On       func(domain string) bool  // people may hand in certificates
	Used     func(hook.Session) string // the id of the certificate that a session has come by, "" for none
	Limited  func(hook.Session) bool   // it may not change who can sign in
	Secure   func(hook.Session) bool   // nobody reads or changes what it sends
	Audit    func(ctx context.Context, account xmpp.JID, action, name string) error
}

// Certificates is the module.
type Certificates struct{ Options }

// New returns the module.
func New(o Options) *Certificates { return &Certificates{o} }

// Register names what it does.
func (m *Certificates) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0257", Version: "0.3", Status: hook.Complete,
		Note: "where modules.accounts.user_certificates is on; the resource of an address in a certificate binds nobody; it is not asked who has the key of a certificate (§ 2.1: a bot may)"})
	r.FeatureOf(hook.Server, ns.SASLCert, func(domain xmpp.JID) bool { return m.On(domain.Domain()) }) // § 4
	r.IQ(hook.Account, xmpp.TypeGet, ns.SASLCert, "items", m.items)                                    // § 2.2
	r.IQ(hook.Account, xmpp.TypeSet, ns.SASLCert, "append", m.change(m.add))                           // § 2.1
	r.IQ(hook.Account, xmpp.TypeSet, ns.SASLCert, "disable", m.change(m.disable))                      // § 2.3
	r.IQ(hook.Account, xmpp.TypeSet, ns.SASLCert, "revoke", m.change(m.revoke))                        // § 2.4
}

// allowed refuses who may not see the certificates of an account.
func (m *Certificates) allowed(q *hook.Request) error {
	switch {
	case !q.Own() || q.Session == nil:
		return xmpp.Refuse(stanza.Forbidden, "")
	case !m.On(q.Owner.Domain()):
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	case !m.Secure(q.Session): // § 5.1
		return xmpp.Refuse(stanza.PolicyViolation, "Certificates are managed over TLS only.")
	}
	return nil
}

// change is a request that changes who can sign in.
func (m *Certificates) change(f func(ctx context.Context, q *hook.Request, name string) error) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		if err := m.allowed(q); err != nil {
			return nil, err
		}
		if m.Limited(q.Session) { // § 2.1
			return nil, xmpp.Refuse(stanza.Forbidden, "This client may not change who can sign in.")
		}
		name := strings.TrimSpace(q.Payload.ChildText(ns.SASLCert, "name"))
		if err := f(ctx, q, name); err != nil {
			return nil, shown(err)
		}
		return nil, m.Audit(ctx, q.From, "certificate."+q.Payload.Local, name)
	}
}

// add takes a certificate (§ 2.1).
func (m *Certificates) add(ctx context.Context, q *hook.Request, name string) error {
	text := strings.Join(strings.Fields(q.Payload.ChildText(ns.SASLCert, "x509cert")), "")
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return account.ErrCertificate
	}
	return m.Accounts.AddCertificate(ctx, q.Owner, name, der, q.Payload.Child(ns.SASLCert, "no-cert-management") != nil)
}

func (m *Certificates) disable(ctx context.Context, q *hook.Request, name string) error {
	return m.Accounts.EndCertificate(ctx, q.Owner, name, false)
}

func (m *Certificates) revoke(ctx context.Context, q *hook.Request, name string) error {
	return m.Accounts.EndCertificate(ctx, q.Owner, name, true)
}

// shown is the stanza error of what was wrong with a request.
func shown(err error) error {
	var full *account.FullError
	switch {
	case errors.Is(err, account.ErrCertificate):
		return xmpp.Refuse(stanza.NotAcceptable, "This is no certificate that is valid now.")
	case errors.Is(err, account.ErrCertificateOther):
		return xmpp.Refuse(stanza.NotAcceptable, "The certificate has the address of another account.")
	case errors.Is(err, account.ErrCertificateName):
		return xmpp.Refuse(stanza.NotAcceptable, "Give the certificate a name of one line, at most 64 characters.")
	case errors.Is(err, account.ErrCertificateTaken):
		return xmpp.Refuse(stanza.Conflict, "There is a certificate of this name, or this certificate already.")
	case errors.As(err, &full):
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("You have as many certificates as one may have: %d. Take one away.", full.Most))
	case errors.Is(err, storage.ErrNotFound):
		return xmpp.Refuse(stanza.ItemNotFound, "There is no certificate of this name.")
	}
	return err
}

// items lists the certificates of an account, with the sessions of those who have come by them (§ 2.2).
func (m *Certificates) items(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if err := m.allowed(q); err != nil {
		return nil, err
	}
	list, err := m.Accounts.Certificates(ctx, q.Owner)
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.SASLCert, "items")
	for _, c := range list {
		item := xmpp.El(ns.SASLCert, "item", xmpp.El(ns.SASLCert, "name").AddText(c.Name),
			xmpp.El(ns.SASLCert, "x509cert").AddText(base64.StdEncoding.EncodeToString(c.DER)))
		users := xmpp.El(ns.SASLCert, "users")
		for _, s := range m.Sessions(q.Owner) {
			if m.Used(s) == c.ID {
				users.Add(xmpp.El(ns.SASLCert, "resource").AddText(s.JID().Resource()))
			}
		}
		if len(users.Nodes) > 0 {
			item.Add(users)
		}
		e.Add(item)
	}
	return e, nil
}
