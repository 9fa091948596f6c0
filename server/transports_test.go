package server_test

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// The transcripts of sign-in, contacts, presence, messages and stream management hold over every transport: over WebSocket
// (RFC 7395) and, but for resumption, which is a matter of another connection, over BOSH (XEP-0206).
func TestTranscriptsOverOtherTransports(t *testing.T) {
	for name, c := range map[string]struct {
		over    func(t *testing.T, web string) func(io.Writer) bridge
		scripts []string
	}{
		"WebSocket": {overWebSocket, []string{
			"roster/testdata/roster_*.txt", "roster/testdata/subscribe*.txt", "roster/testdata/presence_*.txt", "roster/testdata/probe.txt",
			"xep/carbons/testdata/[efrs]*.txt", "xmpp/c2s/testdata/sm_*.txt", "xmpp/c2s/testdata/bind_conflict.txt", "archive/testdata/*.txt",
		}},
		"BOSH": {overBOSH, []string{
			"roster/testdata/roster_*.txt", "roster/testdata/subscribe*.txt", "roster/testdata/presence_i*.txt", "roster/testdata/probe.txt",
			"xep/carbons/testdata/[efrs]*.txt", "archive/testdata/prefs.txt", "archive/testdata/paging.txt",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, glob := range c.scripts {
				xmpptest.Run(t, filepath.Join("..", filepath.FromSlash(glob)), func(t *testing.T) xmpptest.Server {
					s, web := servertest.StartWeb(t, func(cfg *config.Config) {
						if slices.Contains(strangers, strings.Split(glob, "/")[0]) {
							cfg.Modules = map[string]config.Section{"contacts": {"shared_roster": false}}
						}
					})
					s.Dial = func(context.Context) (net.Conn, error) { return bridged(t, c.over(t, web)), nil }
					return s
				})
			}
		})
	}
}
