package scenario

import (
	"context"
	"strings"
	"sync"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// askEvery is how many messages a sender with XEP-0198 sends between two requests for an acknowledgement.
const askEvery = 10

// flow is one sender and one receiver.
type flow struct {
	id     int
	sender *client.Conn
	head   []byte // the message up to the number in its id
	pad    []byte // the end of the body and of the message
	sm     bool
	clock  clock
	count  *countdown

	mu       sync.Mutex
	window   int           // guarded by mu; 0 before the start and after the end of sending
	messages int           // guarded by mu
	sent     int           // guarded by mu
	finished bool          // guarded by mu
	scratch  []byte        // guarded by mu
	last     time.Duration // guarded by mu: moment of the last arrival on the clock
	seq      *measure.Sequence
	hist     *measure.Histogram
}

func newFlow(id int, t Target, o Options, sender *client.Conn, clk clock, count *countdown) *flow {
	to := User(2*id+1) + "@" + t.Domain
	if o.Full {
		to += "/" + t.Client(2*id+1).Resource
	}
	return &flow{id: id, sender: sender, sm: o.SM, clock: clk, count: count, messages: o.Messages,
		head: []byte("<message type='chat' to='" + to + "' id='b"),
		pad:  []byte(" " + strings.Repeat("x", max(o.Body-30, 1)) + "</body></message>"),
		seq:  measure.NewSequence(o.Messages), hist: new(measure.Histogram)}
}

// queue appends the next message; mu is held. The network is not touched here.
func (f *flow) queue(at int64) {
	b := append(f.scratch, f.head...)
	b = appendID(b, f.id, f.sent)
	b = append(b, "'><body>"...)
	b = AppendPayload(b, f.id, f.sent, at)
	b = append(b, f.pad...)
	f.sent++
	if f.sm && f.sent%askEvery == 0 {
		b = append(b, "<r xmlns='urn:xmpp:sm:3'/>"...)
	}
	f.scratch = b
}

// pump sends what the window allows and reports when all arrived.
func (f *flow) pump() {
	f.mu.Lock()
	f.scratch = f.scratch[:0]
	now := f.clock.now()
	for f.sent < f.messages && f.sent-int(f.seq.Unique()) < f.window {
		f.queue(now)
	}
	if len(f.scratch) > 0 {
		f.sender.Queue(f.scratch)
	}
	f.check()
	f.mu.Unlock()
	_ = f.sender.Flush() // a broken stream shows at its reader
}

// check reports the end of the flow once; mu is held.
func (f *flow) check() {
	over := f.window == 0 || f.sent == f.messages
	if over && f.sent > 0 && !f.finished && int(f.seq.Unique()) == f.sent {
		f.finished = true
		f.count.report()
	}
}

// stop ends sending.
func (f *flow) stop() {
	f.mu.Lock()
	f.window, f.messages = 0, f.sent
	f.check()
	f.mu.Unlock()
}

func (f *flow) start(window int) {
	f.mu.Lock()
	f.window = window
	f.mu.Unlock()
	f.pump()
}

// take records one arriving message.
func (f *flow) take(el []byte) {
	if string(client.Name(el)) != "message" || client.Has(el, "urn:xmpp:carbons:2") {
		return
	}
	p, ok := ReadPayload(client.Text(el, "body"))
	if !ok {
		return
	}
	now := f.clock.now()
	f.mu.Lock()
	if p.Flow != f.id {
		p.Seq = limit + 1 // somebody else's message: foreign
	}
	if f.seq.Record(uint64(p.Seq)) {
		f.hist.Add(time.Duration(now - p.At))
		f.last = time.Duration(now)
	}
	f.mu.Unlock()
}

// pairs signs in both ends of every flow and starts their readers; batch runs after each read of a receiver.
func pairs(ctx context.Context, t Target, o Options, batch func(f *flow)) (*crew, []*flow, *countdown, error) {
	c, err := assemble(ctx, 2*o.Pairs, o.Workers, func(i int) client.Options {
		co := t.Client(i)
		co.SM, co.Carbons, co.Presence = o.SM, o.Carbons, true
		return co
	})
	if err != nil {
		return nil, nil, nil, err
	}
	count, clk := newCountdown(o.Pairs), clock{time.Now()}
	flows := make([]*flow, o.Pairs)
	for i := range flows {
		f := newFlow(i, t, o, c.conns[2*i], clk, count)
		flows[i] = f
		c.read(2*i, client.Handler{})
		c.read(2*i+1, client.Handler{Stanza: f.take, Batch: func() { batch(f) }})
	}
	return c, flows, count, nil
}

// chat keeps a window of messages in flight on every pair.
func chat(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	c, flows, count, err := pairs(ctx, t, o, (*flow).pump)
	if err != nil {
		return r, err
	}
	defer c.stop()
	if err := settle(ctx, o.Settle); err != nil {
		return r, err
	}
	m, err := startMeter(t.PID)
	if err != nil {
		return r, err
	}
	for _, f := range flows {
		f.start(o.Window)
	}
	if err := count.wait(ctx, o.Duration, c); err != nil {
		return r, err
	}
	return r, finish(ctx, &r, m, c, flows, count, o)
}

// finish stops the senders, waits for what is under way, and adds up.
func finish(ctx context.Context, r *Result, m *meter, c *crew, flows []*flow, count *countdown, o Options) error {
	for _, f := range flows {
		f.stop()
	}
	arrived := func() (n int) {
		for _, f := range flows {
			f.mu.Lock()
			n += int(f.seq.Unique())
			f.mu.Unlock()
		}
		return n
	}
	if err := count.drain(ctx, o.Grace, c, arrived); err != nil {
		return err
	}
	var all measure.Histogram
	var last time.Duration
	for _, f := range flows {
		f.mu.Lock()
		r.Sent += f.sent
		r.Delivered += int(f.seq.Unique())
		r.Verdict = r.Verdict.Plus(f.seq.Verdict(f.sent))
		all.Merge(f.hist)
		last = max(last, f.last)
		f.mu.Unlock()
	}
	r.latencies(&all)
	return m.stop(r, flows[0].clock.at(last))
}
