package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"myna/admin"
	"myna/config"
)

// supervisor is what systemd is for a service: it hears how the service is.
type supervisor struct {
	t    *testing.T
	conn *net.UnixConn
	path string
}

func newSupervisor(t *testing.T) *supervisor {
	t.Helper()
	path := filepath.Join(t.TempDir(), "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &supervisor{t, conn, path}
}

func (s *supervisor) expect(state string) {
	s.t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	b := make([]byte, 256)
	n, err := s.conn.Read(b)
	if err != nil || string(b[:n]) != state {
		s.t.Fatalf("the service says %q, %v; want %q", b[:n], err, state)
	}
}

// journal is a log that can be waited for.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newJournal() *journal { return &journal{changed: make(chan struct{}, 1)} }

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case j.changed <- struct{}{}:
	default:
	}
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) expect(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !strings.Contains(j.String(), text) {
		select {
		case <-j.changed:
		case <-deadline:
			t.Fatalf("no %q in the log:\n%s", text, j.String())
		}
	}
}

// service runs a command that serves, until the function is called; that returns its exit status.
func (s *shell) service(sup *supervisor, log *journal, out *journal, args ...string) (stop func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cli{in: strings.NewReader(""), out: out, err: log, backend: serverBackend(), name: "myna", env: func(k string) string {
		return map[string]string{"MYNA_CONFIG": s.file, "NOTIFY_SOCKET": sup.path}[k]
	}}
	status := make(chan int, 1)
	go func() { status <- c.run(ctx, args) }()
	return func() int {
		cancel()
		return <-status
	}
}

const quiet = `
data_dir = "data"
[listen]
c2s = ["127.0.0.1:0"]
c2s_tls = []
s2s = []
s2s_tls = []
http = []
https = []
`

func TestServe(t *testing.T) {
	s := newShell(t)
	s.set()
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet)
	sup, log := newSupervisor(t), newJournal()
	stop := s.service(sup, log, newJournal(), "serve")
	sup.expect("READY=1")
	if st := decode[admin.Status](t, s.ok("status", "--json")); !st.Running {
		t.Errorf("status %+v", st)
	}
	if a := decode[admin.CreatedAccount](t, s.ok("account", "create", "chi@example.com", "--generate-password", "--json")); a.Password == "" {
		t.Errorf("created %+v", a)
	}
	s.fails(failed, "nobody", "account", "kick", "nobody@example.com")
	if out := s.ok("account", "sessions", "chi@example.com"); out != "Not signed in.\n" {
		t.Error(out)
	}
	s.ok("reload")
	status, out, err := s.input("", "doctor", "--no-dns")
	if !strings.Contains(out, "it runs") || !strings.Contains(out, "self-signed") {
		t.Errorf("doctor: %d\n%s%s", status, out, err)
	}
	// A wrong configuration changes nothing, and the server goes on.
	s.write("myna.toml", "hosts = []"+quiet)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	log.expect(t, "configuration was not reloaded, nothing was changed")
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet+"[log]\nlevel = \"debug\"\n")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	log.expect(t, `msg="configuration was reloaded"`)
	if got := stop(); got != done {
		t.Errorf("status %d\n%s", got, log)
	}
	sup.expect("STOPPING=1")
	if st := decode[admin.Status](t, s.ok("status", "--json")); st.Running || st.Hosts[0].Accounts != 2 {
		t.Errorf("after the end: %+v", st)
	}
}

func TestServeEndsAtSIGTERM(t *testing.T) {
	s := newShell(t)
	s.set()
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet)
	sup, log := newSupervisor(t), newJournal()
	stop := s.service(sup, log, newJournal(), "serve")
	sup.expect("READY=1")
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	sup.expect("STOPPING=1")
	if got := stop(); got != done {
		t.Errorf("status %d\n%s", got, log)
	}
}

func TestServeRefusesToStartTwice(t *testing.T) {
	s := newShell(t)
	s.set()
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet)
	sup := newSupervisor(t)
	stop := s.service(sup, newJournal(), newJournal(), "serve")
	sup.expect("READY=1")
	status, _, err := s.input("", "serve")
	if status != failed || !strings.Contains(err, "a server runs already") {
		t.Errorf("second server: %d %s", status, err)
	}
	s.ok("status")
	if got := stop(); got != done {
		t.Errorf("status %d", got)
	}
}

// A server whose socket is not there yet, or is off, is not worked around.
func TestCommandWaitsForTheData(t *testing.T) {
	s := newShell(t)
	s.set()
	release, err := lock(filepath.Join(s.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(s.file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := claim(ctx, cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("data in use: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	s.ok("status")
}

func TestDev(t *testing.T) {
	s := newShell(t)
	dir := filepath.Join(s.dir, "demo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("demo/myna.toml", "hosts = [\"localhost\"]"+strings.Replace(quiet, `"data"`, `"."`, 1))
	var first string
	for range 2 {
		sup, log, out := newSupervisor(t), newJournal(), newJournal()
		stop := s.service(sup, log, out, "dev", "--data", dir)
		out.expect(t, "account create chi@localhost")
		s.file = filepath.Join(dir, "myna.toml")
		if d := decode[admin.AliasDetail](t, s.ok("alias", "show", "sales@localhost", "--json")); len(d.Targets) != 2 || d.GroupChat {
			t.Errorf("alias %+v", d)
		}
		if got := stop(); got != done {
			t.Errorf("status %d\n%s", got, log)
		}
		if first == "" {
			first = out.String()
			for _, want := range []string{"lan@localhost", "minh@localhost", "admin@localhost", "PASSWORD", "127.0.0.1"} {
				if !strings.Contains(first, want) {
					t.Errorf("the demo does not tell %q\n%s", want, first)
				}
			}
		} else if first != out.String() {
			t.Errorf("the second start prints other things:\n%s\n%s", first, out)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "passwords.json")); err != nil || info.Mode() != 0o600 {
		t.Errorf("passwords %v, %v", info, err)
	}
}

// The demo's own configuration is right; its ports are not opened here, as they may be in use.
func TestDemoConfig(t *testing.T) {
	s := newShell(t)
	s.write("myna.toml", demoConfig)
	s.ok("config", "check")
	show := decode[map[string]any](t, s.ok("config", "show", "--json"))
	for kind, list := range show["listen"].(map[string]any) {
		addrs, _ := list.([]any)
		for _, a := range addrs {
			if !strings.HasPrefix(a.(string), "127.0.0.1:") {
				t.Errorf("%s listens on %s", kind, a)
			}
		}
	}
}
