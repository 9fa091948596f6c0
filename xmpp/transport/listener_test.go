package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func contextFor(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func TestConnectionsOfAnAddressAreLimited(t *testing.T) {
	limit := NewPerAddress(2)
	l, conns := serve(t, Options{PerAddress: limit})
	first, second := dial(t, l), dial(t, l)
	a, b := <-conns, <-conns
	if _, err := dial(t, l).Read(make([]byte, 1)); err == nil {
		t.Error("a third connection is open")
	}
	limit.SetLimit(3)
	dial(t, l)
	<-conns
	for _, c := range []io.Closer{a, b, first, second} {
		c.Close()
	}
}

func TestPerAddress(t *testing.T) {
	p := NewPerAddress(2)
	at := netip.MustParseAddr
	for i, s := range []struct {
		addr string
		want bool
	}{
		{"2001:db8::1", true}, {"2001:db8::2", true}, {"2001:db8::3", false}, {"2001:db8:0:1::1", true},
		{"192.0.2.1", true}, {"::ffff:192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true},
	} {
		if got := p.Enter(at(s.addr)); got != s.want {
			t.Errorf("%d: %s %v", i, s.addr, got)
		}
	}
	p.Leave(at("192.0.2.1"))
	if !p.Enter(at("192.0.2.1")) {
		t.Error("a place is free")
	}
	for _, a := range []string{"2001:db8::1", "2001:db8::1", "2001:db8:0:1::1", "192.0.2.1", "192.0.2.1", "192.0.2.2"} {
		p.Leave(at(a))
	}
	if len(p.open) != 0 {
		t.Errorf("%d addresses are remembered", len(p.open))
	}
	var none *PerAddress
	if !none.Enter(at("192.0.2.1")) || !NewPerAddress(0).Enter(at("192.0.2.1")) {
		t.Error("no limit refuses")
	}
	none.Leave(at("192.0.2.1"))
}

// faulty fails a few times before it gives its connection.
type faulty struct {
	failures int
	conn     net.Conn
	times    []time.Time
	closed   chan struct{}
}

func (f *faulty) Accept() (net.Conn, error) {
	f.times = append(f.times, time.Now())
	if f.failures > 0 {
		f.failures--
		return nil, errors.New("too many open files")
	}
	if c := f.conn; c != nil {
		f.conn = nil
		return c, nil
	}
	<-f.closed
	return nil, net.ErrClosed
}

func (f *faulty) Close() error   { close(f.closed); return nil }
func (f *faulty) Addr() net.Addr { return &net.TCPAddr{} }

func TestFailedAcceptsBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer b.Close()
		f := &faulty{failures: 12, conn: a, closed: make(chan struct{})}
		var log bytes.Buffer
		l := NewListener(f, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		served, got := make(chan error, 1), make(chan struct{})
		go func() { served <- l.Serve(func(*Conn) { close(got) }) }()
		<-got
		l.Shutdown(t.Context())
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
		for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000} {
			if pause := f.times[i+1].Sub(f.times[i]); pause != want*time.Millisecond {
				t.Errorf("pause %d is %s", i, pause)
			}
		}
		if n := bytes.Count(log.Bytes(), []byte("connection not accepted")); n != 12 {
			t.Errorf("%d warnings", n)
		}
	})
}

func TestStopAndShutdown(t *testing.T) {
	l, err := Listen("127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	started, ended, served := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	go func() {
		served <- l.Serve(func(c *Conn) {
			close(started)
			_, err := receive(c, 1)
			ended <- err
		})
	}()
	dial(t, l)
	<-started
	l.Stop()
	l.Stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("Stop ended a connection: %v", err)
	default:
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("the address is still open")
	}
	ctx, cancel := contextFor(20 * time.Millisecond)
	defer cancel()
	l.Shutdown(ctx)
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection ended with %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::]:0": true, "nonsense": false, "127.0.0.1:99999": false} {
		l, err := Listen(address, Options{})
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			l.Stop()
		}
	}
	if _, err := Listen("127.0.0.1:0", Options{Direct: true}); err == nil {
		t.Error("direct TLS without certificates")
	}
}
