package transport

import (
	"net/netip"
	"sync"
)

// PerAddress limits how many connections an address may have at once; the /64 of an IPv6 address counts as one. A nil
// PerAddress limits nothing.
type PerAddress struct {
	mu    sync.Mutex
	limit int                  // 0: none
	open  map[netip.Prefix]int // never 0
}

// NewPerAddress returns a limit; 0 is none.
func NewPerAddress(limit int) *PerAddress {
	return &PerAddress{limit: limit, open: map[netip.Prefix]int{}}
}

// SetLimit changes the limit for connections that come; those that are there stay.
func (p *PerAddress) SetLimit(limit int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit = limit
}

// Enter counts a connection of an address. It is false when there are too many: then it is not counted.
func (p *PerAddress) Enter(a netip.Addr) bool {
	if p == nil || !a.IsValid() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := network(a)
	if p.limit > 0 && p.open[key] >= p.limit {
		return false
	}
	p.open[key]++
	return true
}

// Leave ends a connection that Enter has counted.
func (p *PerAddress) Leave(a netip.Addr) {
	if p == nil || !a.IsValid() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := network(a)
	if p.open[key]--; p.open[key] <= 0 {
		delete(p.open, key)
	}
}

func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return netip.PrefixFrom(a, 32)
	}
	return netip.PrefixFrom(a, 64).Masked()
}
