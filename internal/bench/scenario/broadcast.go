package scenario

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// broadcast is one sender whose stanzas go to many receivers: a room, or a user's presence to the contacts.
type broadcast struct {
	id        int
	sender    *client.Conn
	receivers int // arrivals for each stanza
	clock     clock
	count     *countdown
	build     func(b []byte, seq int, at int64) []byte

	arrived atomic.Int64
	last    atomic.Int64 // moment of the last arrival on the clock

	mu       sync.Mutex
	window   int    // guarded by mu; 0 before the start and after the end of sending
	messages int    // guarded by mu
	sent     int    // guarded by mu
	finished bool   // guarded by mu
	scratch  []byte // guarded by mu
}

// start lets the sender send.
func (b *broadcast) start(window int) {
	b.mu.Lock()
	b.window = window
	b.mu.Unlock()
	b.pump()
}

// pump sends when the slowest stanza in flight is complete and reports the end once. It is called after arrivals.
func (b *broadcast) pump() {
	b.mu.Lock()
	b.scratch = b.scratch[:0]
	now := b.clock.now()
	complete := int(b.arrived.Load()) / b.receivers
	for b.sent < b.messages && b.sent-complete < b.window {
		b.scratch = b.build(b.scratch, b.sent, now)
		b.sent++
	}
	if len(b.scratch) > 0 {
		b.sender.Queue(b.scratch)
	}
	if b.sent > 0 && b.sent == b.messages && complete == b.sent && !b.finished {
		b.finished = true
		b.count.report()
	}
	b.mu.Unlock()
	_ = b.sender.Flush() // a broken stream shows at its reader
}

func (b *broadcast) stop() {
	b.mu.Lock()
	b.messages = b.sent
	b.mu.Unlock()
	b.pump()
}

// ear is what one client hears of one broadcast; only that client's reading goroutine uses it until all readers ended.
type ear struct {
	of   *broadcast
	seq  *measure.Sequence
	hist *measure.Histogram
	got  int // arrivals of this read that are not yet counted in of.arrived
}

func (e *ear) take(p Payload) {
	now := e.of.clock.now()
	if e.seq.Record(uint64(p.Seq)) {
		e.hist.Add(time.Duration(now - p.At))
		e.got++
		e.of.last.Store(now)
	}
}

// flush tells the broadcast of the arrivals of one read.
func (e *ear) flush() {
	if e.got > 0 {
		e.of.arrived.Add(int64(e.got))
		e.got = 0
		e.of.pump()
	}
}

// play starts all broadcasts, waits for their end, closes the crew and adds up what every ear heard.
func play(ctx context.Context, r *Result, t Target, o Options, c *crew, all []*broadcast, ears []*ear) error {
	count := all[0].count
	m, err := startMeter(t.PID)
	if err != nil {
		return err
	}
	for _, b := range all {
		b.start(o.Window)
	}
	if err := count.wait(ctx, o.Duration, c); err != nil {
		return err
	}
	for _, b := range all {
		b.stop()
	}
	arrived := func() (n int) {
		for _, b := range all {
			n += int(b.arrived.Load())
		}
		return n
	}
	if err := count.drain(ctx, o.Grace, c, arrived); err != nil {
		return err
	}
	var last time.Duration
	for _, b := range all {
		b.mu.Lock()
		r.Sent += b.sent
		b.mu.Unlock()
		r.Delivered += int(b.arrived.Load())
		last = max(last, time.Duration(b.last.Load()))
	}
	if err := m.stop(r, all[0].clock.at(last)); err != nil {
		return err
	}
	c.stop()
	sum := new(measure.Histogram)
	for _, e := range ears {
		r.Verdict = r.Verdict.Plus(e.seq.Verdict(e.of.sent))
		sum.Merge(e.hist)
	}
	r.latencies(sum)
	return nil
}
