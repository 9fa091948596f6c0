package xmpptest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// prosodyConfig makes Prosody the counterpart of our own test server: loopback, no TLS, the same services.
var prosodyConfig = template.Must(template.New("prosody.cfg.lua").Parse(`
run_as_root = true
pidfile = "{{.Dir}}/prosody.pid"
data_path = "{{.Dir}}/data"
log = { { levels = { min = "warn" }, to = "console" } }
certificates = "{{.Dir}}"
interfaces = { "127.0.0.1" }
c2s_ports = { {{.Port}} }
modules_disabled = { "s2s" }
http_ports = { }
https_ports = { }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
modules_enabled = {
	"roster"; "saslauth"; "disco"; "private"; "vcard"; "version"; "uptime"; "time"; "ping";
	"register"; "carbons"; "mam"; "csi_simple"; "smacks"; "blocklist"; "pep"; "bookmarks"; "lastactivity";
}
VirtualHost "{{.Domain}}"
Component "groups.{{.Domain}}" "muc"
	modules_enabled = { "muc_mam" }
	restrict_room_creation = false
Component "pubsub.{{.Domain}}" "pubsub"
	add_permissions = { ["prosody:registered"] = { "pubsub:create-node" } }
`))

// prosodyPassword is the password of all accounts.
const prosodyPassword = "secret"

// StartProsody starts Debian's Prosody on a free port of the loopback, with empty storage that the test throws away.
// It serves example.net with rooms at groups.example.net; the test fails where the program is missing.
func StartProsody(t *testing.T) Server {
	t.Helper()
	program, err := exec.LookPath("prosody")
	if err != nil {
		t.Fatal("prosody is not installed: apt-get install prosody, or leave -peer away")
	}
	dir, addr := t.TempDir(), freeAddr(t)
	accounts := filepath.Join(dir, "data", strings.ReplaceAll(defaultDomain, ".", "%2e"), "accounts")
	if err := os.MkdirAll(accounts, 0o700); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr)
	var text bytes.Buffer
	err = prosodyConfig.Execute(&text, struct{ Dir, Port, Domain string }{dir, port, defaultDomain})
	config := filepath.Join(dir, "prosody.cfg.lua")
	if err == nil {
		err = os.WriteFile(config, text.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	launch(t, addr, program, "-F", "--config", config)
	return Server{Addr: addr, peer: true, Account: func(_ context.Context, address string) (string, error) {
		local, _, _ := strings.Cut(address, "@")
		file := filepath.Join(accounts, local+".dat")
		return prosodyPassword, os.WriteFile(file, fmt.Appendf(nil, "return { password = %q };\n", prosodyPassword), 0o600)
	}}
}

// launch starts a program, waits until addr answers, and ends it with the test.
func launch(t *testing.T, addr, program string, args ...string) {
	t.Helper()
	var output bytes.Buffer // read only after the program has ended
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-ended
		if _, said, ok := strings.Cut(output.String(), "doc/depends"); t.Failed() { // behind Prosody's greeting
			if !ok {
				said = output.String()
			}
			t.Logf("%s wrote:\n%s", program, strings.Trim(said, " *\n"))
		}
	})
	for deadline := time.After(20 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended before it listened: %v", program, err)
		case <-deadline:
			t.Fatalf("%s does not listen on %s", program, addr)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freeAddr finds an address on the loopback that nobody listens on.
func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
