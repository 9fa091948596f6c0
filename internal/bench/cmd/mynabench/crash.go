package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/crash"
	"myna/internal/bench/peers"
)

var errBroken = errors.New("the server broke its word")

// crashTest kills a server again and again and reads its archives.
func crashTest(ctx context.Context, args []string, out, progress io.Writer) error {
	fs := flag.NewFlagSet("mynabench crash", flag.ContinueOnError)
	o := crash.DefaultOptions()
	fs.IntVar(&o.Kills, "kills", o.Kills, "how often the server is killed")
	fs.IntVar(&o.Pairs, "pairs", o.Pairs, "pairs of users")
	fs.IntVar(&o.Window, "window", o.Window, "unacknowledged messages of each sender")
	fs.IntVar(&o.Messages, "messages", o.Messages, "at most so many messages of each sender")
	fs.DurationVar(&o.Shortest, "shortest", o.Shortest, "earliest moment of a kill after the start")
	fs.DurationVar(&o.Longest, "longest", o.Longest, "latest moment")
	fs.Uint64Var(&o.Seed, "seed", o.Seed, "chooses the moments")
	binary := fs.String("myna", "", "myna binary")
	server := fs.String("server", "myna/full", "a server and its kind of archive, as compare names them")
	asJSON := fs.Bool("json", false, "print JSON")
	if err := parse(fs, args); err != nil {
		return err
	}
	name, archive, _ := strings.Cut(*server, "/")
	if name == "myna" && *binary == "" {
		return fmt.Errorf("%w: crash needs --myna BIN or --server of another kind", errUsage)
	}
	srv, err := peers.Start(ctx, peers.Variant{Server: name, Archive: archive, Binary: *binary},
		peers.Setup{Accounts: 2 * o.Pairs, Transport: client.Plain})
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(progress, nil))
	r, err := crash.Run(ctx, srv, srv.Target, o, log)
	if errStop := srv.Stop(); err == nil {
		err = errStop
	}
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(out).Encode(r)
	} else {
		_, err = fmt.Fprintf(out, "%s: %d kills (seed %d) in %s, slowest restart %s\n%s", *server, r.Kills, r.Seed,
			r.Duration.Round(time.Second), r.Slowest.Round(time.Millisecond), r.Findings)
	}
	if err == nil && !r.Clean() {
		err = errBroken
	}
	return err
}
