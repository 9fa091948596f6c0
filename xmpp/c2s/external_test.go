package c2s_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestExternal plays scripts of clients that show a certificate of romeo's.
func TestExternal(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "external", "*.txt"), func(t *testing.T) xmpptest.Server {
		a := xmpptest.NewAuthority(t)
		s := servertest.StartTLS(t, func(cfg *config.Config) {
			if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cfg.DataDir, "ca.pem"), a.PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg.Modules = map[string]config.Section{"accounts": {"certificate_ca": "ca.pem"}}
		})
		s.TLS = s.TLS.Clone()
		s.TLS.Certificates = []tls.Certificate{a.Issue(t, []string{"romeo@example.net"}, nil, nil)}
		return s
	})
}

// TestBearer plays scripts of clients that come with a token.
func TestBearer(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "bearer", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(cfg *config.Config) { cfg.Modules = map[string]config.Section{"accounts": {"bearer": true}} })
	})
}
