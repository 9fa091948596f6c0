//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestConverse tells the story of Converse.js in Chromium, on a page of another origin.
func TestConverse(t *testing.T) {
	t.Parallel()
	needNode(t)
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is missing: Converse.js is not told of")
	}
	dir, script := t.TempDir(), t.TempDir()
	npmInstall(t, "story/converse", script)
	https := freePort(t)
	p := &place{Host: "127.0.0.1", Port: freePort(t), HTTPS: https, Domain: domain, Password: password, People: people,
		CA: writeCertificate(t, dir), Seconds: storyTime.Seconds(), Chromium: chromium, Page: freePort(t)}
	startMyna(t, p, dir, freePort(t), https)
	cli(t, p, "", "alias", "create", "team@"+domain, "--target", "lan@"+domain, "--target", "minh@"+domain, "--group-chat")
	p.Key = webmailKey(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "converse.js")
	node.Dir = script
	node.Env = append(os.Environ(), "STORY="+settingsOf(t, p), "NODE_EXTRA_CA_CERTS="+p.CA)
	output, err := node.CombinedOutput()
	if text := strings.TrimSpace(string(output)); err != nil || !strings.HasSuffix(text, "ok converse") {
		t.Fatalf("the story fails (%v):\n%s", err, text)
	}
}

// origins are the pages that may connect, as the configuration has it.
func (p *place) origins() string {
	if p.Page == 0 {
		return ""
	}
	return fmt.Sprintf("%q", fmt.Sprintf("http://localhost:%d", p.Page))
}
