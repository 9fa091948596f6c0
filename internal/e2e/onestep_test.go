//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestOneStep tells the story of a client that signs in, binds and resumes in one step, and with a token (XEP-0388,
// XEP-0386, XEP-0484): @xmpp/client, which npm installs beside a copy of the script.
func TestOneStep(t *testing.T) {
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: the story of @xmpp/client is not told (apt-get install npm)", program)
		}
	}
	if exec.Command("node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)").Run() != nil {
		t.Skip("node is older than 20: the story of @xmpp/client is not told")
	}
	if os.Getenv("E2E_PEER") != "" {
		t.Skip("the addresses are made by each server in its own way")
	}
	dir, script := t.TempDir(), t.TempDir()
	if err := os.CopyFS(script, os.DirFS("story/js")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts")
	install.Dir = script
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
	https := freePort(t)
	p := &place{Host: "127.0.0.1", Port: freePort(t), HTTPS: https, Domain: domain, Password: password, People: people,
		CA: writeCertificate(t, dir), Seconds: storyTime.Seconds()}
	startMyna(t, p, dir, freePort(t), https)
	settings, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(ctx, "node", "onestep.js")
	node.Dir = script
	node.Env = append(os.Environ(), "STORY="+string(settings), "NODE_EXTRA_CA_CERTS="+p.CA)
	output, err := node.CombinedOutput()
	if text := strings.TrimSpace(string(output)); err != nil || !strings.HasSuffix(text, "ok onestep") {
		t.Fatalf("the story fails (%v):\n%s", err, text)
	}
}
