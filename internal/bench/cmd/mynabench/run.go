package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"myna/internal/bench/client"
	"myna/internal/bench/scenario"
)

// sizes declares a flag for each size of a scenario.
func sizes(fs *flag.FlagSet) *scenario.Options {
	o := scenario.DefaultOptions()
	fs.IntVar(&o.Pairs, "pairs", o.Pairs, "chat, rate: pairs of users")
	fs.IntVar(&o.Window, "window", o.Window, "messages in flight for each sender; presence: users who change at once")
	fs.IntVar(&o.Messages, "messages", o.Messages, "at most so many messages or changes of each sender")
	fs.DurationVar(&o.Duration, "duration", o.Duration, "stop sending after so long; joins: the time in which all enter")
	fs.DurationVar(&o.Grace, "grace", o.Grace, "messages are lost when nothing arrived for so long")
	fs.DurationVar(&o.Settle, "settle", o.Settle, "let the server finish the sign-ins before measuring")
	fs.IntVar(&o.Body, "body", o.Body, "bytes of each body")
	fs.BoolVar(&o.Full, "full", o.Full, "chat, rate: address the full JID")
	fs.BoolVar(&o.SM, "sm", o.SM, "enable XEP-0198 on every connection")
	fs.BoolVar(&o.Carbons, "carbons", o.Carbons, "chat, rate, idle: enable XEP-0280")
	fs.IntVar(&o.Rate, "rate", o.Rate, "rate: messages a second in all")
	fs.IntVar(&o.Rooms, "rooms", o.Rooms, "room, joins: rooms")
	fs.IntVar(&o.Occupants, "occupants", o.Occupants, "room, joins: occupants of each room")
	fs.BoolVar(&o.Quiet, "quiet", o.Quiet, "room, joins: rooms that do not tell who comes and goes")
	fs.IntVar(&o.Users, "users", o.Users, "presence: users; login: accounts used in turn")
	fs.IntVar(&o.Connections, "connections", o.Connections, "idle: connections")
	fs.IntVar(&o.Logins, "logins", o.Logins, "login: logins")
	fs.IntVar(&o.Workers, "workers", o.Workers, "connections negotiated at once")
	return &o
}

// run plays one scenario against a running server whose accounts u0, u1, … exist.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("%w: run needs one of %s", errUsage, strings.Join(scenario.Names(), ", "))
	}
	fs := flag.NewFlagSet("mynabench run", flag.ContinueOnError)
	o := sizes(fs)
	var t scenario.Target
	fs.StringVar(&t.Addr, "addr", "127.0.0.1:5222", "plain or STARTTLS listener")
	fs.StringVar(&t.DirectAddr, "direct", "", "direct TLS listener; login uses it when given")
	fs.StringVar((*string)(&t.Transport), "transport", string(client.Plain), "plain, starttls or direct")
	fs.StringVar(&t.Domain, "domain", "localhost", "served domain")
	fs.StringVar(&t.Rooms, "groups", "", "domain of the rooms (default groups.DOMAIN)")
	fs.StringVar(&t.Password, "password", "", "password of all accounts (of a throw-away server)")
	fs.StringVar(&t.Mechanism, "mechanism", "", "SCRAM-SHA-256, SCRAM-SHA-1 or PLAIN (default: the best offered)")
	fs.IntVar(&t.PID, "pid", 0, "process of the server, for processor time and memory")
	asJSON := fs.Bool("json", false, "print JSON")
	if err := parse(fs, args[1:]); err != nil {
		return err
	}
	if t.Rooms == "" {
		t.Rooms = "groups." + t.Domain
	}
	r, err := scenario.Run(ctx, args[0], t, *o)
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(out).Encode(r)
	} else {
		err = table(out, r)
	}
	if err == nil && !r.Verdict.Clean() {
		err = errUnclean
	}
	return err
}

func table(out io.Writer, r scenario.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, v ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", v...) }
	row("scenario", "%s", r.Scenario)
	row("sent", "%d", r.Sent)
	row("delivered", "%d in %.2f s", r.Delivered, r.Seconds)
	row("throughput", "%.0f/s", r.PerSecond)
	row("server CPU", "%.1f µs per delivery", r.ServerMicros)
	row("load tool CPU", "%.1f µs per delivery", r.ToolMicros)
	row("latency", "p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms", r.P50, r.P95, r.P99, r.Max)
	if r.BytesAtStart > 0 {
		row("memory", "%d bytes per connection; %.1f MB at start, %.1f MB after all left", r.BytesPerConn,
			float64(r.BytesAtStart)/1e6, float64(r.BytesAfterAll)/1e6)
	}
	row("lost, doubled, reordered, foreign", "%d, %d, %d, %d", r.Verdict.Lost, r.Verdict.Doubled, r.Verdict.Reordered,
		r.Verdict.Foreign)
	return w.Flush()
}
