package server

import (
	"time"

	"myna/hook"
	"myna/xmpp"
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
