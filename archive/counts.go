package archive

import (
	"context"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// counts bounds the hidden rows that wait for accounts that are offline. It counts in memory; what is in storage from
// before the start is added in the background when an account is seen the first time.
type counts struct {
	mu   sync.Mutex
	m    map[xmpp.JID]int      // guarded by mu
	used map[xmpp.JID]struct{} // accounts with rows to be removed once confirmed; guarded by mu
	load chan xmpp.JID
}

func (c *counts) start() {
	c.m, c.used, c.load = map[xmpp.JID]int{}, map[xmpp.JID]struct{}{}, make(chan xmpp.JID, 1024)
}

// admit counts one more row for an account; it is false when so many wait that the next one must not.
func (a *Archive) admit(owner xmpp.JID) bool {
	c := &a.waiting
	c.mu.Lock()
	defer c.mu.Unlock()
	n, known := c.m[owner]
	if n >= a.Config.Of(owner.Domain()).MaxWaiting {
		return false
	}
	c.m[owner] = n + 1
	c.used[owner] = struct{}{}
	if !known {
		select {
		case c.load <- owner:
		default: // too much at once: the count starts at nothing
		}
	}
	return true
}

// reset starts anew for an account that was given everything.
func (c *counts) reset(owner xmpp.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, owner)
}

// recount adds what waits in storage.
func (a *Archive) recount(ctx context.Context, owner xmpp.JID) {
	list, _, err := a.Store.Waiting(ctx, owner, 0, storage.Most{Records: a.Config.Of(owner.Domain()).MaxWaiting, Heads: true})
	if err != nil {
		a.Logger.Error("waiting messages not counted", "owner", owner.String(), "err", err)
		return
	}
	n := 0
	for i := range list {
		if list[i].Flags&storage.Hidden != 0 {
			n++
		}
	}
	c := &a.waiting
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.m[owner]; ok { // not delivered meanwhile
		c.m[owner] = max(have, n)
	}
}

// takeUsed returns the accounts that had hidden rows since it was called last.
func (c *counts) takeUsed() map[xmpp.JID]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	used := c.used
	c.used = map[xmpp.JID]struct{}{}
	return used
}
