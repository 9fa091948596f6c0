package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"myna/internal/bench/measure"
	"myna/internal/bench/scenario"
)

func TestMarkdownRatios(t *testing.T) {
	result := func(name string, cpu float64) scenario.Result {
		return scenario.Result{Scenario: name, ServerMicros: cpu, PerSecond: 100, P50: 1, P95: 2, P99: 3}
	}
	all := []entry{
		{Server: "myna/none", Result: result("chat", 10)},
		{Server: "myna/full", Result: result("chat", 40)},
		{Server: "prosody/none", Result: result("chat", 200)},
		{Server: "prosody/sqlite", Result: result("chat", 400)},
		{Server: "ejabberd/none", Result: scenario.Result{Scenario: "chat"}, Error: "start: a|b\nlog"},
		{Server: "myna/none", Result: scenario.Result{Scenario: "idle", BytesPerConn: 5000}},
		{Server: "prosody/none", Result: scenario.Result{Scenario: "idle", BytesPerConn: 50000}},
	}
	got := markdown(all)
	for _, line := range []string{
		"| myna/none | 10.0 | 100 | 1.00 | 2.00 | 3.00 | 1.00 | 0/0/0 |",
		"| prosody/none | 200.0 | 100 | 1.00 | 2.00 | 3.00 | 20.00 | 0/0/0 |",
		"| prosody/sqlite | 400.0 | 100 | 1.00 | 2.00 | 3.00 | 10.00 | 0/0/0 |",
		"| ejabberd/none | failed: start: a/b |",
		"| prosody/none | 50000 | 0.0 | 0.0 | 10.00 | 0/0/0 |",
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing %q in\n%s", line, got)
		}
	}
	for _, block := range strings.Split(got, "\n\n") {
		head, rest, _ := strings.Cut(block, "\n")
		rule, _, _ := strings.Cut(rest, "\n")
		if strings.HasPrefix(head, "| ") && strings.Count(rule, "|") != strings.Count(head, "|") {
			t.Errorf("%q under %q", rule, head)
		}
	}
}

func TestBestKeepsTheCheapestCleanRun(t *testing.T) {
	runs := []scenario.Result{{ServerMicros: 5}, {ServerMicros: 3}, {ServerMicros: 4}}
	n := 0
	next := func() (scenario.Result, error) { n++; return runs[n-1], nil }
	if r, err := best(t.Context(), 3, next); err != nil || r.ServerMicros != 3 || n != 3 {
		t.Errorf("%+v after %d runs, %v", r, n, err)
	}
	n, runs[1].Verdict = 0, measure.Verdict{Lost: 1}
	if r, _ := best(t.Context(), 3, next); r.Verdict.Clean() || n != 2 {
		t.Errorf("%+v after %d runs", r, n)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, line := range []string{"", "dance", "run", "run --pid 1", "run chat extra", "run chat --nonsense",
		"compare --servers nobody", "ratios", "crash"} {
		err := dispatch(context.Background(), strings.Fields(line), io.Discard, io.Discard)
		if !errors.Is(err, errUsage) {
			t.Errorf("%q gives %v", line, err)
		}
	}
}
