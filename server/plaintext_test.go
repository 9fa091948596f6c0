package server_test

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
		if got := offered(t, net.JoinHostPort("127.0.0.1", port)); strings.Contains(got, "<mechanisms") != open {
			t.Errorf("%s offers %s", address, got)
		}
	}
}

// offered is what a stream begins with, as far as the end of the features.
func offered(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="%s" version="1.0">`, servertest.Domain)
	var text strings.Builder
	for r := bufio.NewReader(conn); !strings.HasSuffix(text.String(), "</stream:features>"); {
		part, err := r.ReadString('>')
		if err != nil {
			t.Fatalf("%s: %v", text.String(), err)
		}
		text.WriteString(part)
	}
	return text.String()
}
