// Package peers starts the servers that are compared: Debian's prosody and ejabberd, and myna. Each runs as a child
// process with a fresh data folder, on loopback ports, with a certificate made for it and with its throttles off;
// everything is gone after Stop.
package peers

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"text/template"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/scenario"
)

// Domain is the served domain.
const Domain = "bench.test"

const password = "bench-password-8G" // of every account of every server, gone with the data folder

//go:embed *.tmpl
var templates embed.FS

// Variant is a server with a kind of archive.
type Variant struct {
	Server  string // prosody, ejabberd, myna, relay
	Archive string // none; prosody: internal, sqlite; ejabberd: mnesia, sqlite; myna: full, normal
	Binary  string // of myna
}

// String gives server/archive.
func (v Variant) String() string { return v.Server + "/" + v.Archive }

// Variants lists what can be compared on this machine. mynaBinary may be empty.
func Variants(mynaBinary string) []Variant {
	var all []Variant
	if mynaBinary != "" {
		for _, a := range []string{"none", "normal", "full"} {
			all = append(all, Variant{"myna", a, mynaBinary})
		}
	}
	if _, err := exec.LookPath("prosody"); err == nil {
		all = append(all, Variant{"prosody", "none", ""}, Variant{"prosody", "internal", ""},
			Variant{"prosody", "sqlite", ""})
	}
	if _, err := os.Stat(erlangLibraries + "/ejabberd-23.01/ebin/ejabberd.app"); err == nil {
		all = append(all, Variant{"ejabberd", "none", ""}, Variant{"ejabberd", "mnesia", ""},
			Variant{"ejabberd", "sqlite", ""})
	}
	return append(all, Variant{"relay", "none", ""})
}

// bare prepares this program's own relay, which shows what the sockets cost by themselves.
func bare(_ context.Context, _ Variant, st site) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own program: %w", err)
	}
	return exec.Command(self, "relay", "--addr", addr(st.Port), "--direct", addr(st.DirectPort), "--domain", st.Domain,
		"--cert", st.Cert, "--key", st.Key), nil
}

// Setup says what must be there before the load starts.
type Setup struct {
	Accounts     int
	Rooms        int // myna: as aliases with group chat; others create rooms when somebody joins
	Occupants    int
	Quiet        bool // rooms do not tell who comes and goes, but of moderators; their first occupant is one
	SharedRoster bool // everybody is in everybody's roster
	Transport    client.Transport
}

// Server is a running server.
type Server struct {
	Target    scenario.Target
	dir       string
	cmd       *exec.Cmd
	done      chan struct{} // closed when the process ended
	readyFile string        // written by the server's start-up script, or empty
}

// site is what the configuration templates see.
type site struct {
	Domain, Rooms, Dir, Cert, Key, Archive string
	Port, DirectPort                       int
	Setup                                  Setup
	TLS                                    bool
	Contacts                               bool // myna: there is a module contacts
}

// Start writes the configuration, creates the accounts, starts the server and waits until it listens.
func Start(ctx context.Context, v Variant, s Setup) (*Server, error) {
	dir, err := os.MkdirTemp("", "mynabench-")
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", v, err)
	}
	srv, err := start(ctx, v, s, dir)
	if err != nil {
		err = fmt.Errorf("start %s: %w%s", v, err, tail(dir))
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return srv, nil
}

func start(ctx context.Context, v Variant, s Setup, dir string) (*Server, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	st := site{Domain: Domain, Rooms: "groups." + Domain, Dir: dir, Cert: filepath.Join(dir, "cert.pem"),
		Key: filepath.Join(dir, "key.pem"), Archive: v.Archive, Port: ports[0], DirectPort: ports[1], Setup: s,
		TLS: s.Transport != client.Plain}
	if err := WriteCertificate(st.Cert, st.Key, Domain, st.Rooms); err != nil {
		return nil, err
	}
	prepare, ok := map[string]func(context.Context, Variant, site) (*exec.Cmd, error){
		"prosody": prosody, "ejabberd": ejabberd, "myna": myna, "relay": bare}[v.Server]
	if !ok {
		return nil, errors.New("unknown server")
	}
	cmd, err := prepare(ctx, v, st)
	if err != nil {
		return nil, err
	}
	srv := &Server{dir: dir, cmd: cmd, done: make(chan struct{}), Target: scenario.Target{
		Addr: addr(st.Port), DirectAddr: addr(st.DirectPort), Transport: s.Transport, Domain: Domain, Rooms: st.Rooms,
		Password: password, Keys: new(client.Keys)}}
	if v.Server == "ejabberd" {
		srv.readyFile = filepath.Join(dir, readyName)
	}
	if err := srv.launch(ctx); err != nil {
		return nil, err
	}
	return srv, nil
}

func addr(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// launch starts the prepared process; its output goes to a file in the data folder.
func (s *Server) launch(ctx context.Context) error {
	out, err := os.OpenFile(filepath.Join(s.dir, "output.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("create output: %w", err)
	}
	defer out.Close()
	s.cmd.Stdout, s.cmd.Stderr = out, out
	// Stop reaches helpers of the server by the group; should we be killed ourselves, the kernel ends the server.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		defer close(s.done)
		runtime.LockOSThread() // Pdeathsig is sent when the starting thread ends: it stays until the server ended
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start process: %w", err)
	}
	s.Target.PID = s.cmd.Process.Pid
	if err := s.ready(ctx); err != nil {
		s.kill()
		return err
	}
	return nil
}

// ready waits until both listeners answer and, where the start-up script writes one, the ready file is there.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !s.answers() {
		select {
		case <-tick.C:
		case <-s.done:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", s.Target.Addr, ctx.Err())
		}
	}
	return nil
}

func (s *Server) answers() bool {
	for _, a := range []string{s.Target.Addr, s.Target.DirectAddr} {
		c, err := net.Dial("tcp", a)
		if err != nil {
			return false
		}
		_ = c.Close()
	}
	if s.readyFile == "" {
		return true
	}
	_, err := os.Stat(s.readyFile)
	return err == nil
}

// Kill ends the server as a power switch would end it, SIGKILL, and keeps its data for Restart.
func (s *Server) Kill() { s.kill() }

// Restart starts a killed server again on its data and ports and waits until it listens.
func (s *Server) Restart(ctx context.Context) error {
	if s.readyFile != "" {
		_ = os.Remove(s.readyFile)
	}
	old := s.cmd
	s.cmd, s.done = exec.Command(old.Path, old.Args[1:]...), make(chan struct{})
	s.cmd.Dir, s.cmd.Env = old.Dir, old.Env
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("restart server: %w%s", err, tail(s.dir))
	}
	return nil
}

// Log returns the ends of the files that the server has logged to.
func (s *Server) Log() string { return tail(s.dir) }

// Stop kills the server and removes its data.
func (s *Server) Stop() error {
	s.kill()
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("stop server: %w", err)
	}
	return nil
}

// kill is safe to repeat: a process that was waited for is not signalled again, its number may be another's.
func (s *Server) kill() {
	select {
	case <-s.done:
		return
	default:
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.done
}

// render fills a template into a file of the data folder.
func render(st site, name string) (string, error) {
	t, err := template.ParseFS(templates, name+".tmpl")
	if err != nil {
		return "", fmt.Errorf("configuration template: %w", err)
	}
	path := filepath.Join(st.Dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	err = t.Execute(f, st)
	if errClose := f.Close(); err == nil {
		err = errClose
	}
	return path, err
}

// freePorts finds ports that were free a moment ago.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// tail collects the ends of the log files for an error message.
func tail(dir string) string {
	var text string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".log" {
			if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
				text += "\n" + filepath.Base(path) + ": " + string(b[max(0, len(b)-1500):])
			}
		}
		return nil
	})
	return text
}
