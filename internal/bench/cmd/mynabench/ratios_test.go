package main

import (
	"errors"
	"strings"
	"testing"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
	"myna/internal/bench/scenario"
)

func TestRatioTable(t *testing.T) {
	chat := func(server string, cpu float64) entry {
		return entry{Server: server, Result: scenario.Result{Scenario: "chat", ServerMicros: cpu, P99: 2}}
	}
	lossy := chat("ejabberd/none", 30)
	lossy.Result.Verdict = measure.Verdict{Lost: 7}
	idle := func(server string, bytes int64) entry {
		return entry{Server: server, Result: scenario.Result{Scenario: "idle", BytesPerConn: bytes}}
	}
	got := ratioTable([]line{
		{"chat", "chat", client.Plain, nil}, {"quiet", "idle", client.Plain, nil}, {"broken", "chat", client.Plain, nil},
	}, [][]entry{
		{chat("myna/none", 10), chat("prosody/none", 205), lossy},
		{idle("myna/none", 5000), idle("prosody/none", 50000), {}},
		{{Server: "myna/none", Error: "start: x"}, chat("prosody/none", 20), {}},
	})
	for _, row := range []string{
		"| chat | µs CPU a delivery | 10.0 | 205.0 | 20.5 | 30.0 (lost 7, doubled 0, reordered 0) | 3.0 | 2.0, 2.0, 2.0 |",
		"| quiet | bytes a connection | 5000 | 50000 | 10.0 | not here | - | -, -, - |",
		"| broken | µs CPU a delivery | failed | 20.0 | - | not here | - | -, 2.0, - |",
	} {
		if !strings.Contains(got, row+"\n") {
			t.Errorf("missing %q in\n%s", row, got)
		}
	}
	head, rest, _ := strings.Cut(got, "\n")
	if rule, _, _ := strings.Cut(rest, "\n"); strings.Count(rule, "|") != strings.Count(head, "|") {
		t.Errorf("%q under %q", rule, head)
	}
}

func TestTheExitStatusIsAboutMyna(t *testing.T) {
	lost := scenario.Result{Verdict: measure.Verdict{Lost: 1}}
	for _, tt := range []struct {
		before error
		e      entry
		want   error
	}{
		{nil, entry{Server: "prosody/none", Result: lost}, nil},
		{nil, entry{Server: "prosody/none", Error: "x"}, nil},
		{nil, entry{Server: "myna/none", Result: lost}, errUnclean},
		{nil, entry{Server: "myna/none", Error: "x"}, errFailed},
		{errFailed, entry{Server: "myna/none"}, errFailed},
		{nil, entry{Server: "myna/none"}, nil},
	} {
		if got := worse(tt.before, tt.e); !errors.Is(got, tt.want) {
			t.Errorf("%+v after %v gives %v", tt.e, tt.before, got)
		}
	}
}
