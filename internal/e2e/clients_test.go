//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// dayTime bounds the story of one client; programs with windows take their time to start.
const dayTime = 5 * time.Minute

// TestClients tells a day with each of the clients that E2E_CLIENTS names, as a person sees it: their screens are read and
// their keys pressed. Each has a server of its own.
func TestClients(t *testing.T) {
	wanted := strings.Fields(os.Getenv("E2E_CLIENTS"))
	clients := []struct {
		name  string
		needs []string
	}{
		{"profanity", []string{"profanity", "tmux"}},
	}
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			if !slices.Contains(wanted, c.name) {
				t.Skip("E2E_CLIENTS does not name it: make clients")
			}
			for _, program := range c.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("%s is missing: sh internal/e2e/install.sh", program)
				}
			}
			if os.Getenv("E2E_PEER") != "" {
				t.Skip("groups are ours alone")
			}
			python, dir := findPython(t), t.TempDir()
			https := freePort(t)
			p := &place{Host: "127.0.0.1", Port: freePort(t), HTTPS: https, Domain: domain, Password: password, People: people,
				CA: writeCertificate(t, dir), Seconds: dayTime.Seconds()}
			startMyna(t, p, dir, freePort(t), https)
			tell(t, python, p, c.name+".py", c.name)
		})
	}
}
