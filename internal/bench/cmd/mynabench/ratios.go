package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"myna/internal/bench/client"
	"myna/internal/bench/peers"
	"myna/internal/bench/scenario"
)

// line is a row of the table of ratios: a scenario, and which kind of archive each server plays it with.
type line struct {
	title     string
	scenario  string
	transport client.Transport
	archives  []string // by server, as columns
}

// columns are the servers of the table. The first is what the others are compared with.
var columns = [...]string{"myna", "prosody", "ejabberd"}

func lines() []line {
	none := []string{"none", "none", "none"}
	return []line{
		{"chat", "chat", client.Plain, none},
		{"chat, TLS", "chat", client.StartTLS, none},
		{"chat, archive (files, Mnesia)", "chat", client.Plain, []string{"full", "internal", "mnesia"}},
		{"chat, archive (SQLite)", "chat", client.Plain, []string{"full", "sqlite", "sqlite"}},
		{"steady rate, TLS", "rate", client.StartTLS, none},
		{"rooms", "room", client.Plain, none},
		{"presence, TLS", "presence", client.StartTLS, none},
		{"idle connections, TLS", "idle", client.StartTLS, none},
		{"logins, TLS", "login", client.StartTLS, none},
	}
}

// ratios plays all scenarios against all servers that are here and prints one table.
func ratios(ctx context.Context, args []string, out, progress io.Writer) error {
	fs := flag.NewFlagSet("mynabench ratios", flag.ContinueOnError)
	o := sizes(fs)
	binary := fs.String("myna", "", "myna binary")
	only := fs.String("servers", strings.Join(columns[:], ","), "comma-separated")
	repeat := fs.Int("repeat", 1, "play each so often and keep the cheapest run")
	if err := parse(fs, args); err != nil {
		return err
	}
	if *binary == "" {
		return fmt.Errorf("%w: ratios needs --myna BIN", errUsage)
	}
	here := selected(peers.Variants(*binary), *only)
	var verdict error
	var all [][]entry
	played := map[string]entry{} // what two lines have in common is played once
	for _, l := range lines() {
		row := make([]entry, len(columns))
		for i, server := range columns {
			v := peers.Variant{Server: server, Archive: l.archives[i]}
			at := slices.IndexFunc(here, func(h peers.Variant) bool { return h.String() == v.String() })
			if at < 0 {
				continue
			}
			key := l.scenario + string(l.transport) + v.String()
			if _, ok := played[key]; !ok {
				played[key] = playOne(ctx, here[at], l, *o, *repeat)
				fmt.Fprintln(progress, oneLine(played[key]))
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			row[i] = played[key]
			verdict = worse(verdict, row[i])
		}
		all = append(all, row)
	}
	if _, err := io.WriteString(out, ratioTable(lines(), all)); err != nil {
		return err
	}
	return verdict
}

func playOne(ctx context.Context, v peers.Variant, l line, o scenario.Options, repeat int) entry {
	r, err := best(ctx, repeat, func() (scenario.Result, error) { return once(ctx, v, l.scenario, o, l.transport) })
	e := entry{Server: v.String(), Result: r}
	e.Result.Scenario = l.scenario
	if err != nil {
		e.Error = err.Error()
	}
	return e
}

// worse is what the exit status says of Myna; what the peers lose stands in the table only.
func worse(verdict error, e entry) error {
	switch {
	case verdict != nil || !strings.HasPrefix(e.Server, columns[0]+"/"):
		return verdict
	case e.Error != "":
		return errFailed
	case !e.Result.Verdict.Clean():
		return errUnclean
	}
	return nil
}

// ratioTable prints a row for each line: what one delivery costs each server, how many times as much as with the first, and
// how long the slowest hundredth of the deliveries takes.
func ratioTable(lines []line, all [][]entry) string {
	var b strings.Builder
	b.WriteString("| scenario | what |")
	for i, server := range columns {
		b.WriteString(" " + server + " |")
		if i > 0 {
			b.WriteString(" ratio |")
		}
	}
	b.WriteString(" p99 ms (" + strings.Join(columns[:], ", ") + ") |\n|---|---|" + strings.Repeat("---:|", 2*len(columns)) + "\n")
	for n, l := range lines {
		what := "µs CPU a delivery"
		if l.scenario == "idle" {
			what = "bytes a connection"
		}
		fmt.Fprintf(&b, "| %s | %s |", l.title, what)
		var latencies []string
		for i, e := range all[n] {
			b.WriteString(" " + figure(e) + " |")
			if i > 0 {
				b.WriteString(" " + ratio(e, all[n][0]) + " |")
			}
			latencies = append(latencies, latency(e))
		}
		b.WriteString(" " + strings.Join(latencies, ", ") + " |\n")
	}
	return b.String()
}

func figure(e entry) string {
	switch {
	case e.Server == "":
		return "not here"
	case e.Error != "":
		return "failed"
	}
	text := fmt.Sprintf("%.1f", e.Result.ServerMicros)
	if e.Result.Scenario == "idle" {
		text = fmt.Sprint(e.Result.BytesPerConn)
	}
	if v := e.Result.Verdict; !v.Clean() {
		text += fmt.Sprintf(" (lost %d, doubled %d, reordered %d)", v.Lost, v.Doubled, v.Reordered)
	}
	return text
}

func ratio(e, first entry) string {
	if e.Server == "" || e.Error != "" || first.Error != "" || cost(first.Result) <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", cost(e.Result)/cost(first.Result))
}

func latency(e entry) string {
	if e.Server == "" || e.Error != "" || e.Result.Scenario == "idle" {
		return "-"
	}
	return fmt.Sprintf("%.1f", e.Result.P99)
}
