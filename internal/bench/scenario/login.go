package scenario

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// login signs accounts in and out over TLS: a full handshake, SCRAM, resource binding, stream management and
// presence. The keys of each account are derived beforehand, as a client does that keeps them.
func login(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	if t.DirectAddr != "" {
		t.Transport = client.Direct
	} else {
		t.Transport = client.StartTLS
	}
	if err := logins(ctx, t, o, o.Users, nil); err != nil {
		return r, err
	}
	if err := settle(ctx, o.Settle); err != nil {
		return r, err
	}
	m, err := startMeter(t.PID)
	if err != nil {
		return r, err
	}
	var hist measure.Histogram
	if err := logins(ctx, t, o, o.Logins, &hist); err != nil {
		return r, err
	}
	r.Sent, r.Delivered = o.Logins, int(hist.Count())
	r.Verdict.Lost = uint64(r.Sent - r.Delivered)
	r.latencies(&hist)
	return r, m.stop(&r, time.Time{})
}

// logins signs in n times, workers at once, each account in turn.
func logins(ctx context.Context, t Target, o Options, n int, hist *measure.Histogram) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var mu sync.Mutex // guards hist
	var wg sync.WaitGroup
	for range o.Workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				co := t.Client(i % o.Users)
				co.SM, co.Presence = o.SM, true
				began := time.Now()
				conn, err := client.Dial(ctx, co)
				if err != nil {
					cancel(err)
					return
				}
				took := time.Since(began)
				_ = conn.Close()
				if hist != nil {
					mu.Lock()
					hist.Add(took)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
