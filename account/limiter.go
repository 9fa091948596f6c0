package account

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

const (
	maxBuckets = 1 << 16 // of a table
	maxPlaces  = 8       // remembered of an account
	evictFrom  = 8       // buckets looked at to find one that may go
)

// limiter slows down guessing; the package comment says how.
type limiter struct {
	rate func() int // attempts of a minute that may fail, as it is now; 0: no limit
	seed maphash.Seed
	now  func() time.Time

	mu        sync.Mutex
	size      float64 // tokens of a full bucket, and of a minute: the rate when it was last asked for
	addresses map[uint64]*bucket
	names     map[uint64]*bucket
	usual     map[string]*places  // by account: where it signed in from
	fresh     map[string]struct{} // accounts with a place that was not in memory before
	news      chan struct{}       // says that there are some
}

type bucket struct {
	tokens float64
	at     time.Time // when tokens was right
	told   time.Time // when an attempt was refused and that was worth a line in the log
}

type place struct {
	prefix netip.Prefix
	bucket bucket
}

// ticket is an attempt under way.
type ticket struct {
	name    string
	prefix  netip.Prefix
	buckets [2]*bucket // where its tokens came from
	news    bool       // the first refusal of a minute
}

func newLimiter(perMinute func() int) *limiter {
	return &limiter{
		rate:      perMinute,
		seed:      maphash.MakeSeed(),
		now:       time.Now,
		addresses: map[uint64]*bucket{},
		names:     map[uint64]*bucket{},
		usual:     map[string]*places{},
		fresh:     map[string]struct{}{},
		news:      make(chan struct{}, 1),
	}
}

// prefixOf is what counts as one address: whoever has one IPv6 address usually has the /64.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all that have none are one
	}
	return p
}

// take starts an attempt; without a token it is false, and the attempt must be refused unseen.
func (l *limiter) take(name string, from netip.Addr) (ticket, bool) {
	t := ticket{name: name, prefix: prefixOf(from)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size = float64(l.rate()); l.size <= 0 {
		return t, true
	}
	now := l.now()
	if p := l.place(name, t.prefix); p != nil {
		t.buckets[0] = &p.bucket
	} else {
		t.buckets[0] = l.bucket(l.addresses, maphash.Comparable(l.seed, t.prefix), now)
		t.buckets[1] = l.bucket(l.names, maphash.String(l.seed, name), now)
	}
	for _, b := range t.buckets {
		if b != nil && l.fill(b, now) < 1 {
			news := now.Sub(b.told) >= time.Minute
			if news {
				b.told = now
			}
			return ticket{news: news}, false
		}
	}
	for _, b := range t.buckets {
		if b != nil {
			b.tokens--
		}
	}
	return t, true
}

// takeFrom is take for a secret that belongs to no name: only the address counts.
func (l *limiter) takeFrom(from netip.Addr) (ticket, bool) {
	t := ticket{prefix: prefixOf(from)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size = float64(l.rate()); l.size <= 0 {
		return t, true
	}
	now := l.now()
	b := l.bucket(l.addresses, maphash.Comparable(l.seed, t.prefix), now)
	if l.fill(b, now) < 1 {
		return t, false
	}
	b.tokens--
	t.buckets[0] = b
	return t, true
}

// giveBack gives the tokens of an attempt back.
func (l *limiter) giveBack(t ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range t.buckets {
		if b != nil {
			b.tokens = min(b.tokens+1, l.size)
		}
	}
}

// succeeded gives the tokens back and remembers the place. It is for accounts only, never for names without one.
func (l *limiter) succeeded(t ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size <= 0 {
		return
	}
	for _, b := range t.buckets {
		if b != nil {
			b.tokens = min(b.tokens+1, l.size)
		}
	}
	u := l.usual[t.name]
	if u == nil {
		u = &places{}
		l.usual[t.name] = u
	}
	for i, p := range u.list {
		if p.prefix == t.prefix {
			copy(u.list[1:i+1], u.list[:i])
			u.list[0] = p
			return
		}
	}
	fresh := &place{prefix: t.prefix, bucket: bucket{tokens: l.size, at: l.now()}}
	u.list = append([]*place{fresh}, u.list[:min(len(u.list), maxPlaces-1)]...)
	l.fresh[t.name] = struct{}{}
	select {
	case l.news <- struct{}{}:
	default: // it says so already
	}
}

// forget drops what is remembered of an account.
func (l *limiter) forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.usual, name)
	delete(l.fresh, name)
}

func (l *limiter) place(name string, prefix netip.Prefix) *place {
	u := l.usual[name]
	if u == nil {
		return nil
	}
	for _, p := range u.list {
		if p.prefix == prefix {
			return p
		}
	}
	return nil
}

func (l *limiter) bucket(table map[uint64]*bucket, key uint64, now time.Time) *bucket {
	if b := table[key]; b != nil {
		return b
	}
	if len(table) >= maxBuckets {
		l.evict(table, now)
	}
	b := &bucket{tokens: l.size, at: now}
	table[key] = b
	return b
}

// evict removes the fullest of a few buckets: what it knows is worth least.
func (l *limiter) evict(table map[uint64]*bucket, now time.Time) {
	var victim uint64
	most, seen := -1.0, 0
	for key, b := range table { // begins at a random place
		if n := l.fill(b, now); n > most {
			victim, most = key, n
		}
		if seen++; seen == evictFrom {
			break
		}
	}
	delete(table, victim)
}

// fill adds what time has brought and returns the tokens.
func (l *limiter) fill(b *bucket, now time.Time) float64 {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(l.size, b.tokens+passed.Minutes()*l.size)
		b.at = now
	}
	return b.tokens
}
