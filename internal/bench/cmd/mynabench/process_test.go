package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"myna/internal/bench/client"
	"myna/internal/bench/peers"
)

// TestMain lets the test binary be the relay that compare starts as a child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "relay" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestCompareRunsAServerAndReports(t *testing.T) {
	var out bytes.Buffer
	args := "compare --json --servers relay --scenarios chat,login --pairs 2 --messages 30 --users 2 --window 2 " +
		"--logins 4 --settle 0s --repeat 2"
	if err := dispatch(t.Context(), strings.Fields(args), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var all []entry
	if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != 2 {
		t.Fatalf("%s: %v", out.Bytes(), err)
	}
	if chat, login := all[0].Result, all[1].Result; chat.Delivered != 60 || login.Delivered != 4 ||
		all[0].Server != "relay/none" || chat.Scenario != "chat" {
		t.Errorf("%+v", all)
	}
}

func TestRunTellsOfItsResult(t *testing.T) {
	srv, err := peers.Start(t.Context(), peers.Variant{Server: "relay", Archive: "none"}, peers.Setup{Transport: client.Plain})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
	var out bytes.Buffer
	args := []string{"run", "chat", "--addr", srv.Target.Addr, "--domain", srv.Target.Domain, "--password", "x",
		"--pairs", "1", "--messages", "9", "--settle", "0s"}
	if err := dispatch(t.Context(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "9 in ") || !strings.Contains(text, "0, 0, 0, 0") {
		t.Errorf("printed %s", text)
	}
}

func TestAKilledServerComesBackOnItsAddress(t *testing.T) {
	srv, err := peers.Start(t.Context(), peers.Variant{Server: "relay", Archive: "none"}, peers.Setup{Transport: client.Plain})
	if err != nil {
		t.Fatal(err)
	}
	first := srv.Target.PID
	srv.Kill()
	if _, err := client.Dial(t.Context(), srv.Target.Client(0)); err == nil {
		t.Error("a killed server answers")
	}
	if err := srv.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(context.Background(), srv.Target.Client(0))
	if err != nil {
		t.Fatal(err)
	}
	c.Abort()
	if srv.Target.PID == first {
		t.Error("the process is the old one")
	}
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	if err := srv.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
}
