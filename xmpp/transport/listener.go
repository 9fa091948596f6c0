package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"myna/guard"
)

const (
	firstPause = 5 * time.Millisecond // after a failed accept; doubled each time
	lastPause  = time.Second
)

// Options are how a listener and its connections behave.
type Options struct {
	TLS              func() *tls.Config // asked at each handshake; nil: there is no TLS
	Direct           bool               // TLS from the first byte
	Balancers        func() Proxies     // who must begin connections with a header of the PROXY protocol; nil: nobody
	PerAddress       *PerAddress        // may be shared by listeners; nil: no limit
	HandshakeTimeout time.Duration      // 0: 20 seconds
	WriteTimeout     time.Duration      // 0: 30 seconds
	Logger           *slog.Logger
}

func (o *Options) complete() {
	if o.HandshakeTimeout <= 0 {
		o.HandshakeTimeout = 20 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Listener accepts connections on one address.
type Listener struct {
	listener net.Listener
	options  *Options
	stop     chan struct{} // closed by Stop
	stopping sync.Once

	mu    sync.Mutex
	conns map[*Conn]struct{} // being served; guarded by mu
	work  sync.WaitGroup
}

// Listen opens a TCP address: "[::]:5222", "127.0.0.1:0". On a system without IPv6, "[::]" means all addresses of IPv4.
func Listen(address string, o Options) (*Listener, error) {
	if o.Direct && o.TLS == nil {
		return nil, fmt.Errorf("listen on %s: direct TLS without certificates", address)
	}
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 2 * time.Minute, Interval: 30 * time.Second, Count: 4, // a dead peer is noticed
	}}
	l, err := config.Listen(context.Background(), "tcp", address)
	if host, port, e := net.SplitHostPort(address); err != nil && e == nil && host == "::" && noIPv6() {
		l, err = config.Listen(context.Background(), "tcp4", net.JoinHostPort("0.0.0.0", port))
	}
	if err != nil {
		return nil, err // it says the operation and the address
	}
	return NewListener(l, o), nil
}

func noIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err != nil
}

// NewListener serves connections of a listener that is open already.
func NewListener(l net.Listener, o Options) *Listener {
	o.complete()
	return &Listener{listener: l, options: &o, stop: make(chan struct{}), conns: map[*Conn]struct{}{}}
}

// Addr is the address that it listens on.
func (l *Listener) Addr() net.Addr { return l.listener.Addr() }

// Serve accepts connections until Stop and calls serve for each on a goroutine of its own, after the handshake where
// TLS is direct. When serve returns the connection is closed. It returns nil after Stop, else why accepting ended.
func (l *Listener) Serve(serve func(*Conn)) error {
	pause := time.Duration(0)
	for {
		nc, err := l.listener.Accept()
		select {
		case <-l.stop:
			if err == nil {
				nc.Close()
			}
			return nil
		default:
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept: %w", err)
		}
		if err != nil { // usually no more file descriptors: some may come back
			pause = min(max(2*pause, firstPause), lastPause)
			l.options.Logger.Warn("connection not accepted", "address", l.Addr(), "error", err, "pause", pause)
			if !l.rest(pause) {
				return nil
			}
			continue
		}
		pause = 0
		l.admit(nc, serve)
	}
}

// rest waits; it is false when Stop came meanwhile.
func (l *Listener) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.stop:
		return false
	}
}

func (l *Listener) admit(nc net.Conn, serve func(*Conn)) {
	c := newConn(nc, l.options)
	behind := l.options.Balancers != nil && l.options.Balancers().Trusted(c.remote)
	if !behind && !l.enter(c) {
		nc.Close()
		return
	}
	c.sock.lingers = true
	l.mu.Lock()
	l.conns[c] = struct{}{}
	l.mu.Unlock()
	l.work.Go(func() {
		counted := !behind
		defer func() {
			c.finish()
			if counted {
				l.options.PerAddress.Leave(c.remote)
			}
			l.mu.Lock()
			delete(l.conns, c)
			l.mu.Unlock()
		}()
		guard.Call(l.options.Logger, "connection", func() {
			if counted = l.begin(c, behind); counted {
				l.greet(c, serve)
			}
		}, "remote", c.remote)
	})
}

// begin learns from a balancer who the client is. It is false when the connection cannot go on; else it is counted.
func (l *Listener) begin(c *Conn, behind bool) (counted bool) {
	if !behind {
		return true
	}
	if err := c.proxied(); err != nil {
		l.options.Logger.Debug("connection refused", "remote", c.remote, "error", err)
		return false
	}
	c.sock.keeps = l.options.Direct // the handshake may have come with the header
	return l.enter(c)
}

// greet serves a connection, after the handshake where TLS is direct.
func (l *Listener) greet(c *Conn, serve func(*Conn)) {
	if l.options.Direct {
		if err := c.StartTLS(); err != nil {
			l.options.Logger.Debug("connection refused", "remote", c.remote, "error", err)
			return
		}
	}
	serve(c)
}

// enter counts a connection, unless there are too many of its address.
func (l *Listener) enter(c *Conn) bool {
	ok := l.options.PerAddress.Enter(c.remote)
	if !ok {
		l.options.Logger.Debug("connection refused: too many of this address", "remote", c.remote)
	}
	return ok
}

// Stop closes the address. Connections go on.
func (l *Listener) Stop() {
	l.stopping.Do(func() {
		close(l.stop)
		l.listener.Close()
	})
}

// Shutdown stops and waits until all connections have ended; when ctx ends first, it aborts those that are left.
func (l *Listener) Shutdown(ctx context.Context) {
	l.Stop()
	done := make(chan struct{})
	go func() {
		l.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		l.mu.Lock()
		for c := range l.conns {
			c.Abort()
		}
		l.mu.Unlock()
		<-done
	}
}
