package server_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/server/servertest"
)

// Of 200 connections of one address that begin a stream and say no more, as many are let in as the limit says; those end when
// signing in takes too long, and then the address may come again.
func TestHalfOpenConnectionsAreBounded(t *testing.T) {
	const many, limit = 200, 20
	s := servertest.StartWith(t, func(c *config.Config) {
		c.Limits.ConnectionsPerIP, c.Limits.LoginTimeout = limit, 15*time.Second
	})
	open := func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="example.net" version="1.0">`)
		return conn
	}
	ends := make(chan string, many)
	for range many {
		conn := open()
		go func() {
			got, _ := io.ReadAll(conn) // as far as the end, which the server makes
			conn.Close()
			ends <- string(got)
		}()
	}
	in := 0
	for range many {
		switch got := <-ends; {
		case strings.Contains(got, "</stream:features>") && strings.Contains(got, "<connection-timeout "):
			in++
		case strings.Contains(got, "<stream:features"):
			t.Errorf("let in, and ended otherwise: %s", got)
		}
	}
	if in != limit {
		t.Errorf("%d were let in, %d may", in, limit)
	}
	for until := time.Now().Add(time.Minute); ; { // the server may be about to count the last ones out
		_, err := io.ReadFull(open(), make([]byte, 8))
		if err == nil {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("the address cannot come again: %v", err)
		}
	}
}
