package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
)

const (
	idleConns = 2000
	idleEnv   = "TRANSPORT_IDLE_CLIENTS" // the address; the test binary then is the clients
)

// TestMain lets the benchmark run the clients in a process of their own, so that their memory is not measured.
func TestMain(m *testing.M) {
	address := os.Getenv(idleEnv)
	if address == "" {
		os.Exit(m.Run())
	}
	var open []*tls.Conn
	for range idleConns {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			_, err = c.Write(bytes.Repeat([]byte("<message/>"), 50))
		}
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		open = append(open, c)
	}
	io.Copy(io.Discard, os.Stdin) // until the benchmark has measured
	for _, c := range open {
		c.Close()
	}
}

// BenchmarkIdleTLS measures the resident memory of a connection that has been used and waits.
func BenchmarkIdleTLS(b *testing.B) {
	certs := testCertificates(b)
	for b.Loop() {
		l, err := Listen("127.0.0.1:0", Options{TLS: certs.ConfigFunc(ClientsDirect), Direct: true})
		if err != nil {
			b.Fatal(err)
		}
		before := resident(b)
		var ready sync.WaitGroup
		ready.Add(idleConns)
		go l.Serve(func(c *Conn) { idle(c, &ready) })
		clients := exec.Command(os.Args[0])
		clients.Env = append(os.Environ(), idleEnv+"="+l.Addr().String())
		clients.Stderr = os.Stderr
		hold, err := clients.StdinPipe()
		if err == nil {
			err = clients.Start()
		}
		if err != nil {
			b.Fatal(err)
		}
		ready.Wait()
		after := resident(b)
		b.ReportMetric(float64(after-before)/idleConns, "RSS-B/conn")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.StackInuse)/idleConns, "stack-B/conn")
		hold.Close()
		if err := clients.Wait(); err != nil {
			b.Fatal(err)
		}
		ctx, cancel := contextFor(lingerTime * 10)
		l.Shutdown(ctx)
		cancel()
	}
}

// idle reads what the client sends like a session, answers once, and waits.
func idle(c *Conn, ready *sync.WaitGroup) {
	got := 0
	for {
		if c.Wait() != nil {
			return
		}
		buf := chunks.Get().(*[chunk]byte)
		n, err := c.Read(buf[:])
		chunks.Put(buf)
		if err != nil && !errors.Is(err, ErrAgain) {
			return
		}
		if got += n; n > 0 && got == 500 {
			c.Write([]byte("x"))
			ready.Done()
		}
	}
}

func resident(b *testing.B) int {
	b.Helper()
	for range 4 { // stacks shrink by half at each collection
		runtime.GC()
	}
	debug.FreeOSMemory()
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("the memory of this process cannot be measured here")
	}
	pages, err := strconv.Atoi(string(bytes.Fields(stat)[1]))
	if err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}

var _ net.Conn = (*socket)(nil)
