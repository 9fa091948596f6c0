// Package servertest starts the whole server for transcripts (package xmpptest): on loopback, without TLS, with a database
// of its own that is gone afterwards. Besides "admin …" they may say "stop": the server shuts down.
package servertest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"myna/account"
	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/storage"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/transport"
)

// Domain is the host of the scripts.
const Domain = "example.net"

const password = "pencil"

// Start returns a server for xmpptest.Run.
func Start(t *testing.T) xmpptest.Server {
	t.Helper()
	return StartWith(t, nil)
}

// StartWith is Start with a changed configuration; without names modules that do not take part.
func StartWith(t *testing.T, change func(*config.Config), without ...string) xmpptest.Server {
	t.Helper()
	_, s := start(t, change, without...)
	return s
}

// StartWeb is StartWith for a server that listens for HTTP too, at the address that it returns.
func StartWeb(t *testing.T, change func(*config.Config), without ...string) (s xmpptest.Server, web string) {
	t.Helper()
	srv, s := start(t, func(cfg *config.Config) {
		cfg.Listen.HTTP = []string{"127.0.0.1:0"}
		if change != nil {
			change(cfg)
		}
	}, without...)
	return s, srv.WebAddr().String()
}

func start(t *testing.T, change func(*config.Config), without ...string) (*server.Server, xmpptest.Server) {
	t.Helper()
	cfg := config.Default()
	cfg.Hosts = []string{Domain}
	cfg.DataDir = t.TempDir()
	cfg.TLS.PlaintextLoopback = true
	cfg.Archive.Sync = "normal"
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}, Proxies: cfg.Listen.Proxies}
	if change != nil {
		change(cfg)
	}
	allowShort(cfg)
	return StartConfig(t, cfg, without...)
}

// StartConfig starts a server as a configuration says, and ends it with the test.
func StartConfig(t *testing.T, cfg *config.Config, without ...string) (*server.Server, xmpptest.Server) {
	t.Helper()
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	sqlitetest.Fresh(t, cfg.Path("myna.db"))
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := server.StartWithout(t.Context(), cfg, log, without...)
	if err != nil {
		t.Fatal(err)
	}
	stop := sync.OnceValue(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return s.Shutdown(ctx)
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return s, xmpptest.Server{
		Addr:   s.ClientAddr().String(),
		Domain: Domain,
		Account: func(ctx context.Context, address string) (string, error) {
			j, err := xmpp.ParseJID(address)
			if err != nil {
				return "", err
			}
			if s.Accounts().Exists(j) {
				return password, nil
			}
			made, err := verifiers()
			if err != nil {
				return "", err
			}
			return password, s.Accounts().CreateMany(ctx, []account.Draft{{Account: storage.Account{JID: j}, Credentials: made}})
		},
		Do: func(ctx context.Context, line string) (string, error) {
			if line == "stop" {
				return "", stop()
			}
			return do(ctx, s, line)
		},
	}
}

// allowShort lets the scripts' password be one, unless a test has a rule of its own.
func allowShort(cfg *config.Config) {
	accounts := maps.Clone(cfg.Modules["accounts"])
	if accounts == nil {
		accounts = config.Section{}
	}
	if _, ok := accounts["min_password"]; !ok {
		accounts["min_password"] = int64(len(password))
	}
	cfg.Modules = maps.Clone(cfg.Modules)
	if cfg.Modules == nil {
		cfg.Modules = map[string]config.Section{}
	}
	cfg.Modules["accounts"] = accounts
}

// StartTLS is StartWith for a server with a certificate that lets nobody in without TLS. Scripts use STARTTLS unless the
// test takes TLS out of the result.
func StartTLS(t *testing.T, change func(*config.Config), without ...string) xmpptest.Server {
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := transport.WriteSelfSigned(cert, key, Domain); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate was written")
	}
	s := StartWith(t, func(cfg *config.Config) {
		cfg.TLS.Cert, cfg.TLS.Key, cfg.TLS.PlaintextLoopback = cert, key, false
		if change != nil {
			change(cfg)
		}
	}, without...)
	s.TLS = &tls.Config{RootCAs: roots, ServerName: Domain}
	return s
}

// Scripts plays the transcripts of the package under test.
func Scripts(t *testing.T) {
	t.Helper()
	xmpptest.Run(t, filepath.Join("testdata", "*.txt"), Start)
}

type testWriter struct{ t *testing.T }

// Write logs a line of the server.
func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", b)
	return len(b), nil
}

// do carries out a line of a script that administers: "admin account.create {…}", an operation of package admin with
// its request as JSON.
func do(ctx context.Context, s *server.Server, line string) (string, error) {
	rest, ok := strings.CutPrefix(line, "admin ")
	if !ok {
		return "", fmt.Errorf("a line begins with a client's name or with admin: %q", line)
	}
	name, body, _ := strings.Cut(strings.TrimSpace(rest), " ")
	result, err := s.Admin().Do(ctx, admin.CommandLine(), name, []byte(body), func(admin.Progress) {})
	if err != nil {
		return "", err
	}
	out, err := json.Marshal(result)
	return string(out), err
}
