package scenario_test

import (
	"context"
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
	"myna/internal/bench/peers"
	"myna/internal/bench/relay"
	"myna/internal/bench/scenario"
)

// serve starts a relay inside the test and gives it as a target.
func serve(t *testing.T, fault relay.Fault) scenario.Target {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := peers.WriteCertificate(cert, key, "bench.test"); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	srv := relay.New("bench.test", fault)
	done := make(chan error, 2)
	for _, l := range []net.Listener{plain, secure} {
		go func() { done <- srv.Serve(ctx, l) }()
	}
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
	return scenario.Target{Addr: plain.Addr().String(), DirectAddr: secure.Addr().String(), Transport: client.Plain,
		Domain: "bench.test", Rooms: "groups.bench.test", Password: "x"}
}

func small() scenario.Options {
	o := scenario.DefaultOptions()
	o.Pairs, o.Window, o.Messages, o.Duration, o.Grace, o.Settle = 4, 5, 50, 20*time.Second, 20*time.Second, 0
	o.Rooms, o.Occupants, o.Users, o.Connections, o.Logins, o.Rate = 2, 5, 10, 20, 12, 2000
	return o
}

func TestScenariosOnAGoodServer(t *testing.T) {
	for name, want := range map[string]struct{ sent, delivered int }{
		"chat": {200, 200}, "rate": {200, 200}, "room": {100, 500}, "joins": {10, 50}, "presence": {250, 2250}, "idle": {20, 20},
		"login": {12, 12},
	} {
		t.Run(name, func(t *testing.T) {
			o := small()
			if name == "joins" {
				o.Duration = 50 * time.Millisecond
			}
			r, err := scenario.Run(t.Context(), name, serve(t, nil), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Sent != want.sent || r.Delivered != want.delivered || !r.Verdict.Clean() || r.Scenario != name {
				t.Errorf("%+v, want %+v", r, want)
			}
			if name != "idle" && (r.P50 <= 0 || r.P99 < r.P50 || r.Max < r.P99 || r.PerSecond <= 0) {
				t.Errorf("measures make no sense: %+v", r)
			}
		})
	}
}

func TestScenariosOnABadServer(t *testing.T) {
	faults := map[string]struct {
		fault relay.Fault
		chat  measure.Verdict
	}{
		"drops":   {func(n int) (int, bool) { return min(1, n%40), false }, measure.Verdict{Lost: 1}},
		"doubles": {func(n int) (int, bool) { return 1 + min(1, 1-min(1, n%40)), false }, measure.Verdict{Doubled: 1}},
		"swaps":   {func(n int) (int, bool) { return 1, n%40 == 0 }, measure.Verdict{Reordered: 1}},
	}
	for name, f := range faults {
		for _, s := range []string{"chat", "room"} {
			t.Run(name+"/"+s, func(t *testing.T) {
				t.Parallel()
				o := small()
				o.Pairs, o.Rooms, o.Messages = 1, 1, 40
				if name == "drops" { // what is lost never arrives
					o.Duration, o.Grace = 2*time.Second, 2*time.Second
				}
				r, err := scenario.Run(t.Context(), s, serve(t, f.fault), o)
				if err != nil {
					t.Fatal(err)
				}
				want := f.chat
				if s == "room" { // every occupant sees it
					n := uint64(o.Occupants)
					want = measure.Verdict{Lost: want.Lost * n, Doubled: want.Doubled * n, Reordered: want.Reordered * n}
				}
				if r.Verdict != want || r.Verdict.Clean() {
					t.Errorf("%+v, want %+v", r.Verdict, want)
				}
			})
		}
	}
}

func TestAServerThatGoesAwayIsAnError(t *testing.T) {
	target := serve(t, nil)
	target.Addr = "127.0.0.1:1"
	if _, err := scenario.Run(t.Context(), "chat", target, small()); err == nil {
		t.Error("no error without a server")
	}
	if _, err := scenario.Run(t.Context(), "juggling", target, small()); err == nil {
		t.Error("no error for an unknown scenario")
	}
	o := small()
	o.Pairs = 0
	if o.Validate() == nil {
		t.Error("no pairs were accepted")
	}
}

func TestPayload(t *testing.T) {
	text := scenario.AppendPayload(nil, 12, 345, 6789)
	want := scenario.Payload{Flow: 12, Seq: 345, At: 6789}
	for _, tail := range []string{"", " xxx"} {
		if got, ok := scenario.ReadPayload(append(text, tail...)); !ok || got != want {
			t.Errorf("%q reads as %+v, %v", text, got, ok)
		}
	}
	for _, bad := range []string{"", "mb1 ", "mb1 1", "mb1 1 2", "mb1 1 2 ", "mb1  1 2 3", "mb2 1 2 3", "mb1 a 2 3",
		"mb1 1 2 x", "mb1 1 9999999999999999999 2"} {
		if got, ok := scenario.ReadPayload([]byte(bad)); ok {
			t.Errorf("%q reads as %+v", bad, got)
		}
	}
}
