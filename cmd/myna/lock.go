package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"myna/admin"
	"myna/config"
)

// patience is how long a command waits for another process to let go of the data.
const patience = 10 * time.Second

// errLocked says that another process uses the data.
var errLocked = errors.New("another process uses the data")

// lock makes this process the only one that uses the data: the server, or a command without one. The kernel lets go of
// it when the process ends, in whatever way.
func lock(dataDir string) (release func() error, err error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w; data_dir has to be a place where this user can write", err)
	}
	f, err := os.OpenFile(filepath.Join(dataDir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data: %w; data_dir has to be a directory in which this user can write", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dataDir, err), f.Close())
	}
	return f.Close, nil
}

// claim finds the running server, or locks the data where none runs. It waits a while for a server that is starting or
// ending, and for other commands.
func claim(ctx context.Context, cfg *config.Config) (*admin.Client, func() error, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(patience / 200)
	defer again.Stop()
	for {
		if socket := cfg.Path(cfg.Listen.AdminSocket); socket != "" {
			client, err := admin.Dial(socket)
			if err == nil || !errors.Is(err, admin.ErrNotRunning) {
				return client, nil, err
			}
		}
		release, err := lock(cfg.DataDir)
		if err == nil || !errors.Is(err, errLocked) {
			return nil, release, err
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-deadline.C:
			return nil, nil, fmt.Errorf("another process uses %s: a server without admin_socket, or another command", cfg.DataDir)
		case <-again.C:
		}
	}
}
