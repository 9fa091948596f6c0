package router

import (
	"sync"

	"myna/hook"
)

// Inbound is the receiving end of one client session: what it has sent, what of it is on the way, and how much is
// handled (XEP-0198 § 3). All stanzas of a session go through one Inbound, from one goroutine at a time.
type Inbound struct {
	Session hook.Session

	mu      sync.Mutex
	idle    sync.Cond // signalled when onway becomes 0
	onway   int       // messages that wait for the log
	handled uint32    // stanzas of which everything before is done too
	open    []bool    // those after handled: done or not
	asked   []ackWish
}

type ackWish struct {
	left int // stanzas that have to be handled before it
	f    func(h uint32)
}

// NewInbound returns the receiving end of a session.
func NewInbound(s hook.Session) *Inbound {
	in := &Inbound{Session: s}
	in.idle.L = &in.mu
	return in
}

// Handled returns how many stanzas are handled, modulo 2^32 (XEP-0198 § 4): each of them is durable where it has to be.
func (in *Inbound) Handled() uint32 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.handled
}

// Taken returns how many stanzas have arrived, handled or not, modulo 2^32.
func (in *Inbound) Taken() uint32 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.handled + uint32(len(in.open))
}

// WhenHandled calls f with the number of handled stanzas as soon as everything that came before is handled; at once
// if it is already. f must not block.
func (in *Inbound) WhenHandled(f func(h uint32)) {
	in.mu.Lock()
	if len(in.open) > 0 {
		in.asked = append(in.asked, ackWish{len(in.open), f})
		in.mu.Unlock()
		return
	}
	h := in.handled
	in.mu.Unlock()
	f(h)
}

// Wait waits until no message of the session is on its way.
func (in *Inbound) Wait() {
	in.mu.Lock()
	for in.onway > 0 {
		in.idle.Wait()
	}
	in.mu.Unlock()
}

// Skip counts a stanza that the stream has answered itself.
func (in *Inbound) Skip() { in.complete(in.take()) }

// take counts a stanza that arrived and returns its number among the open ones, counted from the session's start.
func (in *Inbound) take() uint32 {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.open = append(in.open, false)
	return in.handled + uint32(len(in.open))
}

// complete notes that stanza n is handled; once for each n. Those who have asked may be told out of order, when two
// goroutines complete stanzas at the same moment: the number that they are told is not the latest then, Handled is.
func (in *Inbound) complete(n uint32) {
	in.mu.Lock()
	in.open[n-in.handled-1] = true
	done := 0
	for done < len(in.open) && in.open[done] {
		done++
	}
	if done == 0 {
		in.mu.Unlock()
		return
	}
	in.handled += uint32(done)
	in.open = in.open[:copy(in.open, in.open[done:])]
	h := in.handled
	var ready []ackWish
	for i := range in.asked {
		in.asked[i].left -= done
	}
	for len(in.asked) > 0 && in.asked[0].left <= 0 {
		ready = append(ready, in.asked[0])
		in.asked = in.asked[1:]
	}
	in.mu.Unlock()
	for _, w := range ready {
		w.f(h)
	}
}

func (in *Inbound) waiting() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.onway > 0
}

func (in *Inbound) sail(d int) {
	in.mu.Lock()
	in.onway += d
	if in.onway == 0 {
		in.idle.Broadcast()
	}
	in.mu.Unlock()
}
