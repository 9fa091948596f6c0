package account

import (
	"net/netip"
	"sync"
	"time"

	"myna/sparing"
)

const (
	maxRefusers  = 4096 // addresses whose failures have lines of their own
	refusersTime = 10 * time.Minute
)

// refusals bounds the lines about failed attempts: for each address the first few of a minute. Who is one of very many
// addresses shares the lines of all that are not remembered one by one.
type refusals struct {
	mu    sync.Mutex
	since time.Time                     // when the table was begun; guarded by mu
	of    map[netip.Prefix]*sparing.Log // guarded by mu
	rest  sparing.Log
}

// from returns the log of an address.
func (r *refusals) from(a netip.Addr, now time.Time) *sparing.Log {
	prefix := prefixOf(a)
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.since) > refusersTime {
		r.since, r.of = now, map[netip.Prefix]*sparing.Log{}
	}
	l := r.of[prefix]
	switch {
	case l == nil && len(r.of) >= maxRefusers:
		return &r.rest
	case l == nil:
		l = &sparing.Log{}
		r.of[prefix] = l
	}
	return l
}
