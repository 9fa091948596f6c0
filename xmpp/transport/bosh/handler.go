// Package bosh carries client streams over pairs of HTTP requests and responses (XEP-0124, and XEP-0206 for XMPP). A session
// looks to the stream like a connection that carries one element at a time: the package opens, restarts and closes
// the stream with the elements of RFC 7395 for what XEP-0206 says in attributes.
package bosh

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mellium.im/xmpp/stream"

	"myna/guard"
	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

// Options are how sessions behave.
type Options struct {
	Front      *transport.LiveFront
	PerAddress *transport.PerAddress // of sessions; nil: no limit
	Limits     func() wire.Limits    // of an element
	Strangers  wire.Limits           // the same where they are less, of an element whose sender is not known
	Wait       time.Duration         // the longest that a request is held (XEP-0124 § 7.1); 0: 60 seconds
	Inactivity time.Duration         // the longest time without a request (§ 10); 0: 60 seconds
	Pause      time.Duration         // the same, where the client asks for it (§ 10); 0: 2 minutes
	Polling    time.Duration         // the shortest time between empty requests that are not held (§ 12); 0: 2 seconds
	Logger     *slog.Logger
}

func (o *Options) complete() {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&o.Wait, time.Minute}, {&o.Inactivity, time.Minute}, {&o.Pause, 2 * time.Minute}, {&o.Polling, 2 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
}

const (
	bodyTime  = 30 * time.Second // for a request or a response to go over the line
	wrapBytes = 8 << 10          // what the body itself may have beside its elements

	maxParsing = 8 // bodies that are understood at once
)

// Handler answers requests.
type Handler struct {
	o     Options
	serve func(*Conn)
	work  sync.WaitGroup

	parsing chan struct{} // holds one for each body that is being understood: that takes far more memory than its bytes

	mu       sync.Mutex
	sessions map[string]*Conn // by sid; guarded by mu
	stopped  bool             // guarded by mu
	prepared int              // sessions that nobody has taken over; guarded by mu
}

// NewHandler returns a handler that calls serve for each session, on a goroutine of its own; when serve returns the session
// is closed.
func NewHandler(o Options, serve func(*Conn)) *Handler {
	o.complete()
	return &Handler{o: o, serve: serve, parsing: make(chan struct{}, maxParsing), sessions: map[string]*Conn{}}
}

// limits are those of a body.
func (h *Handler) limits() wire.Limits {
	limits := h.o.Limits()
	if limits.StanzaBytes <= 0 {
		limits.StanzaBytes = wire.DefaultLimits().StanzaBytes
	}
	limits.StanzaBytes += limits.StanzaBytes + wrapBytes // an element of the longest kind, and what was waiting before it
	if limits.Depth > 0 {
		limits.Depth++
	}
	if limits.Elements > 0 {
		limits.Elements += limits.Elements + 1 // as many in each of the two, and the body
	}
	return limits
}

// limitsOf are those of a body for a session; nil: of one that begins a session, or is for none.
func (h *Handler) limitsOf(c *Conn) wire.Limits {
	limits := h.limits()
	most := limits.StanzaBytes
	if n := h.o.Strangers.StanzaBytes; n > 0 {
		most = n + wrapBytes // it has no elements that anybody reads
	}
	if c != nil {
		most = c.bound()
	}
	if n := h.o.Strangers.Elements; n > 0 && most < limits.StanzaBytes {
		limits.Elements = n
	}
	limits.StanzaBytes = min(most, limits.StanzaBytes)
	return limits
}

// Stop lets no session begin any more, and waits until all have ended.
func (h *Handler) Stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.work.Wait()
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	front := h.o.Front.Load()
	if !front.Origins.Allow(r) {
		http.Error(w, "pages of this origin may not connect (listen.origins)", http.StatusForbidden)
		return
	}
	cors(w, r)
	switch r.Method {
	case http.MethodPost:
	case http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
		return
	default: // XEP-0124 § 5
		w.Header().Set("Allow", "POST, OPTIONS")
		http.Error(w, "this address is for XMPP clients (XEP-0124)", http.StatusMethodNotAllowed)
		return
	}
	req, err := h.read(w, r)
	if err != nil {
		refuse(w, conditionOf(err))
		return
	}
	peer := front.Proxies.Peer(r)
	c := h.session(req.sid)
	switch {
	case req.sid == "":
		peer.Browser = transport.Browser(r, peer)
		var condition string
		if c, condition = h.create(req, peer); c == nil {
			refuse(w, condition)
			return
		}
	case c == nil:
		refuse(w, "item-not-found")
		return
	case c.client.Load().prepared:
		if condition := h.handOver(c, peer); condition != "" {
			refuse(w, condition)
			return
		}
	case c.Secure() && !peer.Encrypted: // a session that began in private is not continued in public (§ 19.1)
		refuse(w, "item-not-found")
		return
	}
	c.answer(w, r, req)
}

// cors lets pages of other hosts read the answer: those that Origins allows.
func cors(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Origin")
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		h.Set("Access-Control-Max-Age", "86400")
	}
}

// read reads the body of a request, within a time and a size. A long one is for a session whose client has signed in: which session
// that is stands at its start.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*request, error) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(bodyTime)) // fails only in tests, without a connection
	limits := h.limitsOf(nil)
	b, err := io.ReadAll(io.LimitReader(r.Body, int64(limits.StanzaBytes)))
	if err != nil {
		return nil, err
	}
	if c := h.session(sidOf(b, limits)); c != nil {
		limits = h.limitsOf(c)
	}
	rest, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limits.StanzaBytes-len(b))))
	if err != nil {
		return nil, err
	}
	control.SetReadDeadline(time.Time{})
	select {
	case h.parsing <- struct{}{}:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { <-h.parsing }()
	return parse(append(b, rest...), limits)
}

// conditionOf says what is wrong with a body (XEP-0124 § 17.2).
func conditionOf(err error) string {
	var long *http.MaxBytesError
	if errors.As(err, &long) || errors.Is(err, errLong) || errors.Is(err, stream.PolicyViolation) {
		return "policy-violation"
	}
	return "bad-request"
}

// refuse answers a request that belongs to no session.
func refuse(w http.ResponseWriter, condition string) {
	write(w, mediaType(""), (&response{terminate: true, condition: condition}).bytes())
}

// write sends a body.
func write(w http.ResponseWriter, kind string, b []byte) {
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Now().Add(bodyTime))
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) // a client that is gone asks again
	control.Flush()
	control.SetWriteDeadline(time.Time{})
}

func (h *Handler) session(sid string) *Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[sid]
}

// create begins a session (XEP-0124 § 7). It is nil, with the reason, when that was refused.
func (h *Handler) create(req *request, peer transport.Peer) (c *Conn, condition string) {
	if req.to == "" {
		return nil, "improper-addressing"
	}
	if !h.o.PerAddress.Enter(peer.Remote) {
		h.o.Logger.Debug("bosh session refused: too many of this address", "remote", peer.Remote)
		return nil, "policy-violation"
	}
	c = newConn(h, rand.Text(), req, peer)
	if !h.begin(c) {
		h.o.PerAddress.Leave(peer.Remote)
		return nil, "system-shutdown"
	}
	return c, ""
}

// begin serves a session until it ends, unless the handler was stopped.
func (h *Handler) begin(c *Conn) bool {
	h.mu.Lock()
	if h.stopped {
		h.mu.Unlock()
		return false
	}
	h.sessions[c.sid] = c
	h.work.Add(1)
	h.mu.Unlock()
	go func() {
		defer h.work.Done()
		defer h.left(c)
		if !guard.Call(h.o.Logger, "bosh session", func() {
			defer c.Close()
			h.serve(c)
		}, "remote", c.Remote()) {
			c.drop()
		}
	}()
	return true
}

// left counts a session no more. It has ended, so that nobody takes it over any more.
func (h *Handler) left(c *Conn) {
	h.forget(c.sid)
	h.mu.Lock()
	who := c.client.Load()
	if who.prepared {
		h.prepared--
	}
	h.mu.Unlock()
	if !who.prepared {
		h.o.PerAddress.Leave(who.Remote)
	}
}

func (h *Handler) forget(sid string) {
	h.mu.Lock()
	delete(h.sessions, sid)
	h.mu.Unlock()
}
