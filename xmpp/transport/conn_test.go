package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// serve starts a listener and returns it with the connections that it accepts.
func serve(t testing.TB, o Options) (*Listener, <-chan *Conn) {
	t.Helper()
	l, err := Listen("127.0.0.1:0", o)
	if err != nil {
		t.Fatal(err)
	}
	conns, over := make(chan *Conn), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- l.Serve(func(c *Conn) {
			conns <- c
			<-over
		})
	}()
	t.Cleanup(func() {
		close(over)
		ctx, cancel := contextFor(10 * time.Second)
		defer cancel()
		l.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l, conns
}

func dial(t testing.TB, l *Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// receive reads n bytes the way a stream does.
func receive(c *Conn, n int) ([]byte, error) {
	var got []byte
	b := make([]byte, 100)
	for len(got) < n {
		if err := c.Wait(); err != nil {
			return got, err
		}
		m, err := c.Read(b)
		got = append(got, b[:m]...)
		if err != nil && !errors.Is(err, ErrAgain) {
			return got, err
		}
	}
	return got, nil
}

// TestBytesArrive sends texts of all sizes both ways, over TCP, STARTTLS and direct TLS, with each version of TLS.
func TestBytesArrive(t *testing.T) {
	certs := testCertificates(t)
	for _, c := range []struct {
		name     string
		options  Options
		version  uint16
		describe string
	}{
		{"TCP", Options{}, 0, "TCP"},
		{"STARTTLS 1.2", Options{TLS: certs.ConfigFunc(Clients)}, tls.VersionTLS12, "TLS 1.2"},
		{"STARTTLS 1.3", Options{TLS: certs.ConfigFunc(Clients)}, tls.VersionTLS13, "TLS 1.3"},
		{"direct", Options{TLS: certs.ConfigFunc(ClientsDirect), Direct: true}, tls.VersionTLS13, "TLS 1.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, conns := serve(t, c.options)
			peer := dial(t, l)
			if c.version != 0 {
				peer = tls.Client(peer, &tls.Config{InsecureSkipVerify: true, MaxVersion: c.version, ServerName: "example.com"})
			}
			ready := make(chan *Conn, 1)
			go func() {
				s := <-conns
				if c.version != 0 && !c.options.Direct {
					if err := s.StartTLS(); err != nil {
						t.Error(err)
					}
				}
				ready <- s
			}()
			if secure, ok := peer.(*tls.Conn); ok {
				if err := secure.Handshake(); err != nil {
					t.Fatal(err)
				}
			}
			server := <-ready
			if server.Describe() != c.describe || server.Secure() != (c.version != 0) || !server.Remote().IsLoopback() {
				t.Errorf("%s from %s, secure %v", server.Describe(), server.Remote(), server.Secure())
			}
			for _, size := range []int{1, 99, 100, 101, chunk - 1, chunk, chunk + 1, 16384, 16385, 100000} {
				text := bytes.Repeat([]byte("0123456789abc"), size/13+1)[:size]
				var writes sync.WaitGroup
				writes.Go(func() { peer.Write(text) })
				if got, err := receive(server, size); err != nil || !bytes.Equal(got, text) {
					t.Fatalf("to the server: %d bytes of %d, %v", len(got), size, err)
				}
				writes.Go(func() { server.Write(text) })
				got := make([]byte, size)
				if _, err := io.ReadFull(peer, got); err != nil || !bytes.Equal(got, text) {
					t.Fatalf("to the client: %d bytes, %v", size, err)
				}
				writes.Wait() // a connection that is closed within a write says no farewell
			}
			if _, err := server.Read(make([]byte, 10)); !errors.Is(err, ErrAgain) {
				t.Errorf("nothing to read: %v", err)
			}
			if server.sock.raw == nil || server.sock.buf != nil {
				t.Error("an idle connection holds a buffer")
			}
			peer.Close()
			if _, err := receive(server, 1); !errors.Is(err, io.EOF) {
				t.Errorf("the peer has closed: %v", err)
			}
		})
	}
}

func TestCutTLSIsNoEnd(t *testing.T) {
	l, conns := serve(t, Options{TLS: testCertificates(t).ConfigFunc(ClientsDirect), Direct: true})
	raw := dial(t, l)
	if err := tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).Handshake(); err != nil {
		t.Fatal(err)
	}
	server := <-conns
	raw.Close()
	if _, err := receive(server, 1); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("cut without close_notify: %v", err)
	}
}

// TestBytesBeforeTLSAreDropped sends a stanza behind <starttls/> in one packet (RFC 6120 § 5.4.3.3).
func TestBytesBeforeTLSAreDropped(t *testing.T) {
	l, conns := serve(t, Options{TLS: testCertificates(t).ConfigFunc(Clients)})
	raw := dial(t, l)
	if _, err := raw.Write([]byte("<starttls/><evil/>")); err != nil {
		t.Fatal(err)
	}
	server := <-conns
	if err := server.Wait(); err != nil {
		t.Fatal(err)
	}
	if n, err := server.Read(make([]byte, len("<starttls/>"))); err != nil || n != len("<starttls/>") {
		t.Fatal(n, err)
	}
	done := make(chan error, 1)
	go func() { done <- server.StartTLS() }()
	peer := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	if _, err := peer.Write([]byte("<good/>")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, err := receive(server, len("<good/>")); err != nil || string(got) != "<good/>" {
		t.Errorf("%q, %v", got, err)
	}
	if err := server.StartTLS(); err == nil {
		t.Error("TLS inside TLS")
	}
}

func TestSlowHandshakeEnds(t *testing.T) {
	l, conns := serve(t, Options{TLS: testCertificates(t).ConfigFunc(Clients), HandshakeTimeout: 50 * time.Millisecond})
	raw := dial(t, l)
	raw.Write([]byte{22, 3, 1}) // the beginning of a record, and nothing more
	if err := (<-conns).StartTLS(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent client: %v", err)
	}
	raw = dial(t, l)
	raw.Write([]byte("<stream:stream/>"))
	if err := (<-conns).StartTLS(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("no TLS at all: %v", err)
	}
}

func TestSlowReaderDoesNotHoldTheWriter(t *testing.T) {
	certs := testCertificates(t)
	for name, o := range map[string]Options{
		"TCP": {WriteTimeout: 50 * time.Millisecond},
		"TLS": {WriteTimeout: 50 * time.Millisecond, TLS: certs.ConfigFunc(ClientsDirect), Direct: true},
	} {
		l, conns := serve(t, o)
		peer := dial(t, l)
		if o.Direct {
			if err := tls.Client(peer, &tls.Config{InsecureSkipVerify: true}).Handshake(); err != nil {
				t.Fatal(err)
			}
		}
		server := <-conns
		var err error
		for sent := 0; err == nil && sent < 1<<30; sent += 1 << 20 {
			_, err = server.Write(make([]byte, 1<<20))
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeadlineAndCloseWakeTheReader(t *testing.T) {
	certs := testCertificates(t)
	for name, o := range map[string]Options{"TCP": {}, "TLS": {TLS: certs.ConfigFunc(ClientsDirect), Direct: true}} {
		l, conns := serve(t, o)
		var peer net.Conn = dial(t, l)
		if o.Direct {
			secure := tls.Client(peer, &tls.Config{InsecureSkipVerify: true})
			if err := secure.Handshake(); err != nil {
				t.Fatal(err)
			}
			peer = secure
		}
		server := <-conns
		server.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := receive(server, 1); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: deadline: %v", name, err)
		}
		server.SetReadDeadline(time.Time{})
		woken := make(chan error, 1)
		go func() {
			_, err := receive(server, 1)
			woken <- err
		}()
		server.Write([]byte("bye"))
		if err := server.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := <-woken; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: the reader got %v", name, err)
		}
		if _, err := server.Write([]byte("x")); err == nil {
			t.Errorf("%s: written after the end", name)
		}
		if got, err := io.ReadAll(peer); string(got) != "bye" || err != nil {
			t.Errorf("%s: the peer read %q, %v", name, got, err)
		}
	}
}

// TestLastWordsArrive closes while the peer is still sending, which must not reset the connection.
func TestLastWordsArrive(t *testing.T) {
	l, err := Listen("127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	go l.Serve(func(c *Conn) {
		c.Wait()
		c.Write([]byte("too big"))
	})
	for range 20 {
		peer := dial(t, l)
		if _, err := peer.Write(make([]byte, 300000)); err != nil {
			t.Fatal(err)
		}
		peer.(*net.TCPConn).CloseWrite()
		if got, err := io.ReadAll(peer); string(got) != "too big" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	ctx, cancel := contextFor(10 * time.Second)
	defer cancel()
	l.Shutdown(ctx)
}

// TestNotOfTheSystem uses a connection that no poller knows.
func TestNotOfTheSystem(t *testing.T) {
	a, b := net.Pipe()
	defer b.Close()
	server := NewConn(a, Options{TLS: testCertificates(t).ConfigFunc(Clients)})
	done := make(chan error, 1)
	go func() { done <- server.StartTLS() }()
	peer := tls.Client(b, &tls.Config{InsecureSkipVerify: true})
	if err := peer.Handshake(); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, peer)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	go peer.Write([]byte("hello"))
	if got, err := receive(server, 5); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if server.Remote().IsValid() {
		t.Errorf("from %s", server.Remote())
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}
