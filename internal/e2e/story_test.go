//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	domain   = "example.com"
	password = "correct horse 9 battery"
	// storyTime bounds one story; each of its waits is shorter.
	storyTime = 60 * time.Second
)

// people are the accounts of the domain.
var people = []string{"lan", "minh", "hoa", "tuan"}

// place is a server under test, and what a story needs to know of it.
type place struct {
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	CA       string   `json:"ca"`
	HTTPS    int      `json:"https"`
	Domain   string   `json:"domain"`
	Password string   `json:"password"`
	People   []string `json:"people"`
	CLI      []string `json:"cli"` // the command line of Myna; empty with another server
	Sender   []string `json:"sendxmpp"`
	Seconds  float64  `json:"seconds"`
	Chromium string   `json:"chromium,omitempty"`
	Key      string   `json:"key,omitempty"`  // of the HTTP API, for the domain
	Page     int      `json:"page,omitempty"` // the port of a page with a client, which may connect

	options string // of modules, for the configuration of Myna
}

// TestStory tells the stories one after another to one server, as a day goes.
func TestStory(t *testing.T) {
	t.Parallel()
	python := findPython(t)
	p := open(t)
	for _, name := range []string{"roster", "presence", "chat", "carbons", "offline", "archive", "resume", "upload", "group", "words", "foreign"} {
		t.Run(name, func(t *testing.T) {
			if name == "group" && len(p.CLI) == 0 {
				t.Skip("aliases are ours alone")
			}
			if name == "words" && len(p.CLI) == 0 {
				t.Skip("others have not all of it")
			}
			tell(t, python, p, "story.py", name)
		})
		if name == "roster" && t.Failed() {
			t.Fatal("nobody can sign in as they should: the other stories are not told")
		}
	}
}

// tell runs one story of a file in a process of its own.
func tell(t *testing.T, python string, p *place, file, name string) {
	settings, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	if err := os.Chmod(filepath.Dir(temporary), 0o711); err != nil { // programs that run as nobody have their homes there
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(p.Seconds*float64(time.Second))+10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "story/"+file, name)
	cmd.Env = append(os.Environ(), "STORY="+string(settings), "SSL_CERT_FILE="+p.CA, "PYTHONDONTWRITEBYTECODE=1", "TMPDIR="+temporary)
	output, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(output))
	if err != nil || !strings.HasSuffix(text, "ok "+name) {
		t.Fatalf("the story fails (%v):\n%s", err, text)
	}
	t.Log(text)
}

// findPython finds an interpreter that has slixmpp: the first in the path may be another than Debian's.
func findPython(t *testing.T) string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import slixmpp, aiohttp").Run() == nil {
			return python
		}
	}
	t.Fatal("slixmpp is missing: apt-get install python3-slixmpp python3-aiohttp")
	return ""
}

// open starts the server that the stories are told to.
func open(t *testing.T) *place { return openWith(t, "") }

// openWith is open for a Myna with options of modules.
func openWith(t *testing.T, options string) *place {
	sender, err := exec.LookPath("go-sendxmpp")
	if err != nil {
		t.Fatal("go-sendxmpp is missing: apt-get install go-sendxmpp")
	}
	dir := t.TempDir()
	c2s, http, https := freePort(t), freePort(t), freePort(t)
	p := &place{Host: "127.0.0.1", Port: c2s, Domain: domain, Password: password, People: people,
		CA: writeCertificate(t, dir), Seconds: storyTime.Seconds(), options: options}
	p.Sender = []string{sender, "--username", "lan@" + domain, "--password", password,
		"--jserver", fmt.Sprintf("%s:%d", p.Host, p.Port)}
	switch peer := os.Getenv("E2E_PEER"); peer {
	case "":
		startMyna(t, p, dir, http, https)
	case "prosody":
		startProsody(t, p, dir, http)
	default:
		t.Fatalf("E2E_PEER=%s: only prosody is known", peer)
	}
	return p
}
