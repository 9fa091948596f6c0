package admin

import (
	"context"
	"errors"
	"strings"
	"time"

	"myna/storage"
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
	// Prepare begins a client's session over BOSH, which a client takes over. Without BOSH it is ErrNoHTTP.
	Prepare(ctx context.Context, account xmpp.JID, session, resource string) (Prepared, error)
}

// Why no session can be prepared.
var (
	ErrNoHTTP  = errors.New("there is no listener for HTTP")
	ErrTooMany = errors.New("the account is signed in too often")
)

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
	rec, err := a.passable(ctx, who, r.Account, r.Session)
	if err != nil {
		return CreatedPass{}, err
	}
	life := time.Duration(r.Seconds) * time.Second
	switch {
	case life < 0 || life > maxPassLife:
		return CreatedPass{}, refuse(Invalid, "pass-seconds", "a pass is good for 1 to %d seconds", int(maxPassLife.Seconds()))
	case life == 0:
		life = passLife
	}
	text, session, expires, err := a.Passes.Issue(rec.JID, r.Session, life)
	if err != nil {
		return CreatedPass{}, refuse(Conflict, "passes-full", "too many passes wait to be used; try again in some minutes")
	}
	a.Log.Info("pass made", "account", rec.JID.String(), "session", session, "by", who.Name)
	return CreatedPass{text, rec.JID.String(), session, expires}, nil
}

// passable is an account for which the actor may vouch, in a session.
func (a *Admin) passable(ctx context.Context, who Actor, address, session string) (storage.Account, error) {
	rec, err := a.changeable(ctx, who, address)
	switch {
	case err != nil:
		return rec, err
	case rec.Disabled:
		return rec, refuse(Conflict, "account-disabled", "%s is disabled; enable it first", rec.JID)
	case !isSession(session):
		return rec, refuse(Invalid, "session-name", "a session has at most 64 letters, digits, - and _")
	case a.Passes == nil:
		return rec, notRunning()
	}
	return rec, nil
}

// Prepare asks for a session over BOSH that is signed in already.
type Prepare struct {
	Account  string `json:"account"`
	Session  string `json:"session,omitempty"`  // as of CreatePass
	Resource string `json:"resource,omitempty"` // of the client's address; without it the server chooses one
}

// Prepared is what a client takes over: it goes on at /http-bind with the request that has the id RID.
type Prepared struct {
	JID     string `json:"jid"`
	SID     string `json:"sid"`
	RID     int64  `json:"rid"`
	Session string `json:"session"`
}

// Prepare begins a session over BOSH for an account. Who knows its ids is as good as signed in, within a minute.
func (a *Admin) Prepare(ctx context.Context, who Actor, r Prepare) (Prepared, error) {
	rec, err := a.passable(ctx, who, r.Account, r.Session)
	if err != nil {
		return Prepared{}, err
	}
	if r.Resource != "" {
		if _, err := rec.JID.WithResource(r.Resource); err != nil {
			return Prepared{}, refuse(Invalid, "no-resource", "this is no resource")
		}
	}
	made, err := a.Passes.Prepare(ctx, rec.JID, r.Session, r.Resource)
	switch {
	case errors.Is(err, ErrNoHTTP):
		return Prepared{}, refuse(Conflict, "no-http", "the server has no listener for HTTP, and so no BOSH")
	case errors.Is(err, ErrTooMany):
		return Prepared{}, refuse(Conflict, "signed-in-often", "%s is signed in too often", rec.JID)
	case err != nil:
		a.Log.Warn("session not prepared", "account", rec.JID.String(), "err", err)
		return Prepared{}, refuse(Conflict, "not-prepared", "a session cannot be begun now; try again in some minutes")
	}
	a.Log.Info("session prepared", "account", rec.JID.String(), "session", made.Session, "by", who.Name)
	return made, nil
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
		return Kicked{}, refuse(Invalid, "session-missing", "a session has 1 to 64 letters, digits, - and _")
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
