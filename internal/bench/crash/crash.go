package crash

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/scenario"
)

// Server is what is killed. Restart brings it back on the same data and address.
type Server interface {
	Kill()
	Restart(ctx context.Context) error
}

// Options sizes the test.
type Options struct {
	Kills    int
	Pairs    int
	Window   int           // unacknowledged messages of each sender
	Messages int           // at most so many of each sender
	Shortest time.Duration // between the server's start and its kill
	Longest  time.Duration
	Seed     uint64 // chooses the moments
}

// DefaultOptions gives twenty kills under the load of eight pairs.
func DefaultOptions() Options {
	return Options{Kills: 20, Pairs: 8, Window: 20, Messages: 50_000, Shortest: 200 * time.Millisecond,
		Longest: 2500 * time.Millisecond, Seed: 1}
}

// Validate refuses what would not end or not fit.
func (o Options) Validate() error {
	if o.Kills < 1 || o.Kills > 10_000 || o.Pairs < 1 || o.Pairs > 1000 || o.Window < 1 || o.Window > 400 ||
		o.Messages < 1 || o.Messages*o.Pairs > 10_000_000 || o.Shortest <= 0 || o.Longest < o.Shortest ||
		o.Longest > time.Minute {
		return fmt.Errorf("crash options out of range: %+v", o)
	}
	return nil
}

// Report is the outcome.
type Report struct {
	Findings
	Kills    int           `json:"kills"`
	Seed     uint64        `json:"seed"`
	Slowest  time.Duration `json:"slowest_restart_ns"`
	Duration time.Duration `json:"duration_ns"`
}

// Run plays the test. The error says that it could not be played; a broken promise shows in the report.
func Run(ctx context.Context, srv Server, t scenario.Target, o Options, log *slog.Logger) (Report, error) {
	r := Report{Seed: o.Seed}
	if err := o.Validate(); err != nil {
		return r, err
	}
	if t.Keys == nil {
		t.Keys = new(client.Keys)
	}
	began := time.Now()
	pairs := make([]*pair, o.Pairs)
	for k := range pairs {
		pairs[k] = &pair{k: k, t: t, window: o.Window, limit: o.Messages,
			body: " " + strings.Repeat("x", 60) + "</body></message>"}
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	for range o.Kills {
		moment := o.Shortest + time.Duration(rng.Int64N(int64(o.Longest-o.Shortest)+1))
		if err := round(ctx, pairs, moment, srv.Kill); err != nil {
			return r, err
		}
		r.Kills++
		restart := time.Now()
		if err := srv.Restart(ctx); err != nil {
			return r, fmt.Errorf("after kill %d: %w", r.Kills, err)
		}
		took := time.Since(restart)
		r.Slowest = max(r.Slowest, took)
		log.Info("killed and restarted", "kill", r.Kills, "after", moment, "restart", took, "sent", sent(pairs))
	}
	if err := collect(ctx, pairs); err != nil {
		return r, err
	}
	for _, p := range pairs {
		var err error
		if p.received, err = readArchive(ctx, t, 2*p.k+1, p.k); err != nil {
			return r, err
		}
		if p.outgoing, err = readArchive(ctx, t, 2*p.k, p.k); err != nil {
			return r, err
		}
		r.judge(p.evidence)
	}
	r.Duration = time.Since(began)
	return r, nil
}

func sent(pairs []*pair) (n int) {
	for _, p := range pairs {
		n += p.sent
	}
	return n
}
