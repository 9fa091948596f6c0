//go:build e2e

package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const (
	startTime = 30 * time.Second // from the start of a server until it listens
	stopTime  = 20 * time.Second // from SIGTERM to its end
)

// launch starts a server, waits until the port answers, and ends it with the test. Its output is shown if the test fails.
func launch(t *testing.T, port int, dir, program string, args ...string) {
	t.Helper()
	logFile := filepath.Join(dir, "server.log")
	output, err := os.Create(logFile)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop(t, cmd, ended)
		output.Close()
		if t.Failed() {
			showTail(t, logFile)
		}
	})
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.After(startTime); ; {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended before it listened: %v", program, err)
		case <-deadline:
			t.Fatalf("%s does not listen on %s within %v", program, addr, startTime)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends a server in order, and by force if it does not.
func stop(t *testing.T, cmd *exec.Cmd, ended chan error) {
	select {
	case err := <-ended:
		t.Errorf("%s was gone before the end: %v", cmd.Path, err)
		return
	default:
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may end at this moment, which the next step sees
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%s ended with %v", cmd.Path, err)
		}
	case <-time.After(stopTime):
		_ = cmd.Process.Signal(syscall.SIGQUIT) // it tells what its goroutines wait for, unless it ends at this moment
		<-ended
		t.Errorf("%s did not end within %v of SIGTERM", cmd.Path, stopTime)
	}
}

// showTail logs the end of a server's output.
func showTail(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Log(err)
		return
	}
	t.Logf("the server wrote:\n%s", text[max(0, len(text)-8000):])
}
