// Package transport is the sockets beneath streams: listeners for TCP with STARTTLS (RFC 6120 § 5) and for direct TLS
// (XEP-0368), also behind load balancers that speak the PROXY protocol, certificates by host that can be changed while in use, and Conn, a connection that costs little while
// nothing happens. It knows no XMPP.
//
// # Idle connections
//
// An idle connection holds no buffer and a small stack. Wait asks the socket for bytes only once the runtime's poller
// says that there are some, and takes a pooled buffer for them. Read never waits: it gives what Wait brought, through
// crypto/tls where TLS is in place, and ErrAgain when that is used up. crypto/tls is never left waiting in a read of its
// own, deep in its stack and with its buffers grown; beneath it, a read that would block is a temporary error, after
// which it goes on where it was. The handshake, which needs a large stack, runs on a goroutine of its own.
package transport
