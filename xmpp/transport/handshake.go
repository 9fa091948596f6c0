package transport

import (
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"myna/guard"
)

// StartTLS does the server's side of the handshake (RFC 6120 § 5.4.3). Bytes that were read before it and not handled
// are dropped, here and by the caller: they were not protected (§ 5.4.3.3). It fails when the handshake takes longer
// than Options.HandshakeTimeout; then the connection can only be closed.
func (c *Conn) StartTLS() error {
	if c.tls.Load() != nil || c.options.TLS == nil {
		return errWrongOrder
	}
	return c.handshake(tls.Server(c.sock, c.options.TLS()))
}

// StartClientTLS does the client's side of the handshake, for connections to other servers.
func (c *Conn) StartClientTLS(config *tls.Config) error {
	if c.tls.Load() != nil {
		return errWrongOrder
	}
	return c.handshake(tls.Client(c.sock, config))
}

func (c *Conn) handshake(t *tls.Conn) error {
	if !c.sock.keeps {
		c.sock.release()
	}
	c.sock.keeps = false
	c.sock.blocking = true
	if err := c.sock.SetDeadline(time.Now().Add(c.options.HandshakeTimeout)); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	if c.closed.Load() {
		return fmt.Errorf("TLS handshake: %w", net.ErrClosed)
	}
	done := make(chan error)
	go func() { // it ends by its deadline
		done <- guard.Error(c.options.Logger, "TLS handshake", t.Handshake, "remote", c.remote)
	}()
	if err := <-done; err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	c.sock.blocking = false
	if err := c.sock.SetDeadline(time.Time{}); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	c.tls.Store(t)
	if c.closed.Load() { // Close came in between and set a deadline that is gone now
		c.sock.Close()
	}
	return nil
}
