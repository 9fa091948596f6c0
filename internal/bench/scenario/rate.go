package scenario

import (
	"context"
	"time"
)

// rate sends a fixed number of messages a second over all pairs in turn. Latency counts from the moment at which a
// message was due, so a tool or server that falls behind cannot hide it.
func rate(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	total := min(o.Messages*o.Pairs, int(float64(o.Rate)*o.Duration.Seconds()))
	c, flows, count, err := pairs(ctx, t, o, func(f *flow) {
		f.mu.Lock()
		f.check()
		f.mu.Unlock()
	})
	if err != nil {
		return r, err
	}
	defer c.stop()
	for _, f := range flows {
		f.mu.Lock()
		f.window = 1 // sending; the schedule, not the window, decides
		f.mu.Unlock()
	}
	if err := settle(ctx, o.Settle); err != nil {
		return r, err
	}
	m, err := startMeter(t.PID)
	if err != nil {
		return r, err
	}
	if err := schedule(ctx, flows, total, o.Rate, c); err != nil {
		return r, err
	}
	return r, finish(ctx, &r, m, c, flows, count, o)
}

func schedule(ctx context.Context, flows []*flow, total, rate int, c *crew) error {
	every := time.Second / time.Duration(rate)
	first := flows[0].clock.now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := 0; n < total; {
		select {
		case <-tick.C:
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		for now := flows[0].clock.now(); n < total; n++ {
			due := first + int64(n)*int64(every)
			if due > now {
				break
			}
			f := flows[n%len(flows)]
			f.mu.Lock()
			f.scratch = f.scratch[:0]
			f.queue(due)
			f.sender.Queue(f.scratch)
			f.mu.Unlock()
			_ = f.sender.Flush() // a broken stream shows at its reader
		}
	}
	return nil
}
