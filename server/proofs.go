package server

import (
	"myna/account"
	"myna/hook"
)

// proof is what a session has signed in with; zero where that is not known.
func (p *parts) proof(s hook.Session) account.Proof {
	if by := p.proofs.Load(s); by != nil {
		return *by
	}
	return account.Proof{}
}

// limited tells whether a session may use the account, but not change who can sign in.
func (p *parts) limited(s hook.Session) bool {
	by := p.proof(s)
	return by.Limited()
}

// endSessions ends the sessions of what an account has lost: an app password, with those that have signed in with a token that it
// gave, or a client. Whoever is on the way in is ended by parts.bar.
func (p *parts) endSessions(e account.Event) {
	if e.Kind != account.AppPasswordEnded && e.Kind != account.ClientEnded && e.Kind != account.CertificateEnded {
		return
	}
	for _, s := range p.router.Sessions(e.Account.JID) {
		by := p.proof(s)
		switch {
		case e.Kind == account.AppPasswordEnded && by.App == e.ID:
			kick(s, "the app password that this client has signed in with was revoked")
		case e.Kind == account.CertificateEnded && by.Certificate == e.ID:
			kick(s, "the certificate that this client has signed in with was revoked")
		case e.Kind == account.ClientEnded && by.Client.ID == e.ID:
			kick(s, "the access of this client was revoked")
		}
	}
}
