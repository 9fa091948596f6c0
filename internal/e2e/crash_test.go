//go:build e2e

package e2e

import (
	"log/slog"
	"os"
	"testing"

	"myna/internal/bench/client"
	"myna/internal/bench/crash"
	"myna/internal/bench/peers"
)

// TestCrash kills the program under load, a few times here and twenty with make crash. What it has acknowledged must be in
// the archives of both sides, once and in order.
func TestCrash(t *testing.T) {
	t.Parallel()
	if os.Getenv("E2E_PEER") != "" {
		t.Skip("others are killed with mynabench crash --server")
	}
	o := crash.DefaultOptions()
	o.Kills = 3
	srv, err := peers.Start(t.Context(), peers.Variant{Server: "myna", Archive: "full", Binary: program(t)},
		peers.Setup{Accounts: 2 * o.Pairs, Transport: client.Plain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	r, err := crash.Run(t.Context(), srv, srv.Target, o, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Findings)
	if !r.Clean() || r.Acknowledged == 0 {
		t.Errorf("after %d kills the server's word does not hold:\n%s", r.Kills, r.Findings)
	}
}
