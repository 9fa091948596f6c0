package xmpptest

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const defaultDomain = "example.net"

// Server is a server that scripts are played against.
type Server struct {
	Addr   string                                      // host:port of a listener for clients
	Dial   func(ctx context.Context) (net.Conn, error) // nil: TCP to Addr
	Domain string                                      // "": example.net; replaces example.net in the scripts
	TLS    *tls.Config                                 // nil: no TLS; otherwise STARTTLS with it

	// Account makes sure that the account user@domain exists and returns its password. A script asks once for each.
	Account func(ctx context.Context, address string) (password string, err error)
	// Do carries out a line that no client acts in, like "admin alias create …", and returns its output. nil: scripts
	// with such lines fail, or are left out where the server is a peer.
	Do func(ctx context.Context, line string) (output string, err error)

	peer bool // another project's server: what only we have is left out
}

var (
	update = flag.Bool("update", false, "rewrite expected lines and golden files with what the code does now")
	peer   = flag.String("peer", "", `play transcripts against another server: "prosody", or the address of one`+
		` that serves example.net and has the accounts of the scripts`)
	peerPassword = flag.String("peer-password", "secret", "password of the accounts at -peer")
)

// Update tells whether the test shall rewrite its golden files. The flag -update of every test that imports this
// package is this one.
func Update() bool { return *update }

// scriptTime bounds a whole script, so that a test fails before the tool gives up.
const scriptTime = 2 * time.Minute

// Run plays all scripts that match glob, each as a parallel subtest against a server of its own. start is called
// within the subtest; what it needs to stop goes into t.Cleanup.
func Run(t *testing.T, glob string, start func(t *testing.T) Server) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no transcript matches %s: write one, the first line names the section that it proves", glob)
	}
	for _, file := range files {
		t.Run(filepath.Base(file[:len(file)-len(filepath.Ext(file))]), func(t *testing.T) {
			t.Parallel()
			runFile(t, file, start)
		})
	}
}

func runFile(t *testing.T, file string, start func(t *testing.T) Server) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *peer != "" {
		start = startPeer
	}
	s := start(t)
	sc, err := parse(string(text), s.Domain)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if reason := sc.leftOut(&s); reason != "" {
		t.Skip(reason)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptTime)
	defer cancel()
	p := newPlayer(&s, sc, file)
	p.update = *update
	err = p.play(ctx)
	if err != nil {
		t.Errorf("%s\n%v", sc.title, err)
	}
	if err == nil && p.changed() {
		if err := os.WriteFile(file, []byte(p.rewritten()), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s rewritten", file)
	}
}

// leftOut says why a script is not played against another project's server.
func (s *script) leftOut(srv *Server) string {
	if !srv.peer {
		return ""
	}
	if s.only != "" {
		return "only myna: " + s.only
	}
	for _, st := range s.steps {
		if st.action == do && srv.Do == nil {
			return fmt.Sprintf("line %d needs our administration", st.line)
		}
	}
	return ""
}

// startPeer gives the server of the -peer switch.
func startPeer(t *testing.T) Server {
	if *peer == "prosody" {
		return StartProsody(t)
	}
	return Server{Addr: *peer, peer: true, Account: func(context.Context, string) (string, error) {
		return *peerPassword, nil
	}}
}
