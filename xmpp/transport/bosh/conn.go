package bosh

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"myna/xmpp/ns"
	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

const (
	requestsPerSecond = 30 // of new requests, after a burst; honest clients send a few
	requestsBurst     = 300
	maxBacklog        = 4 // bodies of the longest kind that wait for the stream; who waits for answers has fewer
)

var (
	errClosed = errors.New("the session has ended")
	errGone   = errors.New("the client has sent no request for too long")
)

// Bound sets how long an element may be that the stream takes, and so how long a body is that is read and what may wait for the
// stream; 0: as long as any.
func (c *Conn) Bound(bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes = c.most; bytes > 0 {
		c.bytes = min(2*bytes+wrapBytes, c.most)
	}
}

// Pace sets what is called with the length of each element that the stream takes.
func (c *Conn) Pace(spend func(n int) error) { c.spend = spend }

// bound is how long a body may be now.
func (c *Conn) bound() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// client is who has a session. It never changes; another may take the session over (Prepared).
type client struct {
	transport.Peer // without TLS: requests may come over any number of connections
	how            string
	prepared       bool // nobody has taken it over yet
}

func newClient(p transport.Peer) *client {
	c := &client{Peer: p, how: "BOSH, " + p.Describe()}
	c.TLS = nil
	return c
}

// Conn is a session. To the stream it is a connection that carries one element at a time.
type Conn struct {
	h          *Handler
	sid        string
	client     atomic.Pointer[client]
	to, lang   string
	kind       string // media type of responses
	legacy     bool   // the client knows HTTP errors only (XEP-0124 § 17.1)
	acks       bool   // the client wants to know which requests have arrived (§ 9.1)
	wait       time.Duration
	hold       int
	requests   int
	ver        string
	inactivity time.Duration
	rate       *rate.Limiter
	most       int             // bytes of the longest body, when the session began
	spend      func(int) error // the reader's

	mu      sync.Mutex // guards all below
	bytes   int        // of the longest body now
	next    uint64     // the lowest rid that has not come
	early   []*exchange
	held    []*exchange // have come and are not answered, by rid
	done    []answered  // the last answers
	created bool        // the first answer was given
	key     string      // what the next key has to hash to; "": no keys
	paused  time.Duration
	asked   time.Time // when the last empty request came that was answered with nothing

	in      [][]byte // elements for the stream
	inBytes int
	more    chan struct{} // holds one when in has grown or the session has ended
	out     []byte        // elements for the client
	header  *wire.Header  // of our stream, not told yet
	reason  string        // the terminal condition, with last
	last    bool          // out holds the last elements
	waiting []chan struct{}
	idle    *time.Timer
	ended   error // why; nil while the session goes on
}

func newConn(h *Handler, sid string, req *request, peer transport.Peer) *Conn {
	c := &Conn{
		h: h, sid: sid, to: req.to, lang: req.lang, kind: mediaType(req.content),
		legacy: req.ver == "", acks: req.ack == 1, wait: h.o.Wait, hold: 1, ver: version(req.ver), inactivity: h.o.Inactivity,
		rate: rate.NewLimiter(requestsPerSecond, requestsBurst), most: h.limits().StanzaBytes, next: req.rid, spend: func(int) error { return nil }, more: make(chan struct{}, 1),
	}
	c.bytes = c.most
	c.client.Store(newClient(peer))
	if req.wait >= 0 {
		c.wait = min(c.wait, time.Duration(req.wait)*time.Second)
	}
	if req.hold == 0 || req.wait == 0 { // a polling session (§ 12)
		c.hold = 0
		c.inactivity += 2 * h.o.Polling
	}
	c.requests = c.hold + 1 // § 7.2
	return c
}

// version is the version of BOSH that both sides speak (XEP-0124 § 7.2).
func version(client string) string {
	const ours = "1.11"
	var major, minor int
	if n, err := fmt.Sscanf(client, "%d.%d", &major, &minor); n != 2 || err != nil || major != 1 || minor < 0 || minor > 11 {
		return ours
	}
	return fmt.Sprintf("1.%d", minor)
}

// ReadFrame waits for an element.
func (c *Conn) ReadFrame() ([]byte, error) {
	for {
		if b, err := c.pop(); b != nil || err != nil {
			if err == nil {
				err = c.spend(len(b))
			}
			return b, err
		}
		<-c.more
	}
}

// pop takes the next element; nil where there is none yet.
func (c *Conn) pop() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.in) == 0 {
		return nil, c.ended
	}
	b := c.in[0]
	c.in[0] = nil
	c.in = c.in[1:]
	c.inBytes -= len(b)
	c.respond() // who has sent too much may go on
	return b, nil
}

// push gives the stream elements. The caller holds mu.
func (c *Conn) push(elements ...[]byte) {
	for _, e := range elements {
		c.inBytes += len(e)
		c.in = append(c.in, e)
	}
	c.wake()
}

func (c *Conn) wake() {
	select {
	case c.more <- struct{}{}:
	default:
	}
}

// WriteFrames gives the client elements. It returns when a request has taken them; without one the session ends in time.
func (c *Conn) WriteFrames(b []byte, ends []int) error {
	taken, err := c.offer(b, ends)
	if taken == nil {
		return err
	}
	<-taken
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) > 0 {
		return errClosed
	}
	return nil
}

// offer adds elements to what the client gets, and returns what is closed when a request has taken them; nil where there is
// nothing to wait for.
func (c *Conn) offer(b []byte, ends []int) (taken chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil || c.last {
		return nil, errClosed
	}
	from := 0
	for _, end := range ends {
		c.put(b[from:end])
		from = end
	}
	if len(c.out) == 0 && !c.last { // a header, which goes with what follows it
		return nil, nil
	}
	taken = make(chan struct{})
	c.waiting = append(c.waiting, taken)
	c.respond()
	if c.last {
		c.hasten()
	}
	return taken, nil
}

// put adds an element to what the client gets. What RFC 7395 says in elements XEP-0206 says in attributes. The caller holds
// mu.
func (c *Conn) put(element []byte) {
	switch {
	case bytes.HasPrefix(element, []byte("<open ")):
		if st, err := wire.NewScanner(wire.Limits{}, ns.Client).Frame(element); err == nil {
			c.header, _ = wire.OpenOf(st)
		}
	case bytes.HasPrefix(element, []byte("<close ")):
		c.last = true
	case bytes.HasPrefix(element, []byte("<stream:error")):
		c.reason = "remote-stream-error" // XEP-0206 § 6
		if !c.created && bytes.Contains(element, []byte("<host-unknown ")) {
			c.reason = "host-unknown" // XEP-0124 § 17.2
			return
		}
		fallthrough
	default:
		c.out = append(c.out, element...)
	}
}

// begin begins a stream, or begins it anew. The caller holds mu.
func (c *Conn) begin(req *request) {
	h := wire.Header{To: c.to, From: req.from, Version: req.version, Lang: c.lang}
	if req.to != "" {
		h.To = req.to
	}
	if req.lang != "" {
		h.Lang = req.lang
	}
	if h.Version == "" { // XEP-0206 § 3 only recommends it
		h.Version = "1.0"
	}
	c.push(h.AppendOpen(nil))
}

// Peer returns who the client is.
func (c *Conn) Peer() transport.Peer { return c.client.Load().Peer }

// Secure tells whether the way to the client is encrypted.
func (c *Conn) Secure() bool { return c.client.Load().Encrypted }

// Remote returns the address that the session was begun from, or taken over.
func (c *Conn) Remote() netip.Addr { return c.client.Load().Remote }

// Describe says how the client is connected, for people.
func (c *Conn) Describe() string { return c.client.Load().how }

// Close ends the session: requests that are held are answered.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(errClosed, "")
	return nil
}

// Abort is Close.
func (c *Conn) Abort() { c.Close() }

// end ends the session. condition is what a client is told that was not told anything else. The caller holds mu.
func (c *Conn) end(cause error, condition string) {
	if c.ended != nil {
		return
	}
	c.ended = cause
	if !c.last {
		c.last, c.reason = true, condition
	}
	if c.idle != nil {
		c.idle.Stop()
	}
	c.respond()
	c.release()
	c.wake()
	c.h.forget(c.sid)
}

// release lets those go on who wait for their elements to be taken. The caller holds mu.
func (c *Conn) release() {
	for _, w := range c.waiting {
		close(w)
	}
	c.waiting = nil
}
