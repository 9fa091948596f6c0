package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/config"
	"myna/storage"
)

// grace is how long a server may take to say goodbye.
const grace = 30 * time.Second

func (c *cli) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server until SIGTERM or SIGINT; both end it in order, and a second one at once. SIGHUP
reads the configuration anew, as myna reload does. Logs go to standard error.`,
		Example: "  myna serve\n  myna --config ./myna.toml serve",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.serve(cmd.Context(), cfg, func(running) {})
		},
	}
}

// serve runs a server until a signal or the end of ctx; ready is called when it has started.
func (c *cli) serve(ctx context.Context, cfg *config.Config, ready func(running)) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(signals)
	level := new(slog.LevelVar)
	log, err := newLogger(c.err, cfg.Log, level)
	if err != nil {
		return err
	}
	client, release, err := claim(ctx, cfg)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if client != nil {
		return errors.Join(fmt.Errorf("start: a server runs already on %s; see myna status", cfg.DataDir), client.Close())
	}
	err = c.serveLocked(ctx, cfg, log, level, signals, ready)
	for errors.Is(err, errAnew) {
		log.Info("starting anew, as an administrator wants it")
		err = nil
		if cfg.File() != "" { // a demo has none
			cfg, err = c.load()
		}
		if err == nil {
			err = c.serveLocked(ctx, cfg, log, level, signals, ready)
		}
	}
	return errors.Join(err, release())
}

// errAnew says that the server has ended to start anew (XEP-0133 § 4.30).
var errAnew = errors.New("start anew")

// serveLocked runs a server on data that no other process uses.
func (c *cli) serveLocked(ctx context.Context, cfg *config.Config, log *slog.Logger, level *slog.LevelVar, signals <-chan os.Signal, ready func(running)) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	srv, err := c.backend.start(run, cfg, log)
	if err != nil {
		return err
	}
	srv.FollowLevel(level)
	c.notify(log, "READY=1")
	ready(srv)
	for {
		select {
		case <-ctx.Done():
			return c.shutdown(srv, log, signals)
		case anew := <-srv.Ended():
			log.Info("shutting down, as an administrator wants it", "restart", anew)
			err := c.shutdown(srv, log, signals)
			if err == nil && anew {
				return errAnew
			}
			return err
		case s := <-signals:
			if s != syscall.SIGHUP {
				log.Info("shutting down", "signal", s.String())
				return c.shutdown(srv, log, signals)
			}
			c.reload(ctx, srv, log)
		}
	}
}

// shutdown ends a server in order; a signal meanwhile, at once.
func (c *cli) shutdown(srv running, log *slog.Logger, signals <-chan os.Signal) error {
	c.notify(log, "STOPPING=1")
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(ctx) }() // ends at the latest with ctx, which is cancelled below
	for {
		select {
		case err := <-ended:
			if err != nil {
				return fmt.Errorf("shut down: %w", err)
			}
			return nil
		case s := <-signals:
			if s != syscall.SIGHUP {
				cancel()
			}
		}
	}
}

// bySignal is who reloads by SIGHUP: whoever may signal the process administers the server.
func bySignal() admin.Actor {
	return admin.Actor{Name: "SIGHUP", Role: storage.ServerAdmin, Door: "signal"}
}

// reload reads the configuration and hands it to the server. What is wrong changes nothing.
func (c *cli) reload(ctx context.Context, srv running, log *slog.Logger) {
	cfg, err := c.load()
	var changed []string
	if err == nil {
		changed, err = srv.Reload(ctx, cfg, bySignal())
	}
	if err != nil {
		log.Error("configuration was not reloaded, nothing was changed", "err", err)
		return
	}
	log.Info("configuration was reloaded", "file", cfg.File(), "changed", changed)
}

func newLogger(w io.Writer, cfg config.Log, level *slog.LevelVar) (*slog.Logger, error) {
	level.Set(logLevel(cfg.Level))
	options := &slog.HandlerOptions{Level: level}
	switch cfg.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q is neither text nor json", cfg.Format)
}

func logLevel(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(name))); err != nil { // config allows only the four
		return slog.LevelInfo
	}
	return l
}

// notify tells systemd how the server is (sd_notify(3)); without systemd nothing happens.
func (c *cli) notify(log *slog.Logger, state string) {
	socket := c.env("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	if strings.HasPrefix(socket, "@") { // Linux' abstract names
		socket = "\x00" + socket[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		log.Warn("systemd could not be notified", "err", err)
	}
}

func (c *cli) reloadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Have the running server read its configuration anew",
		Long: `Have the running server read its configuration and certificates anew. All is checked first; what
is wrong is told, and then nothing is changed.`,
		Example: "  myna reload",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return fmt.Errorf("nothing was changed: %w", err)
			}
			client, err := admin.Dial(cfg.Path(cfg.Listen.AdminSocket))
			if errors.Is(err, admin.ErrNotRunning) {
				return fmt.Errorf("%w; start it with myna serve", err)
			}
			if err != nil {
				return err
			}
			changed, err := client.Reload(cmd.Context())
			if err = errors.Join(err, client.Close()); err != nil {
				return err
			}
			return c.print(admin.Reloaded{Changed: changed}, func(w io.Writer) {
				if len(changed) == 0 {
					fmt.Fprintln(w, "Reloaded; no option has changed.")
				}
				for _, line := range changed {
					fmt.Fprintln(w, line)
				}
			})
		},
	}
}
