// Package websocket carries client streams over WebSocket, one element in each message (RFC 7395, RFC 6455).
package websocket

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"myna/sparing"
	"myna/xmpp/transport"
)

// subprotocol is how XMPP is named in the handshake (RFC 7395 § 3.1).
const subprotocol = "xmpp"

// Options are how connections behave.
type Options struct {
	Front        *transport.LiveFront
	PerAddress   *transport.PerAddress // nil: no limit
	MessageBytes func() int            // the longest message that is read whole; of a longer one only so much that it is seen to be too long
	WriteTimeout time.Duration         // 0: 30 seconds
	PingEvery    time.Duration         // so that proxies keep a silent connection open; 0: 45 seconds
	Logger       *slog.Logger
}

// Handler accepts WebSocket connections.
type Handler struct {
	strange sparing.Log // refused origins

	o     Options
	serve func(*Conn)
	work  sync.WaitGroup

	mu      sync.Mutex
	stopped bool // guarded by mu
}

// NewHandler returns a handler that calls serve for each connection, on the request's goroutine; when serve returns the
// connection is closed.
func NewHandler(o Options, serve func(*Conn)) *Handler {
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 30 * time.Second
	}
	if o.PingEvery <= 0 {
		o.PingEvery = 45 * time.Second
	}
	return &Handler{o: o, serve: serve}
}

// Stop lets no client connect any more, and waits until all connections have ended.
func (h *Handler) Stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.work.Wait()
}

// enter counts a connection, unless the handler was stopped.
func (h *Handler) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return false
	}
	h.work.Add(1)
	return true
}

// ServeHTTP answers the handshake and serves the connection.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	front := h.o.Front.Load()
	peer := front.Proxies.Peer(r)
	peer.Browser = transport.Browser(r, peer)
	switch {
	case !front.Origins.Allow(r):
		h.strange.Write(h.o.Logger, slog.LevelInfo, "websocket refused: a page of another host", "origin", r.Header.Get("Origin"), "remote", peer.Remote)
		http.Error(w, "pages of this origin may not connect (listen.origins)", http.StatusForbidden)
		return
	case r.ProtoMajor != 1 || r.Header.Get("Upgrade") == "":
		if r.ProtoMajor == 1 { // HTTP/2 knows no such headers (RFC 9113 § 8.2.2)
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "websocket")
		}
		http.Error(w, "this address is for WebSocket (RFC 7395)", http.StatusUpgradeRequired)
		return
	case !offers(r):
		http.Error(w, "the subprotocol xmpp is required (RFC 7395)", http.StatusBadRequest)
		return
	case !h.o.PerAddress.Enter(peer.Remote):
		h.o.Logger.Debug("websocket refused: too many of this address", "remote", peer.Remote)
		http.Error(w, "too many connections", http.StatusTooManyRequests)
		return
	}
	defer h.o.PerAddress.Leave(peer.Remote)
	if !h.enter() {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	defer h.work.Done()

	over := &hijacker{ResponseWriter: w, timeout: h.o.WriteTimeout}
	ws, err := websocket.Accept(over, r, &websocket.AcceptOptions{
		Subprotocols:       []string{subprotocol},
		InsecureSkipVerify: true, // of the origin: see above
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		h.o.Logger.Debug("websocket refused", "remote", peer.Remote, "error", err)
		return
	}
	ws.SetReadLimit(-1) // ReadFrame has its own
	c := newConn(ws, over.conn, peer, h.o)
	defer c.finish()
	h.serve(c)
}

// offers tells whether the client offers the subprotocol.
func offers(r *http.Request) bool {
	for _, v := range r.Header["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(v, ",") {
			if strings.TrimSpace(name) == subprotocol {
				return true
			}
		}
	}
	return false
}
