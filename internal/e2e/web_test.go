//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const webTime = 12 * time.Minute // for all stories of the web chat and the admin page

// TestWeb tells the stories of the web chat and the admin page, web/e2e, in Chromium. WEB_STORIES="chat groups" tells only these.
func TestWeb(t *testing.T) {
	newWebStage(t, freePort(t)).tell(t, strings.Fields(os.Getenv("WEB_STORIES"))...)
}

// webStage is a server for stories that browsers tell.
type webStage struct {
	npx        string
	port, mail int
	cli        []string
	settings   map[string]any
}

// newWebStage starts the server; a webmail at the port mail may show the chat.
func newWebStage(t *testing.T, mail int) *webStage {
	t.Helper()
	npx, err := exec.LookPath("npx")
	if err != nil {
		t.Skip("npm is missing: the web chat is not tested")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is missing: the web chat is not tested")
	}
	port, cli := startForBrowsers(t, mail)
	return &webStage{npx: npx, port: port, mail: mail, cli: cli, settings: map[string]any{
		"port": port, "mail": mail, "chromium": chromium, "domain": domain, "password": password, "cli": cli,
	}}
}

// tell tells stories, all where none is named.
func (s *webStage) tell(t *testing.T, stories ...string) {
	t.Helper()
	var failures []string
	t.Cleanup(func() { // after all that the server wrote, where the end of a report is read
		if len(failures) > 0 {
			t.Logf("what failed:\n%s", strings.Join(failures, "\n"))
		}
	})
	settings, err := json.Marshal(s.settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), webTime)
	defer cancel()
	args := append([]string{"vitest", "run", "--config", "e2e/vitest.config.ts"}, stories...)
	cmd := exec.CommandContext(ctx, s.npx, args...)
	cmd.Dir = filepath.Join("..", "..", "web")
	cmd.Env = append(os.Environ(), "WEB_STORY="+string(settings), "NO_COLOR=1")
	output, err := cmd.CombinedOutput()
	if err != nil {
		failures = failed(string(output))
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("%s", output)
}

// failed picks from a report of the stories which failed, and by what.
func failed(report string) []string {
	var lines []string
	for line := range strings.Lines(report) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "FAIL ") || strings.Contains(line, "Error: ") || strings.Contains(line, ".story.ts:") || strings.Contains(line, "waiting for ") {
			lines = append(lines, line)
		}
	}
	return lines[:min(len(lines), 40)]
}

// startForBrowsers starts a server with plain HTTP on this machine and people whose names need diacritics. A webmail at the port mail
// may show the chat. It returns the port and the command line.
func startForBrowsers(t *testing.T, mail int) (int, []string) {
	dir, program, port := t.TempDir(), program(t), freePort(t)
	config := filepath.Join(dir, "myna.toml")
	text := fmt.Sprintf(`hosts = [%q]
data_dir = %q
[listen]
public_url = "http://localhost:%d"
origins = ["http://localhost:%d"]
c2s = []
c2s_tls = []
s2s = []
s2s_tls = []
http = ["127.0.0.1:%d"]
https = []
[tls]
plaintext_loopback = true
[limits]
failed_logins_per_minute = 0
[modules.upload]
max_file = 1000000
`, domain, dir, port, mail, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, port, dir, program, "--config", config, "serve")
	p := &place{CLI: []string{program, "--config", config}}
	for name, shown := range map[string]string{"lan": "Nguyễn Thị Lan", "minh": "Trần Văn Minh", "hoa": "Lê Thị Hoa", "tuan": "Đặng Tuấn"} {
		cli(t, p, password+"\n", "account", "create", name+"@"+domain, "--name", shown, "--password-stdin")
	}
	r, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/chat.json", port))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Skip("bin/myna was built without the web chat (make web): it is not tested")
	}
	return port, p.CLI
}
