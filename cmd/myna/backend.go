package main

import (
	"context"
	"log/slog"

	"myna/config"
	"myna/server"
)

// serverBackend is package server as the command line uses it.
func serverBackend() backend {
	return backend{
		start: func(ctx context.Context, cfg *config.Config, log *slog.Logger) (running, error) {
			return server.Start(ctx, cfg, log)
		},
		open:     server.OpenOffline,
		modules:  server.ModuleOptions,
		unserved: server.Unserved, files: server.CheckFiles,
		certify: server.WriteCertificate,
		serves:  server.Serves,
		version: server.Version(),
	}
}
