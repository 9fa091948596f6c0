package crash

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/scenario"
)

// pair is a sender, account 2k, and a receiver, account 2k+1. Between two kills the sender's fields belong to its
// reading goroutine and the receiver's to its own; round waits for both before anyone else looks.
type pair struct {
	evidence
	k      int
	t      scenario.Target
	window int
	limit  int
	body   string

	first   int // number of the first message of the present stream
	settled int // messages of the present stream that are acknowledged

	arrived atomic.Int64 // live arrivals, for the wait at the end
}

// startStream says that the next message of a new stream has the number first.
func (p *pair) startStream(first int) { p.first, p.settled = first, 0 }

// acknowledge takes an <a h=”/> of the server: it counts our stanzas since <enable/> (XEP-0198 § 4), of which the
// first was the initial presence.
func (p *pair) acknowledge(h uint32) {
	done := min(int(h)-1, p.sent-p.first)
	for ; p.settled < done; p.settled++ {
		p.acked[p.first+p.settled] = true
	}
}

// send plays the sender of one round until the stream breaks or ctx ends.
func (p *pair) send(ctx context.Context) {
	o := p.t.Client(2 * p.k)
	o.SM, o.Presence = true, true
	c, err := client.Dial(ctx, o)
	if err != nil {
		return // the server was killed meanwhile
	}
	stop := context.AfterFunc(ctx, c.Abort)
	defer stop()
	p.startStream(p.sent)
	p.pump(c)
	_ = c.Run(client.Handler{Ack: p.acknowledge, Batch: func() { p.pump(c) }})
	c.Abort()
}

// pump keeps window messages unacknowledged and asks for an acknowledgement behind each batch.
func (p *pair) pump(c *client.Conn) {
	var b []byte
	for p.sent < p.limit && p.sent-p.first-p.settled < p.window {
		b = append(b, "<message type='chat' to='"+p.receiver()+"' id='"...)
		b = scenario.AppendPayload(b, p.k, p.sent, 0)
		b = append(b, "'><body>"...)
		b = scenario.AppendPayload(b, p.k, p.sent, 0)
		b = append(b, p.body...)
		p.acked = append(p.acked, false)
		p.sent++
	}
	if len(b) > 0 {
		c.Queue(append(b, "<r xmlns='urn:xmpp:sm:3'/>"...))
		_ = c.Flush() // a broken stream ends Run
	}
}

func (p *pair) receiver() string { return scenario.User(2*p.k+1) + "@" + p.t.Domain }

// receive plays the receiver of one round until the stream breaks or ctx ends.
func (p *pair) receive(ctx context.Context) {
	o := p.t.Client(2*p.k + 1)
	o.SM, o.Presence = true, true
	c, err := client.Dial(ctx, o)
	if err != nil {
		return // the server was killed meanwhile
	}
	stop := context.AfterFunc(ctx, c.Abort)
	defer stop()
	by := p.receiver()
	_ = c.Run(client.Handler{Stanza: func(el []byte) {
		if string(client.Name(el)) != "message" || string(client.Attr(el, "type")) == "error" {
			return
		}
		if m, ok := scenario.ReadPayload(client.Text(el, "body")); ok && m.Flow == p.k {
			p.live = append(p.live, row{m.Seq, stanzaID(el, by)})
			p.arrived.Add(1)
		}
	}})
	c.Abort()
}

// round lets every pair talk until the moment comes, calls kill, and waits for all goroutines.
func round(ctx context.Context, pairs []*pair, moment time.Duration, kill func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range pairs {
		wg.Go(func() { p.send(ctx) })
		wg.Go(func() { p.receive(ctx) })
	}
	timer := time.NewTimer(moment)
	defer timer.Stop()
	var err error
	select {
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	kill()
	cancel()
	wg.Wait()
	return err
}

// collect signs the receivers in once more, so that what waits for them is delivered, until nothing arrives for a while.
func collect(ctx context.Context, pairs []*pair) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range pairs {
		wg.Go(func() { p.receive(ctx) })
	}
	defer wg.Wait()
	defer cancel()
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	for before := int64(-1); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		var now int64
		for _, p := range pairs {
			now += p.arrived.Load()
		}
		if now == before {
			return nil
		}
		before = now
	}
}

// quiet is how long nothing may arrive before the receivers are believed to have all.
const quiet = 2 * time.Second
