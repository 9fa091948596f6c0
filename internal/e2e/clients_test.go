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

// app is a program that a person uses; the story is in story/NAME.py.
type app struct {
	name  string
	needs []string // the programs without which it is not told
	probe []string // a command that succeeds where the story can be told
}

var apps = []app{
	{"profanity", []string{"profanity", "tmux"}, nil},
	{"gajim", []string{"gajim", "Xvfb", "dbus-run-session", "gdbus"}, []string{"/usr/bin/python3", "-c", "import gi"}},
	// Dino trusts the authorities of the system only: it sees others there in a mount namespace of its own.
	{"dino", []string{"dino-im", "Xvfb", "dbus-run-session", "gapplication", "xdotool"},
		[]string{"unshare", "--map-root-user", "--mount", "mount", "--bind", "/etc/passwd", "/etc/ssl/certs/ca-certificates.crt"}},
}

// TestClients tells a day with each of the clients that E2E_CLIENTS names, as a person sees it: their screens are read and
// their keys pressed. Each has a server of its own.
func TestClients(t *testing.T) {
	wanted := strings.Fields(os.Getenv("E2E_CLIENTS"))
	for _, c := range apps {
		t.Run(c.name, func(t *testing.T) {
			if !slices.Contains(wanted, c.name) {
				t.Skip("E2E_CLIENTS does not name it: make clients")
			}
			if os.Getenv("E2E_PEER") != "" {
				t.Skip("groups are ours alone")
			}
			c.check(t)
			python, dir := findPython(t), t.TempDir()
			https := freePort(t)
			p := &place{Host: "127.0.0.1", Port: freePort(t), HTTPS: https, Domain: domain, Password: password, People: people,
				CA: writeCertificate(t, dir), Seconds: dayTime.Seconds()}
			startMyna(t, p, dir, freePort(t), https)
			tell(t, python, p, c.name+".py", c.name)
		})
	}
}

// check leaves the story out where something is missing for it.
func (c app) check(t *testing.T) {
	for _, program := range c.needs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is missing: sh internal/e2e/install.sh", program)
		}
	}
	if len(c.probe) == 0 {
		return
	}
	if output, err := exec.Command(c.probe[0], c.probe[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%s fails: %v: %s", strings.Join(c.probe, " "), err, output)
	}
}
