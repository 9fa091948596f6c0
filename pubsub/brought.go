package pubsub

import (
	"crypto/sha256"
	"sync"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// brought remembers who has brought what was published in nodes that are chained. The same item is taken only from who brought it
// first: so nothing goes round where nodes are chained in a circle, however long it is and whatever services of others are part of
// it, and a node that is chained to many which repeat the same one repeats that once. Who published here has brought it, too.
type brought struct {
	mu    sync.Mutex
	by    map[[sha256.Size]byte]bringing // guarded by mu
	order [][sha256.Size]byte            // a ring; guarded by mu
	at    int                            // guarded by mu
}

type bringing struct {
	from xmpp.JID // zero: who publishes here
	node string
	till time.Time
}

// Bounds of what is remembered: longer than anything takes to go round.
const (
	maxBrought  = 20_000
	broughtTime = 5 * time.Minute
)

func (b *brought) start() {
	b.by, b.order = map[[sha256.Size]byte]bringing{}, make([][sha256.Size]byte, 0, 64)
}

// first tells whether an item of a node was brought by nobody else some minutes ago, and remembers it.
func (b *brought) first(at storage.Node, it *storage.Item, from xmpp.JID, node string, now time.Time) bool {
	h := sha256.New()
	for _, part := range []string{at.Owner.String(), at.Name, it.ID, string(it.Payload)} {
		h.Write([]byte(part))
		h.Write([]byte{0xff}) // which is in no text
	}
	k := [sha256.Size]byte(h.Sum(nil))
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.by[k]
	if known && now.Before(old.till) && (old.from != from || old.node != node) {
		return false
	}
	if !known {
		if len(b.order) < maxBrought {
			b.order = append(b.order, k)
		} else {
			delete(b.by, b.order[b.at])
			b.order[b.at], b.at = k, (b.at+1)%maxBrought
		}
	}
	b.by[k] = bringing{from: from, node: node, till: now.Add(broughtTime)}
	return true
}
