package push

import (
	"sync"

	"myna/xmpp"
)

// counts are the messages of each account since somebody was there.
type counts struct {
	m    sync.Map // xmpp.JID → int
	kept int      // of Run's goroutine: about how many there are
}

// add counts a message. Only Run's goroutine calls it.
func (c *counts) add(owner xmpp.JID) {
	n := c.of(owner)
	if n == 0 {
		if c.kept++; c.kept > maxKept { // they begin anew
			c.m.Clear()
			c.kept = 1
		}
	}
	c.m.Store(owner, n+1)
}

func (c *counts) of(owner xmpp.JID) int {
	n, _ := c.m.Load(owner)
	i, _ := n.(int)
	return i
}

// reset is for when somebody is there. It may be called on any goroutine.
func (c *counts) reset(owner xmpp.JID) {
	if _, ok := c.m.Load(owner); ok {
		c.m.Delete(owner)
	}
}
