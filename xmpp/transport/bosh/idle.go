package bosh

import (
	"slices"
	"time"

	"myna/guard"
)

// farewell is how long our last words wait for a request: clients are seldom without one for longer than a moment, and a server
// that stops waits for those who are gone, too.
const farewell = 3 * time.Second

// expire answers a request that has waited long enough, and those before it.
func (c *Conn) expire(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.early, x); i >= 0 { // what comes before it was lost: the client sends both again
		c.early = slices.Delete(c.early, i, i+1)
		x.finish(recoverable())
	}
	for slices.Contains(c.held, x) {
		c.give(c.held[0], true)
	}
	c.quiet()
}

// lose notes that nobody waits for the answer to a request any more.
func (c *Conn) lose(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x.dead = true
	if i := slices.Index(c.early, x); i >= 0 {
		c.early = slices.Delete(c.early, i, i+1)
	}
	c.respond()
	c.quiet()
}

// busy ends a pause: a request has come. The caller holds mu.
func (c *Conn) busy() {
	c.paused = 0
	if c.idle != nil {
		c.idle.Stop()
		c.idle = nil
	}
}

// quiet starts the time in which the next request has to come, unless one waits (XEP-0124 § 10). The caller holds mu.
func (c *Conn) quiet() {
	if c.ended != nil || c.open() > 0 || c.idle != nil {
		return
	}
	d := c.inactivity
	if c.paused > 0 {
		d = c.paused
	}
	if c.last {
		d = min(d, farewell)
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		if !guard.Call(c.h.o.Logger, "bosh idle time", func() { c.silent(&t) }, "remote", c.Remote()) {
			c.drop()
		}
	})
	c.idle = t
}

// hasten shortens the time in which the next request has to come: it would only take our last words. The caller holds mu.
func (c *Conn) hasten() {
	if c.idle != nil {
		c.idle.Stop()
		c.idle = nil
		c.quiet()
	}
}

// silent ends the session for which a timer has run, unless a request has come meanwhile. mu guards t.
func (c *Conn) silent(t **time.Timer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle == *t {
		c.end(errGone, "item-not-found")
	}
}

// drop ends a session in which something has failed by a mistake of ours: its stream ends and its id is unknown.
func (c *Conn) drop() {
	c.h.forget(c.sid)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended, c.last = errClosed, true
	c.release()
	c.wake()
}
