// Package scenario holds the load that is put on a server: chat pairs, a steady rate, rooms and entering them, presence, idle
// connections and logins. Every scenario has a bounded count and a bounded time, checks that nothing was lost,
// doubled or reordered, and reports the processor time that the server took for each thing delivered.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// Target is the server under test. Its accounts are u0, u1, … with one password.
type Target struct {
	Addr       string           // plain or STARTTLS listener
	DirectAddr string           // direct TLS listener (XEP-0368)
	Transport  client.Transport // of every scenario but login
	Domain     string
	Rooms      string // domain of the rooms, usually groups.DOMAIN
	Password   string
	Mechanism  string // empty: the best offered
	PID        int    // 0: no processor time or memory is measured
	Keys       *client.Keys
}

// User gives the localpart of account i.
func User(i int) string { return fmt.Sprintf("u%d", i) }

// Room gives the localpart of room i.
func Room(i int) string { return fmt.Sprintf("room%d", i) }

// Client gives the options with which account i signs in.
func (t Target) Client(i int) client.Options {
	o := client.Options{Addr: t.Addr, Transport: t.Transport, Domain: t.Domain, User: User(i), Password: t.Password,
		Resource: "bench", Mechanism: t.Mechanism, Keys: t.Keys}
	if t.Transport == client.Direct {
		o.Addr = t.DirectAddr
	}
	return o
}

// Options sizes the scenarios; each uses what concerns it.
type Options struct {
	Pairs       int           // chat, rate
	Window      int           // chat, room: messages in flight for each sender; presence: users who change at once
	Messages    int           // chat, room, presence: at most so many for each sender; rate: in all
	Duration    time.Duration // stop sending after so long
	Grace       time.Duration // what is under way counts as lost when nothing arrived for so long
	Settle      time.Duration // let the server finish the sign-ins before measuring
	Body        int           // bytes of each body
	Full        bool          // chat, rate: to the full JID, as within a conversation (RFC 6121 § 5.1)
	SM          bool          // XEP-0198
	Carbons     bool          // XEP-0280
	Rate        int           // rate: messages a second in all
	Rooms       int
	Occupants   int  // of each room
	Quiet       bool // room, joins: rooms that do not tell who comes and goes (muc#roomconfig_presencebroadcast)
	Users       int  // presence; login: accounts used in turn
	Connections int  // idle
	Logins      int
	Workers     int // connections negotiated at once
}

// DefaultOptions gives the sizes that the published tables use.
func DefaultOptions() Options {
	return Options{Pairs: 100, Window: 10, Messages: 1000, Duration: 20 * time.Second, Grace: 30 * time.Second,
		Settle: time.Second, Body: 100, SM: true, Carbons: true, Rate: 1000, Rooms: 10, Occupants: 50, Users: 100, Connections: 2000, Logins: 500,
		Workers: 8}
}

const limit = 1_000_000

// Validate refuses sizes that are not positive or beyond what the load tool keeps in memory.
func (o Options) Validate() error {
	for name, n := range map[string]int{"pairs": o.Pairs, "window": o.Window, "messages": o.Messages, "body": o.Body,
		"rate": o.Rate, "rooms": o.Rooms, "occupants": o.Occupants, "users": o.Users, "connections": o.Connections,
		"logins": o.Logins, "workers": o.Workers} {
		if n < 1 || n > limit {
			return fmt.Errorf("option %s: %d is not between 1 and %d", name, n, limit)
		}
	}
	if o.Duration <= 0 || o.Duration > time.Hour || o.Grace <= 0 || o.Grace > time.Hour ||
		o.Settle < 0 || o.Settle > time.Hour {
		return errors.New("option duration, grace or settle: not between 0 and one hour")
	}
	if o.Users < 2 || o.Occupants < 2 {
		return errors.New("options: users and occupants at least 2")
	}
	return nil
}

// Accounts gives how many accounts a scenario needs.
func (o Options) Accounts(name string) int {
	switch name {
	case "chat", "rate":
		return 2 * o.Pairs
	case "room", "joins":
		return o.Rooms * o.Occupants
	case "idle":
		return o.Connections
	}
	return o.Users
}

// Result is what a scenario measured. A "delivery" is a message, a room message or a presence that arrived at one
// client; for idle it is a connection and for login a login.
type Result struct {
	Scenario      string          `json:"scenario"`
	Sent          int             `json:"sent"`
	Delivered     int             `json:"delivered"`
	Seconds       float64         `json:"seconds"`
	PerSecond     float64         `json:"per_second"`
	ServerMicros  float64         `json:"server_cpu_us_per_delivery"`
	ToolMicros    float64         `json:"tool_cpu_us_per_delivery"`
	Others        float64         `json:"others_percent"` // of the machine, used by processes outside this test
	P50           float64         `json:"p50_ms"`
	P95           float64         `json:"p95_ms"`
	P99           float64         `json:"p99_ms"`
	Max           float64         `json:"max_ms"`
	Verdict       measure.Verdict `json:"verdict"`
	BytesPerConn  int64           `json:"bytes_per_connection,omitempty"`
	BytesAtStart  int64           `json:"bytes_at_start,omitempty"`
	BytesAfterAll int64           `json:"bytes_after_all_left,omitempty"`
}

// Names lists the scenarios in the order in which they are run.
func Names() []string { return strings.Fields("chat rate room joins presence idle login") }

// Run plays one scenario. The error tells that it could not be played; a lossy server shows in the verdict.
func Run(ctx context.Context, name string, t Target, o Options) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	if t.Keys == nil {
		t.Keys = new(client.Keys)
	}
	play, ok := map[string]func(context.Context, Target, Options) (Result, error){
		"chat": chat, "rate": rate, "room": room, "joins": joins, "presence": presence, "idle": idle, "login": login}[name]
	if !ok {
		return Result{}, fmt.Errorf("no scenario %q; there are %s", name, strings.Join(Names(), ", "))
	}
	r, err := play(ctx, t, o)
	r.Scenario = name
	if err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

func (r *Result) latencies(h *measure.Histogram) {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	r.P50, r.P95, r.P99, r.Max = ms(h.Percentile(50)), ms(h.Percentile(95)), ms(h.Percentile(99)), ms(h.Max())
}

// countdown closes done when the last of n parties reported.
type countdown struct {
	left atomic.Int64
	done chan struct{}
}

func newCountdown(n int) *countdown {
	c := &countdown{done: make(chan struct{})}
	c.left.Store(int64(n))
	return c
}

func (c *countdown) report() {
	if c.left.Add(-1) == 0 {
		close(c.done)
	}
}

// drain waits for the last arrivals: until all parties reported, or until nothing arrived for quiet, at most ten times
// as long. What is missing then counts as lost.
func (c *countdown) drain(ctx context.Context, quiet time.Duration, crew *crew, arrived func() int) error {
	before := arrived()
	for range 10 {
		if err := c.wait(ctx, quiet, crew); err != nil {
			return err
		}
		now := arrived()
		if now == before {
			return nil
		}
		before = now
	}
	return nil
}

// wait gives up after d without an error.
func (c *countdown) wait(ctx context.Context, d time.Duration, crew *crew) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.done:
		return nil
	case <-timer.C:
		return nil
	case err := <-crew.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
