package server_test

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"myna/config"
	"myna/server/servertest"
	"myna/xmpp/transport"
)

// plaintext_loopback lets nobody in without TLS on a listener that others reach too: who comes from this machine there
// may be a proxy.
func TestPlaintextOnLoopbackOnly(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := transport.WriteSelfSigned(cert, key, servertest.Domain); err != nil {
		t.Fatal(err)
	}
	for address, open := range map[string]bool{"127.0.0.1:0": true, "0.0.0.0:0": false} {
		s := servertest.StartWith(t, func(c *config.Config) {
			c.TLS.Cert, c.TLS.Key, c.Listen.C2S = cert, key, []string{address}
		})
		_, port, err := net.SplitHostPort(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := dialStream(t, net.JoinHostPort("127.0.0.1", port)).open("</stream:features>"); strings.Contains(got, "<mechanisms") != open {
			t.Errorf("%s offers %s", address, got)
		}
	}
}
