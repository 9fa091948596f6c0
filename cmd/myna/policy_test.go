package main

import (
	"context"
	"log/slog"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/server"
)

// running has a server behind the socket until the test ends.
func (s *shell) running() {
	s.t.Helper()
	cfg, err := config.Load(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	cfg.Listen = config.Listen{AdminSocket: cfg.Listen.AdminSocket}
	srv, err := server.Start(s.t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := srv.Shutdown(context.Background()); err != nil {
			s.t.Error(err)
		}
	})
}

// Options are decided in a running server only; without one the command says so.
func TestPolicyNeedsServer(t *testing.T) {
	s := newShell(t)
	s.set()
	s.fails(failed, "the server does not run", "policy", "list", "example.com")
	s.fails(failed, "the server does not run", "policy", "set", "example.com", "archive.retention_days", "30")
	s.fails(misuse, "takes DOMAIN OPTION VALUE", "policy", "set", "example.com", "archive.retention_days")
}

// In a running server they are in use at once.
func TestPolicy(t *testing.T) {
	s := newShell(t)
	s.set()
	s.running()
	const key = "archive.retention_days"
	if out := s.ok("policy", "set", "example.com", key, "30"); out != key+" is 30 (page).\n" {
		t.Errorf("set: %s", out)
	}
	for _, p := range decode[[]admin.Policy](t, s.ok("policy", "list", "example.com", "--json")) {
		if p.Key == key && (p.Value != "30" || p.Source != "page" || !p.Editable) {
			t.Errorf("listed %+v", p)
		}
	}
	if out := s.ok("policy", "reset", "example.com", key); out != key+" is 0 (default).\n" {
		t.Errorf("reset: %s", out)
	}
	s.fails(failed, "must be 0 or more", "policy", "set", "example.com", key, "--", "-1")
}
