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

// A port in use is one line: which address, which key, which file.
func TestServeSaysWhichPortIsTaken(t *testing.T) {
	s := newShell(t)
	s.set()
	var taken []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		taken = append(taken, l.Addr().String())
	}
	one := strings.Replace(quiet, `c2s = ["127.0.0.1:0"]`, `c2s = ["127.0.0.1:0", "`+taken[0]+`"]`, 1)
	for text, want := range map[string]string{
		one: `listen.c2s = "` + taken[0] + `": another program uses this address`,
		strings.Replace(one, "http = []", `http = ["`+taken[1]+`"]`, 1): `listen.c2s = "` + taken[0] + `": another program uses this address; ` +
			`listen.http = "` + taken[1] + `": another program uses this address`,
	} {
		s.write("myna.toml", "hosts = [\"example.com\"]"+text)
		status, _, err := s.input("", "serve")
		if line := "myna: start: listen: " + want + "; change that in " + s.file + "\n"; status != failed || err != line {
			t.Errorf("status %d\n%swant\n%s", status, err, line)
		}
	}
}

// What was asked for by name and is not served is told; the defaults are nobody's wish.
func TestServeTellsWhatItDoesNotServe(t *testing.T) {
	for text, key := range map[string]string{
		quiet: "", strings.Replace(quiet, "s2s = []\ns2s_tls = []\n", "", 1): "",
		strings.Replace(quiet, "s2s = []", `s2s = ["127.0.0.1:0"]`, 1):         "listen.s2s",
		strings.Replace(quiet, "s2s = []", `component = ["127.0.0.1:0"]`, 1):   "listen.component",
		strings.Replace(quiet, "s2s_tls = []", `s2s_tls = ["127.0.0.1:0"]`, 1): "listen.s2s_tls",
	} {
		s := newShell(t)
		s.set()
		s.write("myna.toml", "hosts = [\"example.com\"]"+text)
		sup, log := newSupervisor(t), newJournal()
		stop := s.service(sup, log, newJournal(), "serve")
		sup.expect("READY=1")
		if got := stop(); got != done {
			t.Errorf("status %d\n%s", got, log)
		}
		told := strings.Count(log.String(), "this version does not serve what is configured")
		if key == "" && told != 0 || key != "" && (told != 1 || !strings.Contains(log.String(), "key="+key+" ")) {
			t.Errorf("%s: told %d times\n%s", key, told, log)
		}
	}
}

// The one line of hosts is enough: a certificate is made where none is named. One that is named and missing is told.
func TestServeMakesTheFirstCertificate(t *testing.T) {
	s := newShell(t)
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet)
	sup, log := newSupervisor(t), newJournal()
	stop := s.service(sup, log, newJournal(), "serve")
	sup.expect("READY=1")
	if got := stop(); got != done {
		t.Errorf("status %d\n%s", got, log)
	}
	file := filepath.Join(s.dir, "data", "cert.pem")
	if _, err := os.Stat(file); err != nil || !strings.Contains(log.String(), `level=WARN msg="a self-signed certificate was made, as the configuration names none" file=`+file) {
		t.Errorf("%v\n%s", err, log)
	}
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet+"[tls]\ncert = \"mine.pem\"\nkey = \"mine.key\"\n")
	s.fails(failed, "mine.pem: no such file or directory; set tls.cert and tls.key to the files of a certificate and its key", "serve")
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

// TestEndedByAnAdministrator restarts the server and shuts it down, as XEP-0133 § 4.30 and § 4.31 have it.
func TestEndedByAnAdministrator(t *testing.T) {
	s := newShell(t)
	s.set()
	s.write("myna.toml", "hosts = [\"example.com\"]"+quiet)
	cfg, err := config.Load(s.file)
	if err != nil {
		t.Fatal(err)
	}
	sup, log := newSupervisor(t), newJournal()
	stop := s.service(sup, log, newJournal(), "serve")
	sup.expect("READY=1")
	for _, restart := range []bool{true, false} {
		client, err := admin.Dial(cfg.Path(cfg.Listen.AdminSocket))
		if err != nil {
			t.Fatal(err)
		}
		var at admin.Stopping
		if err := client.Call(t.Context(), "server.stop", admin.Stop{Delay: 3601}, &at, nil); err == nil {
			t.Error("a delay of more than an hour is taken")
		}
		if err := client.Call(t.Context(), "server.stop", admin.Stop{Restart: restart, Text: "Now!"}, &at, nil); err != nil {
			t.Fatal(err)
		}
		client.Close()
		sup.expect("STOPPING=1")
		if restart {
			sup.expect("READY=1")
		}
	}
	log.expect(t, "shutting down, as an administrator wants it")
	if status := stop(); status != done {
		t.Errorf("status %d", status)
	}
}

func TestDomainCommands(t *testing.T) {
	s := newShell(t)
	s.set()
	for _, kind := range []string{"motd", "welcome"} {
		if out := s.ok("domain", kind, "example.com"); out != "There is none.\n" {
			t.Error(out)
		}
		if out := s.ok("domain", kind, "example.com", "Hello,\nworld"); out != "The message of example.com is set.\n" {
			t.Error(out)
		}
		if out := s.ok("domain", kind, "example.com"); out != "Hello,\nworld\n" {
			t.Error(out)
		}
		s.ok("domain", kind, "example.com", "--delete")
		if out := s.ok("domain", kind, "example.com"); out != "There is none.\n" {
			t.Error(out)
		}
		s.fails(misuse, "give a text, or --delete", "domain", kind, "example.com", "x", "--delete")
		s.fails(failed, "is not a domain of this server", "domain", kind, "example.org", "x")
	}
	s.fails(failed, "the server does not run", "domain", "announce", "example.com", "Lunch!")
}
