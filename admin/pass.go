package admin

import (
	"context"
	"strings"
	"time"

	"myna/xmpp"
)

// How long a pass may be good for signing in.
const (
	passLife    = 5 * time.Minute
	maxPassLife = time.Hour
)

// Passes makes what somebody signs in with in place of the password, when another program vouches for them.
type Passes interface {
	// Issue makes a pass for an account. session groups the passes of one session of the program; "" makes a name for a new one.
	Issue(account xmpp.JID, session string, life time.Duration) (text, name string, expires time.Time, err error)
	// Revoke voids the passes of a session and ends what has signed in by them; domain "" is all domains. It returns how many
	// clients were signed out.
	Revoke(domain, session string) int
}

// CreatePass asks for a pass: who has it signs in as the account, without the password.
type CreatePass struct {
	Account string `json:"account"`
	// Session is that of the webmail, so that all its passes end together: the one of an earlier answer, or a name of its own
	// choice (letters, digits, - and _); without it a new one is made.
	Session string `json:"session,omitempty"`
	// Seconds is how long the pass is good for signing in; who has signed in stays. Without it 300; at most 3600.
	Seconds int `json:"seconds,omitempty"`
}

// CreatedPass is a pass. Token is the password for SASL PLAIN and the token for OAUTHBEARER (RFC 7628).
type CreatedPass struct {
	Token   string    `json:"token"`
	Account string    `json:"account"`
	Session string    `json:"session"`
	Expires time.Time `json:"expires"`
}

// CreatePass makes a pass. It is for accounts that the actor may change, as it is as good as their password.
func (a *Admin) CreatePass(ctx context.Context, who Actor, r CreatePass) (CreatedPass, error) {
	rec, err := a.changeable(ctx, who, r.Account)
	if err != nil {
		return CreatedPass{}, err
	}
	life := time.Duration(r.Seconds) * time.Second
	switch {
	case rec.Disabled:
		return CreatedPass{}, refuse(Conflict, "%s is disabled; enable it first", rec.JID)
	case !isSession(r.Session):
		return CreatedPass{}, refuse(Invalid, "a session has at most 64 letters, digits, - and _")
	case life < 0 || life > maxPassLife:
		return CreatedPass{}, refuse(Invalid, "a pass is good for 1 to %d seconds", int(maxPassLife.Seconds()))
	case a.Passes == nil:
		return CreatedPass{}, notRunning()
	case life == 0:
		life = passLife
	}
	text, session, expires, err := a.Passes.Issue(rec.JID, r.Session, life)
	if err != nil {
		return CreatedPass{}, refuse(Conflict, "too many passes wait to be used; try again in some minutes")
	}
	a.Log.Info("pass made", "account", rec.JID.String(), "session", session, "by", who.Name)
	return CreatedPass{text, rec.JID.String(), session, expires}, nil
}

func isSession(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}

// RevokePass asks to end a session of a webmail.
type RevokePass struct {
	Session string `json:"session"`
}

// RevokePass ends a session. One that is over already, or was never there, is no error.
func (a *Admin) RevokePass(_ context.Context, who Actor, r RevokePass) (Kicked, error) {
	if _, err := a.listed(who, ""); err != nil {
		return Kicked{}, err
	}
	if r.Session == "" || !isSession(r.Session) {
		return Kicked{}, refuse(Invalid, "a session has 1 to 64 letters, digits, - and _")
	}
	if a.Passes == nil {
		return Kicked{}, notRunning()
	}
	n := a.Passes.Revoke(who.Domain, r.Session)
	if n > 0 {
		a.Log.Info("session of a webmail ended", "session", r.Session, "clients", n, "by", who.Name)
	}
	return Kicked{n}, nil
}
