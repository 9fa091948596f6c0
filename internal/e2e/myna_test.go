//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program finds what is tested.
func program(t *testing.T) string {
	file := os.Getenv("MYNA")
	if file == "" {
		file = filepath.Join("..", "..", "bin", "myna")
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatalf("the program is missing: make build, or name it in MYNA: %v", err)
	}
	return file
}

// startMyna writes a configuration, starts the program, and creates the people.
func startMyna(t *testing.T, p *place, dir string, http, https int) {
	program := program(t)
	config := filepath.Join(dir, "myna.toml")
	text := fmt.Sprintf(`hosts = [%q]
data_dir = %q
[listen]
public_url = "https://127.0.0.1:%d"
origins = [%s]
c2s = ["127.0.0.1:%d"]
c2s_tls = []
s2s = []
s2s_tls = []
component = []
http = ["127.0.0.1:%d"]
https = ["127.0.0.1:%d"]
[tls]
cert = "cert.pem"
key = "key.pem"
%s`, domain, dir, https, p.origins(), p.Port, http, https, p.options)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.CLI = []string{program, "--config", config}
	launch(t, p.Port, dir, program, "--config", config, "serve")
	for _, name := range people {
		cli(t, p, password+"\n", "account", "create", name+"@"+domain, "--name", strings.ToUpper(name[:1])+name[1:], "--password-stdin")
	}
	cli(t, p, "", "alias", "create", "info@"+domain, "--target", "lan@"+domain)
}

// cli runs a command of the program and returns what it prints.
func cli(t *testing.T, p *place, input string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.CLI[0], append(p.CLI[1:len(p.CLI):len(p.CLI)], args...)...)
	cmd.Stdin = strings.NewReader(input)
	var said, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("myna %s: %v\n%s%s", strings.Join(args, " "), err, said.String(), complaints.String())
	}
	return said.String()
}
