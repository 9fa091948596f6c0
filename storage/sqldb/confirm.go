package sqldb

import (
	"context"
	"errors"
	"sync"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// confirmations are positions up to which owners have what they received. They are kept here until a transaction
// writes them: one that runs anyway, or one of their own after a delay.
type confirmations struct {
	mu      sync.Mutex
	dirty   map[xmpp.JID]int64 // guarded by mu
	overdue bool               // guarded by mu: the delay is over
	armed   bool               // guarded by mu: the timer runs
	timer   *time.Timer
	delay   time.Duration

	writing map[xmpp.JID]int64 // the writer's own: what its transaction writes
}

func (c *confirmations) start(delay time.Duration, wake func()) {
	c.dirty, c.delay = map[xmpp.JID]int64{}, delay
	c.timer = time.AfterFunc(time.Hour, func() {
		c.mu.Lock()
		c.overdue, c.armed = true, false
		c.mu.Unlock()
		wake()
	})
	c.timer.Stop()
}

func (c *confirmations) stop() { c.timer.Stop() }

func (c *confirmations) add(owner xmpp.JID, id int64) {
	if owner.IsZero() || id <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if id <= c.dirty[owner] {
		return
	}
	c.dirty[owner] = id
	if !c.armed {
		c.armed = true
		c.timer.Reset(c.delay)
	}
}

// at returns an owner's position that may not be written yet; 0 for none. Who reads the database too calls it first.
func (c *confirmations) at(owner xmpp.JID) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dirty[owner]
}

// due takes what there is to be written, if there is a transaction anyway or the delay is over.
func (c *confirmations) due(anyway bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !anyway && !c.overdue || len(c.dirty) == 0 {
		return false
	}
	c.overdue = false
	c.writing = make(map[xmpp.JID]int64, len(c.dirty))
	for j, id := range c.dirty {
		c.writing[j] = id
	}
	return true
}

func (c *confirmations) taken() bool { return len(c.writing) > 0 }

func (c *confirmations) write(ctx context.Context, t *tx) error {
	for j, id := range c.writing {
		owner, err := t.known(ctx, j)
		if errors.Is(err, storage.ErrNotFound) {
			continue // has no archive
		}
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `INSERT INTO confirmed (owner, id) VALUES ($1, $2)
			ON CONFLICT (owner) DO UPDATE SET id = excluded.id WHERE excluded.id > confirmed.id`, owner, id); err != nil {
			return err
		}
	}
	return nil
}

// written removes what was committed, unless it has moved on meanwhile.
func (c *confirmations) written() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for j, id := range c.writing {
		if c.dirty[j] == id {
			delete(c.dirty, j)
		}
	}
	c.writing = nil
	if len(c.dirty) == 0 && c.armed {
		c.armed = false
		c.timer.Stop()
	}
}

// failed leaves everything for a later transaction.
func (c *confirmations) failed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = nil
	if !c.armed && len(c.dirty) > 0 {
		c.armed = true
		c.timer.Reset(c.delay)
	}
}
