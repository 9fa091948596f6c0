package web

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made by dial; inside a bubble of synctest their deadlines pass when all wait.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.done); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// Whoever sends nothing more, or reads nothing more, keeps nothing of the server.
func TestSlowClients(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		reads   bool
	}{
		"no header":        {"", true},
		"half a header":    {"GET /livez HTTP/1.1\r\nHost: a\r\n", true},
		"half a body":      {"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf", true},
		"idle":             {"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", true},
		"reads no answers": {"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewServer((&Site{Hosts: []string{"a"}}).Handler(), slog.New(slog.DiscardHandler))
				l := newPipes()
				s.Serve(l)
				defer s.Shutdown(t.Context())
				conn := l.dial()
				defer conn.Close()
				began := time.Now()
				if _, err := io.WriteString(conn, c.request); err != nil {
					t.Fatal(err)
				}
				if c.reads {
					conn.SetReadDeadline(began.Add(10 * time.Minute))
					if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil {
						t.Errorf("the connection is open after %v: %v", time.Since(began), err)
					}
					return
				}
				time.Sleep(10 * time.Minute)
				conn.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := io.WriteString(conn, "GET"); err != io.ErrClosedPipe {
					t.Errorf("the connection is open after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

// The operator's requests take as long as they take.
func TestLocalServerIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewLocalServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(time.Hour):
				io.WriteString(w, "done")
			case <-r.Context().Done():
			}
		}), slog.New(slog.DiscardHandler))
		l := newPipes()
		s.Serve(l)
		defer s.Shutdown(t.Context())
		conn := l.dial()
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(answer.Body); err != nil || string(b) != "done" {
			t.Errorf("got %q, %v", b, err)
		}
	})
}

// A mistake of ours ends one request and is an error in the log, without what only those know who may come in.
func TestMistake(t *testing.T) {
	for path, logged := range map[string]string{
		"/livez": "path=/livez", "/reset/SECRET": "path=/reset/…", "/invite/SECRET?x=SECRET": "path=/invite/…",
		"/upload/SECRET/SECRET.png": "path=/upload/…", "/": "path=/", "/admin/": "path=/admin",
	} {
		var b bytes.Buffer
		s := NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a mistake") }), slog.New(slog.NewTextHandler(&b, nil)))
		l := newPipes()
		s.Serve(l)
		conn := l.dial()
		if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(conn); len(got) > 0 {
			t.Errorf("answered %s", got)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if !strings.Contains(got, "level=ERROR msg=panic") || !strings.HasSuffix(got, logged+"\n") || strings.Contains(got, "SECRET") {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Browsers are told to come by https only where they came to the port of https, by TLS of ours, and never more than that host.
func TestStrict(t *testing.T) {
	h := strict(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		host string
		tls  bool
		want string
	}{
		{"chat.example.com", true, "max-age=31536000"},
		{"chat.example.com:443", true, "max-age=31536000"},
		{"example.com:5443", true, ""}, // the site of the name may be another
		{"chat.example.com", false, ""},
		{"[::1]", true, "max-age=31536000"}, // which browsers pass over (RFC 6797 § 8.1.1)
		{"[::1]:5443", true, ""},
	} {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		if r.Host = c.host; c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); got != c.want {
			t.Errorf("%s, TLS %v: %q, want %q", c.host, c.tls, got, c.want)
		}
	}
}
