//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const webTime = 12 * time.Minute // for all stories of the web chat and the admin page

// ofAdmins are stories that take about half of the time of all.
func ofAdmins() []string { return []string{"accounts", "admin", "contacts", "pages", "safe"} }

// TestWeb tells the stories of the web chat and the admin page, web/e2e, in Chromium: half of them beside the other half, each with a
// server of its own. WEB_STORIES="chat groups" tells only these.
func TestWeb(t *testing.T) {
	t.Parallel()
	if named := strings.Fields(os.Getenv("WEB_STORIES")); len(named) > 0 {
		newWebStage(t, freePort(t), false).tell(t, named...)
		return
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "web", "e2e", "*.story.ts"))
	if err != nil || len(files) < 10 {
		t.Fatal(err, files)
	}
	parts := map[string][]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".story.ts")
		switch {
		case name == "secure", name == "roundcube": // they have stages of their own
		case slices.Contains(ofAdmins(), name):
			parts["admins"] = append(parts["admins"], name)
		default:
			parts["people"] = append(parts["people"], name)
		}
	}
	for part, stories := range parts {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			newWebStage(t, freePort(t), false).tell(t, stories...)
		})
	}
}

// TestWebSecure tells one story by HTTP/2 and WebSockets inside the server's own TLS, as everybody but a developer meets the chat.
func TestWebSecure(t *testing.T) {
	t.Parallel()
	newWebStage(t, freePort(t), true).tell(t, "secure")
}

// webStage is a server for stories that browsers tell.
type webStage struct {
	npx        string
	port, mail int
	cli        []string
	authority  string // the file of the certificate to trust, "" without TLS
	settings   map[string]any
}

// newWebStage starts the server; a webmail at the port mail may show the chat. secure: all is inside TLS.
func newWebStage(t *testing.T, mail int, secure bool) *webStage {
	t.Helper()
	npx, err := exec.LookPath("npx")
	if err != nil {
		t.Skip("npm is missing: the web chat is not tested")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is missing: the web chat is not tested")
	}
	port, cli, authority := startForBrowsers(t, mail, secure)
	s := &webStage{npx: npx, port: port, mail: mail, cli: cli, authority: authority, settings: map[string]any{
		"port": port, "mail": mail, "chromium": chromium, "domain": domain, "password": password, "cli": cli,
	}}
	if secure {
		s.settings["secure"] = map[string]string{"hash": keyHash(t, authority), "cert": authority, "key": filepath.Join(filepath.Dir(authority), "key.pem")}
	}
	return s
}

// keyHash is the hash of a certificate's key by which Chromium is told to trust it (RFC 7469 § 2.4).
func keyHash(t *testing.T, file string) string {
	cert := readCertificate(t, file)
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// tell tells stories.
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
	args := []string{"vitest", "run", "--config", "e2e/vitest.config.ts"}
	for _, story := range stories {
		args = append(args, story+".story.ts")
	}
	cmd := exec.CommandContext(ctx, s.npx, args...)
	cmd.Dir = filepath.Join("..", "..", "web")
	cmd.Env = append(os.Environ(), "WEB_STORY="+string(settings), "NO_COLOR=1", "NODE_EXTRA_CA_CERTS="+s.authority)
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

// startForBrowsers starts a server with HTTP on this machine and people whose names need diacritics. A webmail at the port mail
// may show the chat. It returns the port, the command line, and, with TLS, the certificate's file.
func startForBrowsers(t *testing.T, mail int, secure bool) (int, []string, string) {
	dir, program, port := t.TempDir(), program(t), freePort(t)
	config := filepath.Join(dir, "myna.toml")
	scheme, open, inside, authority := "http", fmt.Sprintf("127.0.0.1:%d", port), "", ""
	security := "plaintext_loopback = true\n"
	if secure {
		scheme, open, inside, authority = "https", "", open, writeCertificate(t, dir)
		security = "cert = \"cert.pem\"\nkey = \"key.pem\"\n"
	}
	text := fmt.Sprintf(`hosts = [%q]
data_dir = %q
[listen]
public_url = "%[3]s://localhost:%[4]d"
origins = ["%[3]s://localhost:%[5]d"]
c2s = []
c2s_tls = []
s2s = []
s2s_tls = []
http = [%[6]s]
https = [%[7]s]
[tls]
%[8]s[limits]
failed_logins_per_minute = 0
[modules.upload]
max_file = 1000000
`, domain, dir, scheme, port, mail, quoted(open), quoted(inside), security)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	launch(t, port, dir, program, "--config", config, "serve")
	p := &place{CLI: []string{program, "--config", config}}
	for name, shown := range map[string]string{"lan": "Nguyễn Thị Lan", "minh": "Trần Văn Minh", "hoa": "Lê Thị Hoa", "tuan": "Đặng Tuấn"} {
		cli(t, p, password+"\n", "account", "create", name+"@"+domain, "--name", shown, "--password-stdin")
	}
	if !hasChat(t, fmt.Sprintf("%s://127.0.0.1:%d/chat.json", scheme, port), authority) {
		t.Skip("bin/myna was built without the web chat (make web): it is not tested")
	}
	return port, p.CLI, authority
}

// quoted is a list of addresses in a configuration, of one or none.
func quoted(address string) string {
	if address == "" {
		return ""
	}
	return strconv.Quote(address)
}

// hasChat tells whether the server was built with the web chat.
func hasChat(t *testing.T, url, authority string) bool {
	client := &http.Client{}
	if authority != "" {
		pool := x509.NewCertPool()
		pool.AddCert(readCertificate(t, authority))
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	}
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	client.CloseIdleConnections()
	return r.StatusCode == http.StatusOK
}
