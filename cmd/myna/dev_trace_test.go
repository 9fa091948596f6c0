package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevTrace: the demo shows what a client sends and gets, but no password.
func TestDevTrace(t *testing.T) {
	s := newShell(t)
	dir := filepath.Join(s.dir, "demo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("demo/myna.toml", "hosts = [\"localhost\"]"+strings.Replace(quiet, `"data"`, `"."`, 1)+"[tls]\nplaintext_loopback = true\n")
	sup, log, out := newSupervisor(t), newJournal(), newJournal()
	stop := s.service(sup, log, out, "dev", "--trace", "--data", dir)
	out.expect(t, "account create chi@localhost")
	_, address, _ := strings.Cut(log.String(), "what=c2s address=")
	address, _, _ = strings.Cut(address, "\n")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(`<stream:stream to="localhost" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">` +
		"\n" + `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AGxhbgBzZWNyZXQ=</auth>`)); err != nil {
		t.Fatal(err)
	}
	out.expect(t, "<not-authorized/>")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if got := stop(); got != done {
		t.Errorf("status %d\n%s", got, log)
	}
	text := out.String()
	if strings.Contains(text, "AGxhbg") || !strings.Contains(text, `#1 > <auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">…</auth>`) ||
		!strings.Contains(text, "#1 < <?xml") {
		t.Error(text)
	}
}

func TestOneLine(t *testing.T) {
	if got, want := oneLine([]byte("a\n\tb\x1b[31m\u009b é…")), "a&#10;&#9;b&#27;[31m&#155; é…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
