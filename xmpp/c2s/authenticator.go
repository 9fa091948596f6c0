package c2s

import (
	"context"
	"time"

	"myna/xmpp"
)

// Attempt is what a client wants to sign in with, and what it could know when it chose that.
type Attempt struct {
	Domain, Mechanism string
	// From is whom the client said to be when it opened the stream, where only that account may sign in (XEP-0388 § 2.3);
	// zero: whoever knows a password.
	From xmpp.JID
	// Mechanisms and Bindings are what was announced on the stream (XEP-0474 § 6.1).
	Mechanisms, Bindings []string
	Conn                 Conn
	Client               Client
	Redeem               *Redemption // nil: not with a token
}

// Client is the client's program on its device (XEP-0388 § 2.3). Nobody but the owner of the account may see it.
type Client struct {
	ID               string // a UUID in lower case, "" for none
	Software, Device string
}

// Redemption is what a client says about the token that it signs in with (XEP-0484 § 3.4, § 3.6).
type Redemption struct {
	Count      int64 // of the attempts with the token; 0: it does not count
	Invalidate bool
}

// Exchange is one attempt to sign in.
type Exchange interface {
	// Step takes a response and returns a challenge, or with done the additional data of success. A nil response means
	// that there was no initial response. The error is a *SASLFailure.
	Step(ctx context.Context, response []byte) (challenge []byte, done bool, err error)
	// JID is who has signed in.
	JID() xmpp.JID
	// Task begins a task for who has signed in (XEP-0480 § 2.2); ok is false where there is nothing to be done.
	Task(name string) (t Task, ok bool)
	// Token gives who has signed in a token for the next time, for the mechanism that the client asks for, or for none where
	// the one that it used is to be replaced (XEP-0484 § 3.3, § 3.5); "" for none.
	Token(ctx context.Context, mechanism string) (token string, expires time.Time)
}

// Task asks a client for the salted password of RFC 5802 § 3.
type Task struct {
	Salt       []byte
	Iterations int
	// Finish keeps what comes of it. Its error is a *SASLFailure.
	Finish func(ctx context.Context, salted []byte) error
}

// SASLFailure is a condition of RFC 6120 § 6.5 with a text.
type SASLFailure struct {
	Condition, Text string
	Again           bool          // the client has not tried a password: another mechanism may suit it, and this hardly counts
	App             *xmpp.Element // more about it; nil: nothing
}

// Error says the condition.
func (f *SASLFailure) Error() string { return "sign in: " + f.Condition }

// Authenticator signs clients in.
type Authenticator interface {
	// Mechanisms lists what is offered on a connection to a client that says to be from, or nobody, the preferred first;
	// none before TLS.
	Mechanisms(domain string, from xmpp.JID, c Conn) []string
	// ChannelBindings lists the connection's types of channel binding (XEP-0440).
	ChannelBindings(c Conn) []string
	// TokenMechanisms lists by which mechanisms a client may sign in with a token (XEP-0484 § 3.1).
	TokenMechanisms(domain string, c Conn) []string
	// Upgrades lists the tasks that clients may be asked for (XEP-0480 § 2.1).
	Upgrades(domain string) []string
	// Begin starts an attempt; its error is a *SASLFailure.
	Begin(Attempt) (Exchange, error)
}
