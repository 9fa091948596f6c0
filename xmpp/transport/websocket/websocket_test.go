package websocket

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"myna/xmpp/transport"
)

// pipes is a listener whose connections dial makes; in a bubble of synctest time passes when all wait.
type pipes struct {
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
	writes atomic.Int32 // of the server
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return &counted{c, &p.writes}, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

type counted struct {
	net.Conn
	n *atomic.Int32
}

func (c *counted) Write(b []byte) (int, error) {
	c.n.Add(1)
	return c.Conn.Write(b)
}

// start serves connections by serve.
func start(t *testing.T, serve func(*Conn)) (*Handler, *pipes) {
	h := NewHandler(Options{Front: transport.NewLiveFront(transport.Front{}), MessageBytes: func() int { return 100 }, Logger: slog.New(slog.DiscardHandler)}, serve)
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	s := &http.Server{Handler: h}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.Serve(p)
	}()
	t.Cleanup(func() {
		s.Close()
		h.Stop()
		<-served
	})
	return h, p
}

func (p *pipes) connect(t *testing.T, o websocket.DialOptions) *websocket.Conn {
	t.Helper()
	transport := &http.Transport{DialContext: p.dial}
	o.HTTPClient, o.Subprotocols = &http.Client{Transport: transport}, []string{"xmpp"}
	ws, _, err := websocket.Dial(t.Context(), "ws://example.net/xmpp-websocket", &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.CloseNow() })
	return ws
}

// RFC 7395 § 3.2, § 3.3.3: each element is a text message; all that is queued goes out in one write.
func TestWriteFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conns := make(chan *Conn)
		_, p := start(t, func(c *Conn) {
			conns <- c
			c.ReadFrame()
		})
		ws := p.connect(t, websocket.DialOptions{})
		c := <-conns
		elements := []string{"<a/>", "<b>" + strings.Repeat("x", 6000) + "</b>", "<c/>"}
		var b []byte
		var ends []int
		for _, e := range elements {
			b = append(b, e...)
			ends = append(ends, len(b))
		}
		before := p.writes.Load()
		go c.WriteFrames(b, ends)
		for _, want := range elements {
			kind, got, err := ws.Read(t.Context())
			if err != nil || kind != websocket.MessageText || string(got) != want {
				t.Errorf("got %v %.50s, %v; want %.50s", kind, got, err, want)
			}
		}
		if n := p.writes.Load() - before; n != 1 {
			t.Errorf("%d writes", n)
		}
	})
}

// A message is read whole up to the limit, and a little of a longer one; a binary one is an error for the client.
func TestReadFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan any)
		_, p := start(t, func(c *Conn) {
			for {
				b, err := c.ReadFrame()
				if err != nil {
					got <- err.Error()
					return
				}
				got <- len(b)
				if len(b) > 100 {
					return
				}
			}
		})
		for _, c := range []struct {
			kind websocket.MessageType
			size int
			want any
		}{
			{websocket.MessageText, 0, 0}, {websocket.MessageText, 100, 100}, {websocket.MessageText, 101, 101},
			{websocket.MessageText, 100000, 101}, {websocket.MessageBinary, 10, "bad-format"},
		} {
			ws := p.connect(t, websocket.DialOptions{})
			go ws.Write(t.Context(), c.kind, make([]byte, c.size))
			if n := <-got; n != c.want {
				t.Errorf("%v of %d bytes: got %v, want %v", c.kind, c.size, n, c.want)
			}
			go ws.CloseNow()
			if c.size <= 100 && c.kind == websocket.MessageText {
				<-got
			}
		}
	})
}

// RFC 7395 § 3.8: a silent connection is pinged.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, p := start(t, func(c *Conn) { c.ReadFrame() })
		var pings atomic.Int32
		ws := p.connect(t, websocket.DialOptions{OnPingReceived: func(context.Context, []byte) bool { pings.Add(1); return true }})
		go ws.Read(t.Context())
		time.Sleep(3 * time.Minute)
		if n := pings.Load(); n < 2 || n > 4 {
			t.Errorf("%d pings in three minutes", n)
		}
		ws.CloseNow()
	})
}

// raw connects and does the handshake by hand.
func (p *pipes) raw(t *testing.T) net.Conn {
	t.Helper()
	nc, err := p.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(nc, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n")
	if r, err := http.ReadResponse(bufio.NewReader(nc), nil); err != nil || r.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(r, err)
	}
	return nc
}

// A client that stops in the middle of a message, and answers nothing, holds nobody up for long.
func TestStalled(t *testing.T) {
	for name, end := range map[string]func(*Conn){"close": func(c *Conn) { c.Close() }, "abort": func(c *Conn) { c.Abort() }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conns := make(chan *Conn, 1)
				h, p := start(t, func(c *Conn) {
					conns <- c
					c.ReadFrame()
				})
				nc := p.raw(t)
				defer nc.Close()
				io.WriteString(nc, "\x81\xff\x00\x00\x00\x00\x00\x10\x00\x00mask<message") // the header of a megabyte
				go io.Copy(io.Discard, nc)
				began := time.Now()
				end(<-conns)
				h.Stop()
				if d := time.Since(began); d > 2*closeTime {
					t.Errorf("took %v", d)
				}
			})
		})
	}
}

// A mistake of ours in a timer cuts one connection.
func TestMistakeOfTimer(t *testing.T) {
	ours, theirs := net.Pipe()
	c := newConn(nil, &gathering{Conn: ours}, transport.Peer{}, Options{PingEvery: time.Nanosecond, MessageBytes: func() int { return 100 }, Logger: slog.New(slog.DiscardHandler)})
	if _, err := theirs.Read(make([]byte, 1)); err == nil {
		t.Error("the connection goes on")
	}
	c.finish()
}

// Pages of others do not write the log full.
func TestRefusedOriginsAreLoggedSparingly(t *testing.T) {
	var b bytes.Buffer
	h := NewHandler(Options{
		Front: transport.NewLiveFront(transport.Front{}), MessageBytes: func() int { return 100 }, Logger: slog.New(slog.NewTextHandler(&b, nil)),
	}, func(*Conn) {})
	for range 1000 {
		r := httptest.NewRequest("GET", "https://example.net/xmpp-websocket", nil)
		r.Header.Set("Origin", "https://example.com")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Fatal(w.Code)
		}
	}
	if n := strings.Count(b.String(), "\n"); n == 0 || n > 20 {
		t.Errorf("%d lines", n)
	}
}
