// Command mynabench puts load on XMPP servers and says what a delivery costs them.
//
//	mynabench run SCENARIO --addr HOST:PORT --domain D --password P --pid PID   load on a running server
//	mynabench compare [--myna BIN]                                             side-by-side runs, a table in markdown
//	mynabench ratios --myna BIN                                                all of it in one table of ratios
//	mynabench crash --myna BIN                                                 kill -9 under load, then read the archives
//	mynabench relay                                                            a server that only moves bytes
//
// A lost, doubled or reordered message gives exit status 1, wrong usage 2.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// errUnclean says that a scenario was played and the server failed it.
var errUnclean = errors.New("messages were lost, doubled or reordered")

// errFailed says that a scenario could not be played.
var errFailed = errors.New("a scenario failed")

// errUsage is answered with exit status 2.
var errUsage = errors.New("usage: mynabench run SCENARIO | compare | ratios | crash | relay, with --help for the flags")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "mynabench:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "run":
		return run(ctx, args[1:], out)
	case "compare":
		return compare(ctx, args[1:], out, progress)
	case "ratios":
		return ratios(ctx, args[1:], out, progress)
	case "relay":
		return relayOnly(ctx, args[1:])
	case "crash":
		return crashTest(ctx, args[1:], out, progress)
	}
	return errUsage
}

// parse turns a flag error into errUsage; the flag package has printed it already.
func parse(fs *flag.FlagSet, args []string) error {
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", errUsage, err)
	case fs.NArg() > 0:
		return fmt.Errorf("%w: unexpected %q", errUsage, fs.Arg(0))
	}
	return nil
}
