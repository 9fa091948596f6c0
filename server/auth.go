package server

import (
	"context"
	"errors"

	"myna/account"
	"myna/xmpp"
	"myna/xmpp/c2s"
	"myna/xmpp/transport"
)

// authenticator lets client streams sign in by the account service.
type authenticator struct{ accounts *account.Service }

func channel(c c2s.Conn) account.Channel {
	ch := account.Channel{Remote: c.Remote()}
	if t, ok := c.(*clientConn); ok {
		ch.TLS, ch.Certificate, ch.TriedBinding = t.TLS(), t.Certificate(), t.triedBinding
	}
	return ch
}

// Mechanisms lists what is offered on a connection.
func (a authenticator) Mechanisms(domain string, c c2s.Conn) []string {
	return a.accounts.Mechanisms(domain, channel(c))
}

// ChannelBindings lists the connection's types of channel binding.
func (a authenticator) ChannelBindings(c c2s.Conn) []string {
	return a.accounts.ChannelBindings(channel(c))
}

// Begin starts an attempt to sign in.
func (a authenticator) Begin(domain, mechanism string, c c2s.Conn) (c2s.Exchange, error) {
	x, err := a.accounts.Begin(domain, mechanism, channel(c))
	if err != nil {
		return nil, failure(err)
	}
	t, _ := c.(*clientConn)
	return exchange{x, t}, nil
}

type exchange struct {
	x    *account.Exchange
	conn *clientConn // nil where the connection is not of package transport
}

// Step goes on with an attempt.
func (e exchange) Step(ctx context.Context, response []byte) ([]byte, bool, error) {
	challenge, done, err := e.x.Step(ctx, response)
	var f *account.Failure
	if errors.As(err, &f) && f.ForeignBinding && e.conn != nil {
		e.conn.triedBinding = true
	}
	return challenge, done, failure(err)
}

// JID is who has signed in.
func (e exchange) JID() xmpp.JID { return e.x.JID() }

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
	starts       bool // there are certificates
	triedBinding bool // an attempt was refused for its type of channel binding; of the stream's goroutine
}

// CanStartTLS tells whether STARTTLS can be offered.
func (c *clientConn) CanStartTLS() bool { return c.starts }
