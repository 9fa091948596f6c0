package server

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"myna/config"
	"myna/hook"
	"myna/storage/sqlite"
)

// Describe builds the modules as a running server does, over an empty database, and returns what they have registered.
func Describe(ctx context.Context) (*hook.Registry, error) {
	dir, err := os.MkdirTemp("", "myna")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir = []string{"example.com"}, dir
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := sqlite.Open(ctx, filepath.Join(dir, "myna.db"), sqlite.Options{Sync: sqlite.Off, Log: log})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	run, cancel := context.WithCancel(ctx)
	p, err := assemble(run, cfg, store, log)
	cancel()
	if err != nil {
		return nil, err
	}
	for _, f := range p.closers {
		f()
	}
	return p.registry, nil
}
