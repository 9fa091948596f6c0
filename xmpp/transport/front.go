package transport

import "sync/atomic"

// Front says whom a server believes of those who stand between it and its clients, and the pages of which hosts may use it.
// It never changes.
type Front struct {
	Proxies Proxies
	Origins Origins // of pages that may open streams
	Pages   Origins // of pages that may show the chat inside themselves

	// Balancers are those who begin connections of streams with a header of the PROXY protocol, where they are not HTTP.
	Balancers Proxies
}

// LiveFront is the present Front, in whose place another may be stored while requests are served.
type LiveFront = atomic.Pointer[Front]

// NewLiveFront returns one that holds f.
func NewLiveFront(f Front) *LiveFront {
	l := &LiveFront{}
	l.Store(&f)
	return l
}
