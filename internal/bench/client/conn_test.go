package client

import (
	"bufio"
	"errors"
	"net"
	"strings"
	"testing"
)

func TestScramExampleOfRFC5802(t *testing.T) {
	s := &scram{mech: "SCRAM-SHA-1", user: "user", password: "pencil", keys: new(Keys)}
	s.first()
	s.nonce = "fyko+d2lbbFgONRv9qkxdawL" // RFC 5802 § 5
	s.bare = "n=user,r=" + s.nonce
	got, err := s.final("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")
	if err != nil {
		t.Fatal(err)
	}
	want := "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
	if got != want {
		t.Errorf("final message %s, want %s", got, want)
	}
	if err := s.verify("v=rmF9pqV8S7suAoZWja4dJRkFsKQ="); err != nil {
		t.Error(err)
	}
	if s.verify("v=smF9pqV8S7suAoZWja4dJRkFsKQ=") == nil || s.verify("e=other-error") == nil {
		t.Error("a wrong signature was accepted")
	}
	if _, err := s.final("r=stranger,s=QSXCR+Q6sek8bf92,i=4096"); err == nil {
		t.Error("a nonce that does not continue ours was accepted")
	}
}

// pipe gives a Conn behind its stream header and the server's end.
func pipe(t *testing.T) (*Conn, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	return &Conn{nc: near, scan: Scanner{depth: 1}, buf: make([]byte, 0, 16)}, far
}

func TestRunAcknowledgesWhatItReceived(t *testing.T) {
	c, far := pipe(t)
	var got []string
	var acked uint32
	done := make(chan error, 1)
	go func() {
		done <- c.Run(Handler{
			Stanza: func(el []byte) { got = append(got, string(Name(el))) },
			Ack:    func(h uint32) { acked = h },
		})
	}()
	go far.Write([]byte("<message><body>long enough to grow the buffer</body></message><iq/>" +
		"<x/><a h='7' xmlns='urn:xmpp:sm:3'/><r xmlns='urn:xmpp:sm:3'/>"))
	answer, err := bufio.NewReader(far).ReadString('>')
	if err != nil || answer != "<a xmlns='urn:xmpp:sm:3' h='2'/>" {
		t.Fatalf("answer %q, %v", answer, err)
	}
	far.Write([]byte("<presence/><stream:error><conflict/></stream:error></stream:stream>"))
	if err := <-done; err == nil || !strings.Contains(err.Error(), "conflict") {
		t.Fatalf("a stream that the server has closed: %v", err)
	}
	if strings.Join(got, " ") != "message iq x presence" || acked != 7 {
		t.Errorf("handed out %v, acknowledged %d", got, acked)
	}
}

func TestRunReportsABrokenStream(t *testing.T) {
	c, far := pipe(t)
	done := make(chan error, 1)
	go func() { done <- c.Run(Handler{}) }()
	far.Write([]byte("<message>"))
	far.Close()
	if err := <-done; err == nil {
		t.Error("a stream that ends inside a stanza is no error")
	}
}

func TestMechanism(t *testing.T) {
	features := []byte("<mechanisms><mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1-PLUS</mechanism>" +
		"<mechanism>SCRAM-SHA-1</mechanism></mechanisms>")
	if m, err := mechanism(features, ""); m != "SCRAM-SHA-1" || err != nil {
		t.Errorf("chose %s, %v", m, err)
	}
	if m, err := mechanism(features, "PLAIN"); m != "PLAIN" || err != nil {
		t.Errorf("chose %s, %v", m, err)
	}
	if _, err := mechanism(features, "SCRAM-SHA-256"); err == nil {
		t.Error("chose a mechanism that is not offered")
	}
}

func TestQueueKeepsTheFirstWriteError(t *testing.T) {
	c, far := pipe(t)
	far.Close()
	if c.Send("<presence/>") == nil {
		t.Fatal("writing to a closed connection succeeded")
	}
	if err := c.Flush(); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("the error is forgotten or has no cause: %v", err)
	}
}
