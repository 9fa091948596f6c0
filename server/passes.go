package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"myna/admin"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/transport/bosh"
)

// livePasses makes passes, and ends the sessions of this node that came in by them.
type livePasses struct{ p *parts }

// Issue makes a pass for an account.
func (l livePasses) Issue(j xmpp.JID, session string, life time.Duration) (text, name string, expires time.Time, err error) {
	return l.p.accounts.Issue(j, session, life)
}

// Revoke ends what came in by the passes of a program's session. Whoever is on the way in is ended by parts.bar: a session is
// found here, or sees there that its pass was withdrawn.
func (l livePasses) Revoke(domain, session string) int {
	l.p.accounts.Withdraw(domain, session)
	n := 0
	l.p.router.EachSession(func(s hook.Session) {
		g := l.p.proof(s).Grant
		if g != nil && g.Session == session && (domain == "" || g.Account.Domain() == domain) {
			kick(s, "you have signed out of the webmail")
			n++
		}
	})
	return n
}

// prepareTime is how long a session may take to begin.
const prepareTime = 10 * time.Second

// Prepare begins a session over BOSH for a client that takes it over.
func (l livePasses) Prepare(ctx context.Context, j xmpp.JID, session, resource string) (admin.Prepared, error) {
	handler := l.p.bosh.Load()
	if handler == nil {
		return admin.Prepared{}, admin.ErrNoHTTP
	}
	text, session, _, err := l.p.accounts.Issue(j, session, prepareTime)
	if err != nil {
		return admin.Prepared{}, err
	}
	made, err := handler.Prepare(j.Domain(), text)
	if err != nil {
		return admin.Prepared{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	full, err := enter(ctx, made, resource)
	if err != nil {
		made.Close()
		return admin.Prepared{}, err
	}
	sid, rid := made.ID()
	return admin.Prepared{JID: full, SID: sid, RID: int64(rid), Session: session}, nil
}

// enter signs in with the pass that the session was prepared with, and binds a resource (RFC 6120 § 6, § 7). It returns the full
// address.
func enter(ctx context.Context, s *bosh.Prepared, resource string) (string, error) {
	if _, err := s.Begin(ctx); err != nil {
		return "", err
	}
	outcome, err := s.Send(ctx, xmpp.El(ns.SASL, "auth").Set("mechanism", "EXTERNAL").AddText("="),
		xmpp.Name{Space: ns.SASL, Local: "success"}, xmpp.Name{Space: ns.SASL, Local: "failure"})
	if err != nil {
		return "", err
	}
	if outcome.Local != "success" { // the account was disabled or the session ended, this moment
		return "", errors.New("prepare session: signing in was refused")
	}
	if _, err := s.Begin(ctx); err != nil {
		return "", err
	}
	wish := xmpp.El(ns.Bind, "bind")
	if resource != "" {
		wish.Add(xmpp.El(ns.Bind, "resource").AddText(resource))
	}
	answer, err := s.Send(ctx, xmpp.El(ns.Client, "iq").Set("type", xmpp.TypeSet).Set("id", "bind").Add(wish), xmpp.Name{Space: ns.Client, Local: "iq"})
	if err != nil {
		return "", err
	}
	if bound := answer.Child(ns.Bind, "bind"); bound != nil && answer.Attr("type") == xmpp.TypeResult {
		return bound.ChildText(ns.Bind, "jid"), nil
	}
	return "", fmt.Errorf("prepare session: no resource: %w", admin.ErrTooMany)
}
