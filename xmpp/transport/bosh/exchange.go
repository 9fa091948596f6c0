package bosh

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"myna/guard"
)

// exchange is a request and the answer to it.
type exchange struct {
	req    *request
	answer chan result // holds one
	dead   bool        // nobody waits for the answer any more
}

type result struct {
	body   []byte
	status int
}

// answered is an answer that is given again when the request is repeated (XEP-0124 § 14.3).
type answered struct {
	rid  uint64
	key  string
	body []byte
}

// answer handles a request of the session and answers it when it is time.
func (c *Conn) answer(w http.ResponseWriter, r *http.Request, req *request) {
	x := &exchange{req: req, answer: make(chan result, 1)}
	if !guard.Call(c.h.o.Logger, "bosh request", func() { c.receive(x) }, "remote", c.Remote()) {
		c.drop()
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	t := time.NewTimer(c.wait)
	defer t.Stop()
	var got result
	select {
	case got = <-x.answer:
	case <-t.C:
		c.expire(x)
		got = <-x.answer
	case <-r.Context().Done():
		c.lose(x)
		return
	}
	if got.status != 0 {
		http.Error(w, http.StatusText(got.status), got.status)
		return
	}
	write(w, c.kind, got.body)
}

func (c *Conn) receive(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.take(x)
}

// take takes a request: in its turn, again, or too early. The caller holds mu.
func (c *Conn) take(x *exchange) {
	c.busy()
	rid, room := x.req.rid, uint64(c.requests)
	if x.req.terminate || x.req.pause > 0 {
		room++ // § 11
	}
	switch {
	case c.ended != nil:
		x.finish(c.terminal("item-not-found"))
	case !c.rate.Allow():
		c.refuse(x, "policy-violation")
	case rid < c.next:
		c.repeat(x)
	case rid >= c.next+room: // § 14.2
		c.refuse(x, "item-not-found")
	case c.open() >= room: // § 11
		c.refuse(x, "policy-violation")
	case rid > c.next:
		c.postpone(x)
	default:
		c.process(x)
		for len(c.early) > 0 && c.early[0].req.rid == c.next && c.ended == nil {
			x, c.early = c.early[0], c.early[1:]
			c.process(x)
		}
	}
	c.quiet()
}

// postpone keeps a request whose turn has not come (XEP-0124 § 8). Those before it may never come, so together they have as many bytes as
// one: a client that has sent more sends it again (§ 17.3). The caller holds mu.
func (c *Conn) postpone(x *exchange) {
	size := x.req.size
	for _, e := range c.early {
		if e.req.rid != x.req.rid {
			size += e.req.size
		}
	}
	if size > c.bytes {
		x.finish(recoverable())
		return
	}
	i, found := slices.BinarySearchFunc(c.early, x.req.rid, func(e *exchange, rid uint64) int { return cmp.Compare(e.req.rid, rid) })
	if found {
		c.early[i].finish(recoverable())
		c.early[i] = x
	} else {
		c.early = slices.Insert(c.early, i, x)
	}
}

// open counts the requests for whose answers somebody waits. The caller holds mu.
func (c *Conn) open() (n uint64) {
	for _, list := range [][]*exchange{c.held, c.early} {
		for _, x := range list {
			if !x.dead {
				n++
			}
		}
	}
	return n
}

// repeat answers a request that has come before (XEP-0124 § 14.3). The caller holds mu.
func (c *Conn) repeat(x *exchange) {
	same := func(rid uint64, key string) bool { return rid == x.req.rid && key == x.req.key }
	for i, h := range c.held {
		if same(h.req.rid, h.req.key) {
			h.finish(recoverable())
			c.held[i] = x
			c.respond()
			return
		}
	}
	for i := range c.done {
		if same(c.done[i].rid, c.done[i].key) {
			x.finish(result{body: c.done[i].body})
			return
		}
	}
	c.refuse(x, "item-not-found")
}

// refuse ends the session because of a request.
func (c *Conn) refuse(x *exchange, condition string) {
	c.end(errClosed, condition)
	x.finish(c.terminal(condition))
}

// process handles a request whose turn it is. The caller holds mu.
func (c *Conn) process(x *exchange) {
	req := x.req
	first := req.sid == ""
	if !c.unlocks(req, first) { // § 15.4
		c.refuse(x, "item-not-found")
		return
	}
	if c.hold == 0 && req.empty() && !first && time.Since(c.asked) < c.h.o.Polling { // § 12
		c.refuse(x, "policy-violation")
		return
	}
	if c.inBytes > maxBacklog*c.bytes { // it does not wait for its answers (§ 11)
		c.refuse(x, "policy-violation")
		return
	}
	c.asked = time.Time{}
	c.next++
	c.done = slices.DeleteFunc(c.done, func(a answered) bool { return !first && a.rid <= req.ack }) // § 9.2
	c.held = append(c.held, x)
	switch {
	case req.pause > 0: // § 10
		c.paused = min(time.Duration(req.pause)*time.Second, c.h.o.Pause)
		c.answerAll()
		return
	case first, req.restart: // XEP-0206 § 5
		c.begin(req)
	default:
		c.push(req.elements...)
	}
	if req.terminate { // § 13
		c.push([]byte(`<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`))
	}
	c.respond()
}

// unlocks checks the key of a request and notes the next (XEP-0124 § 15.4, § 15.5).
func (c *Conn) unlocks(req *request, first bool) bool {
	if c.key != "" && !first {
		sum := sha1.Sum([]byte(req.key))
		if hex.EncodeToString(sum[:]) != c.key {
			return false
		}
		c.key = req.key
	}
	if req.newKey != "" && (first || c.key != "") {
		c.key = req.newKey
	}
	return true
}

// respond answers what can be answered: requests beyond those that may be held, and one that takes what there is for
// the client. Answers go in the order of the requests (XEP-0124 § 8). The caller holds mu.
func (c *Conn) respond() {
	if c.last {
		c.terminate()
		return
	}
	full := c.inBytes > c.bytes // the client has to wait until the stream has taken what it sent
	for len(c.held) > 0 {
		x := c.held[0]
		switch {
		case x.dead && len(c.held) > 1: // the client has gone on; it may ask for it again
			c.give(x, false)
		case !x.dead && len(c.out) > 0:
			c.give(x, true)
		case len(c.held) > c.hold && !full && (c.created || len(c.held) > 1): // the first waits for the features
			c.give(x, false)
		default:
			return
		}
	}
}

// give answers the oldest held request, with what there is for the client or with nothing. The caller holds mu.
func (c *Conn) give(x *exchange, payload bool) {
	c.held = c.held[1:]
	r := &response{}
	if !c.created && !x.dead {
		c.introduce(r)
	} else if c.acks && c.next-1 != x.req.rid { // § 9.1
		r.number("ack", c.next-1)
	}
	if payload && len(c.out) > 0 {
		r.payload, c.out = c.out, nil
		c.release()
	} else if x.req.empty() {
		c.asked = time.Now()
	}
	c.finish(x, r.bytes())
}

// introduce tells the client of the session (XEP-0124 § 7.2, XEP-0206 § 4). The caller holds mu.
func (c *Conn) introduce(r *response) {
	c.created = true
	r.attr("sid", c.sid)
	r.number("wait", uint64(c.wait/time.Second))
	r.number("requests", uint64(c.requests))
	r.attr("ver", c.ver)
	r.number("polling", uint64((c.h.o.Polling+time.Second-1)/time.Second))
	r.number("inactivity", uint64(c.inactivity/time.Second))
	r.number("hold", uint64(c.hold))
	r.number("maxpause", uint64(c.h.o.Pause/time.Second))
	if c.acks {
		r.number("ack", c.next-1)
	}
	r.attr("xmpp:restartlogic", "true")
	r.attr("xmpp:version", "1.0")
	if c.header != nil {
		r.attr("from", c.header.From)
		r.attr("authid", c.header.ID)
	}
}

// finish answers a request and keeps the answer for a while. The caller holds mu.
func (c *Conn) finish(x *exchange, body []byte) {
	if x.req.pause == 0 {
		c.done = append(c.done, answered{x.req.rid, x.req.key, body})
		if n := len(c.done) - c.requests - 1; n > 0 {
			c.done = slices.Delete(c.done, 0, n)
		}
	}
	x.finish(result{body: body})
	c.quiet()
}

// answerAll answers all that is held, without payload (XEP-0124 § 10). The caller holds mu.
func (c *Conn) answerAll() {
	for len(c.held) > 0 {
		c.give(c.held[0], false)
	}
}

// terminate answers all requests, the oldest with the end of the session (XEP-0124 § 13, § 17.2). The caller holds mu.
func (c *Conn) terminate() {
	all := append(c.held, c.early...)
	if len(all) == 0 {
		return
	}
	told := slices.IndexFunc(all, func(x *exchange) bool { return !x.dead })
	for i, x := range all {
		switch {
		case i != told:
			x.finish(result{body: (&response{}).bytes()})
		case len(c.out) > 0:
			x.finish(result{body: (&response{terminate: true, condition: c.reason, payload: c.out}).bytes()})
			c.out = nil
		default:
			x.finish(c.terminal(c.reason))
		}
	}
	c.held, c.early = nil, nil
	if told >= 0 {
		c.release()
	}
}

// terminal is the answer that says that the session has ended.
func (c *Conn) terminal(condition string) result {
	if c.legacy { // § 17.1
		switch condition {
		case "bad-request":
			return result{status: http.StatusBadRequest}
		case "policy-violation":
			return result{status: http.StatusForbidden}
		case "item-not-found":
			return result{status: http.StatusNotFound}
		}
	}
	return result{body: (&response{terminate: true, condition: condition}).bytes()}
}

// recoverable is the answer that makes the client send the request again (XEP-0124 § 17.3).
func recoverable() result { return result{body: (&response{failed: true}).bytes()} }

// finish answers once.
func (x *exchange) finish(r result) {
	select {
	case x.answer <- r:
	default:
	}
}
