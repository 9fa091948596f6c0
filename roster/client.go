package roster

import (
	"sync"
	"sync/atomic"

	"myna/hook"
	"myna/xmpp"
)

// client is what the roster knows of a session.
type client struct {
	book       *book
	interested atomic.Bool // it has asked for the roster and gets pushes (RFC 6121 § 2.2)

	mu       sync.Mutex
	over     bool                  // the session has ended
	directed map[xmpp.JID]struct{} // who got directed presence and has to hear of its end (RFC 6121 § 4.6.2)
}

// client returns what is known of a session. The account's book is held until the session has ended.
func (r *Roster) client(s hook.Session) *client {
	if c := r.clients.Load(s); c != nil {
		return c
	}
	var c *client
	r.clients.Update(s, func(old *client) *client {
		if c = old; c == nil {
			c = &client{book: r.open(s.JID().Bare())}
		}
		return c
	})
	return c
}

// ended tells whether the session is over.
func (c *client) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// setPresence replaces the session's presence unless the session is over. It returns the former one.
func (c *client) setPresence(s hook.Session, p *hook.Presence) (was *hook.Presence, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil, false
	}
	was = s.Presence()
	s.SetPresence(p)
	return was, true
}

// remember notes who got directed presence; it is false when there are most already.
func (c *client) remember(to xmpp.JID, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.directed[to]; ok || c.over {
		return true
	}
	if len(c.directed) >= most {
		return false
	}
	if c.directed == nil {
		c.directed = map[xmpp.JID]struct{}{}
	}
	c.directed[to] = struct{}{}
	return true
}

func (c *client) forget(to xmpp.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.directed, to)
}

// takeDirected returns who got directed presence and forgets it; over ends the session.
func (c *client) takeDirected(over bool) map[xmpp.JID]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.directed
	c.directed = nil
	c.over = c.over || over
	return d
}
