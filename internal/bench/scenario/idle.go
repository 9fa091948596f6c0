package scenario

import (
	"context"
	"math"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// warmUp is how many clients come and go before the memory is weighed.
const warmUp = 20

// idle signs in many clients that then say nothing, and weighs the server's memory before, with them, and after
// they left. XEP-0198 sessions may linger for resumption, so the clients close their streams properly.
func idle(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	options := func(i int) client.Options {
		co := t.Client(i)
		co.SM, co.Carbons, co.Presence = o.SM, o.Carbons, true
		return co
	}
	// A few come and go first: what the server loads once, code and caches, is not the price of a connection.
	first, err := assemble(ctx, min(warmUp, o.Connections), o.Workers, options)
	if err != nil {
		return r, err
	}
	first.stop()
	before, err := weigh(ctx, t.PID)
	if err != nil {
		return r, err
	}
	m, err := startMeter(t.PID)
	if err != nil {
		return r, err
	}
	c, err := assemble(ctx, o.Connections, o.Workers, options)
	if err != nil {
		return r, err
	}
	for i := range c.conns {
		c.read(i, client.Handler{})
	}
	r.Sent, r.Delivered = o.Connections, o.Connections
	err = m.stop(&r, time.Time{})
	var during int64
	if err == nil {
		during, err = weigh(ctx, t.PID)
	}
	select {
	case failed := <-c.failed:
		err = failed
	default:
	}
	c.stop()
	if err != nil {
		return r, err
	}
	after, err := weigh(ctx, t.PID)
	r.BytesAtStart, r.BytesAfterAll = before, after
	r.BytesPerConn = (during - before) / int64(o.Connections)
	return r, err
}

// weigh waits until the resident memory has changed by less than half a percent for six seconds, at most 40 s: servers give
// back what the sign-ins took when they have found time.
func weigh(ctx context.Context, pid int) (int64, error) {
	if pid == 0 {
		return 0, nil
	}
	last, still := int64(0), 0
	for range 20 {
		now, err := measure.Memory(pid)
		if err != nil {
			return 0, err
		}
		if still++; math.Abs(float64(now-last)) >= 0.005*float64(now) {
			last, still = now, 0
		}
		if still == 3 {
			return now, nil
		}
		if err := settle(ctx, 2*time.Second); err != nil {
			return 0, err
		}
	}
	return last, nil
}
