package main

import (
	"fmt"
	"strings"
)

// markdown prints a table for each scenario. The ratio compares the cost with that of the first server of the table
// with an equal kind of archive, that is none or some; a ratio of 2 is a server that costs twice as much.
func markdown(all []entry) string {
	var b strings.Builder
	var last string
	base := make(map[bool]float64)
	for _, e := range all {
		r := e.Result
		if r.Scenario != last {
			last = r.Scenario
			clear(base)
			b.WriteString(header(r.Scenario))
		}
		if e.Error != "" {
			first, _, _ := strings.Cut(e.Error, "\n")
			fmt.Fprintf(&b, "| %s | failed: %s |\n", e.Server, strings.ReplaceAll(first, "|", "/"))
			continue
		}
		cost := cost(r)
		archive := !strings.HasSuffix(e.Server, "/none")
		if _, ok := base[archive]; !ok {
			base[archive] = cost
		}
		ratio := "-"
		if base[archive] > 0 {
			ratio = fmt.Sprintf("%.2f", cost/base[archive])
		}
		v := r.Verdict
		fmt.Fprintf(&b, "| %s | %s | %s | %d/%d/%d |\n", e.Server, cells(e), ratio, v.Lost, v.Doubled, v.Reordered)
	}
	return b.String()
}

func header(scenario string) string {
	columns := "µs CPU a delivery | deliveries/s | p50 ms | p95 ms | p99 ms"
	if scenario == "idle" {
		columns = "bytes a connection | MB at start | MB after all left"
	}
	n := strings.Count(columns, "|") + 4
	return "\n### " + scenario + "\n\n| server | " + columns + " | ratio | lost/doubled/reordered |\n|---|" +
		strings.Repeat("---:|", n-1) + "\n"
}

func cells(e entry) string {
	r := e.Result
	if r.Scenario == "idle" {
		return fmt.Sprintf("%d | %.1f | %.1f", r.BytesPerConn, float64(r.BytesAtStart)/1e6, float64(r.BytesAfterAll)/1e6)
	}
	return fmt.Sprintf("%.1f | %.0f | %.2f | %.2f | %.2f", r.ServerMicros, r.PerSecond, r.P50, r.P95, r.P99)
}
