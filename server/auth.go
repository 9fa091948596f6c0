package server

import (
	"context"
	"errors"
	"time"

	"myna/account"
	"myna/xmpp"
	"myna/xmpp/c2s"
	"myna/xmpp/transport"
)

// authenticator lets client streams sign in by the account service.
type authenticator struct{ accounts *account.Service }

func channel(c c2s.Conn) account.Channel {
	ch := account.Channel{Remote: c.Remote()}
	switch t := c.(type) {
	case *clientConn:
		ch.TLS, ch.Certificate, ch.TriedBinding, ch.Loopback = t.TLS(), t.Certificate(), t.tried(), t.loopback
	case *webConn:
		// No channel binding over WebSocket and BOSH: browsers tell their pages nothing of TLS, a proxy may have ended it before us,
		// and libraries choose -PLUS when it is offered without being able to do it.
		peer := t.Peer()
		ch.Browser, ch.Pass = peer.Browser, peer.Pass
		ch.Encrypted, ch.Loopback, ch.TriedBinding = peer.Encrypted || peer.TLS != nil, peer.Local, t.tried()
	}
	return ch
}

// Mechanisms lists what is offered on a connection.
func (a authenticator) Mechanisms(domain string, from xmpp.JID, c c2s.Conn) []string {
	return a.accounts.Mechanisms(domain, from, channel(c))
}

// ChannelBindings lists the connection's types of channel binding.
func (a authenticator) ChannelBindings(c c2s.Conn) []string {
	return a.accounts.ChannelBindings(channel(c))
}

// TokenMechanisms lists by which mechanisms a client may sign in with a token.
func (a authenticator) TokenMechanisms(domain string, c c2s.Conn) []string {
	return a.accounts.TokenMechanisms(domain, channel(c))
}

// Upgrades lists the tasks that clients may be asked for.
func (a authenticator) Upgrades(domain string) []string { return a.accounts.Upgrades(domain) }

// Begin starts an attempt to sign in.
func (a authenticator) Begin(t c2s.Attempt) (c2s.Exchange, error) {
	x, err := a.accounts.Begin(account.Attempt{
		Domain: t.Domain, Mechanism: t.Mechanism, Channel: channel(t.Conn), From: t.From, Mechanisms: t.Mechanisms, Bindings: t.Bindings,
		Client: account.Client(t.Client), Redeem: (*account.Redemption)(t.Redeem),
	})
	if err != nil {
		return nil, failure(err)
	}
	conn, _ := t.Conn.(attempted)
	return exchange{x, conn}, nil
}

type exchange struct {
	x    *account.Exchange
	conn attempted // nil where the connection is not of package transport
}

// attempted is a connection that remembers what was tried on it, and when somebody signed in.
type attempted interface {
	try()
	signed(account.Proof)
	proof() *account.Proof
}

// Step goes on with an attempt.
func (e exchange) Step(ctx context.Context, response []byte) ([]byte, bool, error) {
	challenge, done, err := e.x.Step(ctx, response)
	var f *account.Failure
	if errors.As(err, &f) && f.ForeignBinding && e.conn != nil {
		e.conn.try()
	}
	if done && e.conn != nil {
		e.conn.signed(e.x.Proof())
	}
	return challenge, done, failure(err)
}

// JID is who has signed in.
func (e exchange) JID() xmpp.JID { return e.x.JID() }

// Task begins a task for who has signed in.
func (e exchange) Task(name string) (c2s.Task, bool) {
	t, ok := e.x.Task(name)
	return c2s.Task{Salt: t.Salt, Iterations: t.Iterations, Finish: func(ctx context.Context, salted []byte) error {
		return failure(e.x.Finish(ctx, t, salted))
	}}, ok
}

// Token gives who has signed in a token for the next time.
func (e exchange) Token(ctx context.Context, mechanism string) (string, time.Time) {
	return e.x.Token(ctx, mechanism)
}

func failure(err error) error {
	var f *account.Failure
	if errors.As(err, &f) {
		return &c2s.SASLFailure{Condition: string(f.Condition), Text: f.Text, Again: f.ForeignBinding}
	}
	return err
}

// clientConn is a socket of package transport as a client stream needs it.
type clientConn struct {
	*transport.Conn
	starts   bool // there are certificates
	loopback bool // it came in on an address that only this machine reaches
	attempts
}

// attempts remembers that one was refused for its type of channel binding, and when the one was begun that succeeded. It
// belongs to the stream's goroutine.
type attempts struct {
	foreignBinding bool
	by             *account.Proof // what they have signed in with; nil: not yet
}

func (a *attempts) signed(p account.Proof) { a.by = &p }
func (a *attempts) proof() *account.Proof  { return a.by }
func (a *attempts) try()                   { a.foreignBinding = true }
func (a *attempts) tried() bool            { return a.foreignBinding }

// webConn is a connection over HTTP as a client stream needs it.
type webConn struct {
	webTransport
	attempts
}

// webTransport is what WebSocket and BOSH have in common.
type webTransport interface {
	c2s.FrameConn
	Peer() transport.Peer
}

// CanStartTLS tells whether STARTTLS can be offered.
func (c *clientConn) CanStartTLS() bool { return c.starts }
