//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
)

var prosodyConfig = template.Must(template.New("prosody.cfg.lua").Parse(`
run_as_root = true
pidfile = "{{.Dir}}/prosody.pid"
data_path = "{{.Dir}}/data"
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { {{.Port}} }
modules_disabled = { "s2s" }
http_ports = { {{.HTTP}} }
https_ports = { }
http_host = "127.0.0.1"
http_external_url = "http://127.0.0.1:{{.HTTP}}/"
certificates = "{{.Dir}}"
ssl = { certificate = "{{.Dir}}/cert.pem", key = "{{.Dir}}/key.pem" }
authentication = "internal_plain"
groups_file = "{{.Dir}}/groups.txt"
modules_enabled = {
	"roster"; "saslauth"; "tls"; "disco"; "private"; "ping"; "carbons"; "mam"; "smacks"; "pep"; "bookmarks"; "groups";
}
VirtualHost "{{.Domain}}"
Component "groups.{{.Domain}}" "muc"
Component "upload.{{.Domain}}" "http_file_share"
`))

// startProsody starts Debian's Prosody with the people in a shared roster group.
func startProsody(t *testing.T, p *place, dir string, http int) {
	accounts := filepath.Join(dir, "data", strings.ReplaceAll(domain, ".", "%2e"), "accounts")
	if err := os.MkdirAll(accounts, 0o700); err != nil {
		t.Fatal(err)
	}
	group := "[Everybody]\n"
	for _, name := range people {
		group += fmt.Sprintf("%s@%s=%s\n", name, domain, name)
		write(t, filepath.Join(accounts, name+".dat"), fmt.Sprintf("return { password = %q };\n", password))
	}
	write(t, filepath.Join(dir, "groups.txt"), group)
	var text bytes.Buffer
	err := prosodyConfig.Execute(&text, map[string]any{"Dir": dir, "Port": p.Port, "HTTP": http, "Domain": domain})
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prosody.cfg.lua")
	write(t, config, text.String())
	launch(t, p.Port, dir, "prosody", "-F", "--config", config)
}

func write(t *testing.T, file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
