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
	hops int // how many nodes have repeated it; 0: it was published here
	till time.Time
}

// Bounds of what is remembered: longer than anything takes to go round.
const (
	maxBrought  = 20_000
	broughtTime = 5 * time.Minute
)

// maxHops is how many nodes repeat an item one after another: a node that repeats one that repeats … is no way to have a single
// item published hundreds of times.
const maxHops = 5

func (b *brought) start() {
	b.by, b.order = map[[sha256.Size]byte]bringing{}, make([][sha256.Size]byte, 0, 64)
}

// digest is the hash of texts.
func digest(parts ...string) [sha256.Size]byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write([]byte(part))
		h.Write([]byte{0xff}) // which is in no text
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// wayOf is the key under which it is remembered how far an item has come; what is in it may differ from node to node.
func wayOf(at storage.Node, id string) [sha256.Size]byte {
	return digest(at.Owner.String(), at.Name, id)
}

// first tells whether an item of a node was brought by nobody else some minutes ago, and remembers it.
func (b *brought) first(at storage.Node, it *storage.Item, by bringing, now time.Time) bool {
	k := digest(at.Owner.String(), at.Name, it.ID, string(it.Payload))
	by.till = now.Add(broughtTime)
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.by[k]
	if known && now.Before(old.till) && (old.from != by.from || old.node != by.node) {
		return false
	}
	b.note(k, by)
	b.note(wayOf(at, it.ID), by)
	return true
}

// hops tells how far an item of a node has come.
func (b *brought) hops(at storage.Node, id string, now time.Time) int {
	k := wayOf(at, id)
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.by[k]; now.Before(old.till) {
		return old.hops
	}
	return 0
}

// note remembers something in the place of the oldest; the caller holds mu.
func (b *brought) note(k [sha256.Size]byte, by bringing) {
	if _, known := b.by[k]; !known {
		if len(b.order) < 2*maxBrought { // two of each item
			b.order = append(b.order, k)
		} else {
			delete(b.by, b.order[b.at])
			b.order[b.at], b.at = k, (b.at+1)%len(b.order)
		}
	}
	b.by[k] = by
}
