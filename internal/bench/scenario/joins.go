package scenario

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// entrant is one client that enters a room (XEP-0045 § 7.2) while others do.
type entrant struct {
	occupant
	clock clock
	asked atomic.Int64 // on the clock
	took  time.Duration
	got   int // presence of occupants, its own included
	all   *arrivals
}

// arrivals are what all entrants got together.
type arrivals struct {
	presence, inside atomic.Int64
	last             atomic.Int64 // on the clock
	count            *countdown
	want             int64
}

// stanza runs on the client's reading goroutine.
func (en *entrant) stanza(el []byte) {
	if string(client.Name(el)) != "presence" || !strings.HasPrefix(string(client.Attr(el, "from")), en.room+"/") {
		return
	}
	was := en.inside
	en.presence(el)
	if string(client.Attr(el, "type")) != "" {
		return
	}
	now := en.clock.now()
	if en.inside && !was {
		en.took = time.Duration(now - en.asked.Load())
		en.all.inside.Add(1)
	}
	en.got++
	en.all.last.Store(now)
	if en.all.presence.Add(1) == en.all.want {
		en.all.count.report()
	}
}

// joins lets the occupants of each room enter it one after the other within the duration, whether those before are in or not. A
// delivery is the presence of an occupant at a client: each gets everybody's, or, in a room that does not tell who comes and
// goes, its own and that of the first occupant. Latency is that of entering: from when it was due to the own presence.
func joins(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	n := o.Rooms * o.Occupants
	c, err := assemble(ctx, n, o.Workers, func(i int) client.Options {
		co := t.Client(i)
		co.SM = o.SM
		return co
	})
	if err != nil {
		return r, err
	}
	defer c.stop()
	all := &arrivals{count: newCountdown(1), want: int64(o.Rooms) * presences(o)}
	clk := clock{time.Now()}
	entrants := make([]*entrant, n)
	for i := range entrants {
		entrants[i] = &entrant{occupant: occupant{room: Room(i/o.Occupants) + "@" + t.Rooms, joined: make(chan error, 1)}, clock: clk, all: all}
		c.read(i, client.Handler{Stanza: entrants[i].stanza})
	}
	if err := settle(ctx, o.Settle); err != nil {
		return r, err
	}
	m, err := startMeter(t.PID)
	if err != nil {
		return r, err
	}
	if err := enterAll(ctx, o, c, entrants); err != nil {
		return r, err
	}
	arrived := func() int { return int(all.presence.Load()) }
	if err := all.count.drain(ctx, o.Grace, c, arrived); err != nil {
		return r, err
	}
	r.Sent, r.Delivered = n, arrived()
	if err := m.stop(&r, clk.at(time.Duration(all.last.Load()))); err != nil {
		return r, err
	}
	c.stop()
	return r, judge(&r, o, entrants)
}

// presences is how many of them there are in one room.
func presences(o Options) int64 {
	k := int64(o.Occupants)
	if o.Quiet {
		return 2*k - 1 // each one's own; the first one moderates, and is seen by all
	}
	return k * k
}

// enterAll sends the presence that enters, each in its time. The first occupant of a room is in before the others come.
func enterAll(ctx context.Context, o Options, c *crew, entrants []*entrant) error {
	ask := func(i int, due int64) error {
		entrants[i].asked.Store(due)
		return entrants[i].ask(c.conns[i], i%o.Occupants)
	}
	for i := 0; i < len(entrants); i += o.Occupants {
		if err := ask(i, entrants[i].clock.now()); err != nil {
			return err
		}
		if err := entrants[i].await(ctx, c, i, 0); err != nil {
			return err
		}
	}
	clk := entrants[0].clock
	first, every := clk.now(), int64(o.Duration)/int64(max(o.Occupants-1, 1))
	for j := 1; j < o.Occupants; j++ {
		due := first + int64(j-1)*every
		if err := settle(ctx, time.Duration(due-clk.now())); err != nil {
			return err
		}
		for i := j; i < len(entrants); i += o.Occupants {
			if err := ask(i, due); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge counts what did not arrive, and what should not have. The readers have ended.
func judge(r *Result, o Options, entrants []*entrant) error {
	hist := new(measure.Histogram)
	for i, en := range entrants {
		want := o.Occupants
		if o.Quiet {
			want = min(2, i%o.Occupants+1)
		}
		r.Verdict.Lost += uint64(max(0, want-en.got))
		r.Verdict.Foreign += uint64(max(0, en.got-want))
		if en.inside {
			hist.Add(en.took)
			continue
		}
		select {
		case err := <-en.joined:
			return fmt.Errorf("occupant %d of %d: %w", i, len(entrants), err)
		default:
		}
	}
	r.latencies(hist)
	return nil
}
