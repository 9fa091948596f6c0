package muc

import (
	"hash/maphash"
	"maps"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/xmpp"
)

// Who asks the admins or moderators of a room for something is heard so often in such a time, wherever he or she was meanwhile and
// whatever became of it: each time is a message to all of them, which waits for who is offline.
const (
	maxAskings  = 5
	askingsTime = 10 * time.Minute
	askingsKept = 1 << 14 // accounts and rooms that are remembered at once
)

// askings are who has asked lately.
type askings struct {
	mu guard.Mutex
	of map[uint64]asking // by account and room, as a hash; guarded by mu
}

// asking is how often somebody has asked since a time.
type asking struct {
	since time.Time
	n     int
}

// count notes that somebody asks, and tells whether he or she may.
func (a *askings) count(key uint64, now time.Time) (may bool) {
	a.mu.Do(func() {
		if a.of == nil || len(a.of) >= askingsKept {
			maps.DeleteFunc(a.of, func(_ uint64, one asking) bool { return now.Sub(one.since) >= askingsTime })
			if len(a.of) >= askingsKept || a.of == nil {
				a.of = map[uint64]asking{}
			}
		}
		one := a.of[key]
		if now.Sub(one.since) >= askingsTime {
			one = asking{since: now}
		}
		if may = one.n < maxAskings; may {
			one.n++
		}
		a.of[key] = one
	})
	return may
}

// mayAsk says when somebody has asked those who decide in the room too often for something.
func (r *room) mayAsk(bare xmpp.JID, what string) error {
	var h maphash.Hash
	h.SetSeed(r.s.seed)
	for _, part := range [...]string{r.jid.String(), bare.String(), what} {
		h.WriteString(part)
		h.WriteByte(0)
	}
	if r.s.askings.count(h.Sum64(), r.s.Now()) {
		return nil
	}
	return r.refuse(stanza.ResourceConstraint, "You have asked for "+what+" "+itoa(maxAskings)+" times in "+itoa(int(askingsTime/time.Minute))+
		" minutes. Please wait.")
}
