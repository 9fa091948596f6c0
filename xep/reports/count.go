package reports

import (
	"sync"
	"time"

	"myna/xmpp"
)

// maxCounted bounds for how many reporters is counted; past it the counting of all begins anew.
const maxCounted = 10_000

// counts are how many reports people have made in a day, which begins with the first one. Nothing of it is stored: it keeps the
// load down, and Config.Kept what is kept.
type counts struct {
	mu sync.Mutex
	of map[xmpp.JID]*count // guarded by mu, with all in it
}

type count struct {
	n     int
	since time.Time
}

// take counts one more report; it is false where there were so many.
func (c *counts) take(reporter xmpp.JID, most int, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.of[reporter]
	if k == nil || now.Sub(k.since) >= 24*time.Hour {
		if k == nil && len(c.of) >= maxCounted {
			clear(c.of)
		}
		k = &count{since: now}
		c.of[reporter] = k
	}
	if k.n >= most {
		return false
	}
	k.n++
	return true
}
