package carbons

import (
	"hash/maphash"

	"myna/hook"
	"myna/xmpp"
)

// maxRecent is how many messages of a session are remembered, to know an error that answers one of them.
const maxRecent = 64

// recent are messages that were copied to other clients: what a session has sent, and what it was sent.
type recent struct {
	keys [maxRecent]uint64 // a ring; 0 is none
	next int
}

func (r *recent) has(key uint64) bool {
	for _, k := range r.keys {
		if k == key && k != 0 {
			return true
		}
	}
	return false
}

// key stands for a message with an id to or from somebody.
func (c *Carbons) key(with xmpp.JID, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	h.WriteString(with.Bare().String())
	h.WriteByte(0)
	h.WriteString(id)
	return h.Sum64()
}

// note remembers a message that others got a copy of.
func (c *Carbons) note(s hook.Session, with xmpp.JID, id string) {
	if s == nil || id == "" {
		return
	}
	key := c.key(with, id)
	c.recent.Update(s, func(r *recent) *recent {
		if r == nil {
			r = &recent{}
		}
		r.keys[r.next] = key
		r.next = (r.next + 1) % maxRecent
		return r
	})
}

// answers tells whether an error answers a message of a session that others got a copy of: then they get the error, too (§ 6.1).
func (c *Carbons) answers(s hook.Session, with xmpp.JID, id string) (yes bool) {
	if s == nil || id == "" {
		return false
	}
	key := c.key(with, id)
	c.recent.Update(s, func(r *recent) *recent {
		yes = r != nil && r.has(key)
		return r
	})
	return yes
}
