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

// TestNode tells the stories of libraries that run in Node.js: @xmpp/client, which signs in, binds and resumes in one step, and
// with a token (XEP-0388, XEP-0386, XEP-0484), stanza and Strophe, which connect over WebSocket (RFC 7395) and BOSH (XEP-0124), Strophe
// also in a session that was begun for it.
// npm installs them beside a copy of the scripts.
func TestNode(t *testing.T) {
	t.Parallel()
	needNode(t)
	dir, scripts := t.TempDir(), t.TempDir()
	npmInstall(t, "story/js", scripts)
	https := freePort(t)
	p := &place{Host: "127.0.0.1", Port: freePort(t), HTTPS: https, Domain: domain, Password: password, People: people,
		CA: writeCertificate(t, dir), Seconds: storyTime.Seconds()}
	startMyna(t, p, dir, freePort(t), https)
	cli(t, p, "", "alias", "create", "team@"+domain, "--target", "lan@"+domain, "--target", "minh@"+domain, "--group-chat")
	p.Key = webmailKey(t, p)
	for _, name := range []string{"onestep", "stanza", "strophe"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), storyTime+10*time.Second)
			defer cancel()
			node := exec.CommandContext(ctx, "node", name+".js")
			node.Dir = scripts
			node.Env = append(os.Environ(), "STORY="+settingsOf(t, p), "NODE_EXTRA_CA_CERTS="+p.CA)
			output, err := node.CombinedOutput()
			if text := strings.TrimSpace(string(output)); err != nil || !strings.HasSuffix(text, "ok "+name) {
				t.Fatalf("the story fails (%v):\n%s", err, text)
			}
		})
	}
}

// webmailKey makes a key of the HTTP API for a program that vouches for users of the domain.
func webmailKey(t *testing.T, p *place) string {
	t.Helper()
	var key struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal([]byte(cli(t, p, "", "key", "create", "webmail", "--domain", domain, "--json")), &key); err != nil || key.Key == "" {
		t.Fatal(err, key)
	}
	return key.Key
}

// needNode skips a test where npm or a recent Node.js is missing, and for other servers.
func needNode(t *testing.T) {
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: clients that run on it are not told of (apt-get install npm)", program)
		}
	}
	if exec.Command("node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)").Run() != nil {
		t.Skip("node is older than 20: clients that run on it are not told of")
	}
	if os.Getenv("E2E_PEER") != "" {
		t.Skip("the story is of what only Myna has")
	}
}

// npmInstall copies scripts and installs what they need beside them.
func npmInstall(t *testing.T, from, to string) {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = to
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, output)
	}
}

func settingsOf(t *testing.T, p *place) string {
	settings, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(settings)
}
