package server_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"myna/server/servertest"
)

// Who has signed in and holds a stream ready comes no further once the account is disabled or gone, for a moment too, or has
// another password.
func TestBarredBetweenSignInAndBind(t *testing.T) {
	for name, operations := range map[string][]string{
		"disable":  {`account.disable {"address":"%s"}`},
		"delete":   {`account.delete {"address":"%s"}`},
		"moment":   {`account.disable {"address":"%s"}`, `account.enable {"address":"%s"}`},
		"again":    {`account.delete {"address":"%s"}`, `account.create {"address":"%s","password":"another one"}`},
		"password": {`account.password {"address":"%s","password":"another one"}`},
	} {
		s := servertest.Start(t)
		address := "romeo@" + servertest.Domain
		password, err := s.Account(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		c := dialStream(t, s.Addr)
		c.open("</stream:features>")
		c.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
			base64.StdEncoding.EncodeToString([]byte("\x00romeo\x00"+password)) + `</auth>`)
		c.until("<success ")
		c.open("</stream:features>")
		for _, line := range operations {
			if out, err := s.Do(t.Context(), "admin "+fmt.Sprintf(line, address)); err != nil || strings.HasPrefix(out, "error") {
				t.Fatal(name, out, err)
			}
		}
		c.send(`<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`)
		if got := c.until("</stream:stream>"); !strings.Contains(got, "<not-authorized ") || strings.Contains(got, "<jid>") {
			t.Errorf("after %s: %s", name, got)
		}
	}
}

// stream is a client's stream as text.
type stream struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func dialStream(t *testing.T, address string) *stream {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &stream{t, conn, bufio.NewReader(conn)}
}

func (s *stream) send(text string) {
	s.t.Helper()
	if _, err := s.conn.Write([]byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// open begins a stream and returns what comes, as far as a text.
func (s *stream) open(end string) string {
	s.t.Helper()
	s.send(fmt.Sprintf(`<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="%s" version="1.0">`, servertest.Domain))
	return s.until(end)
}

// until returns what comes, as far as the tag that begins with or ends in a text.
func (s *stream) until(end string) string {
	s.t.Helper()
	var text strings.Builder
	for {
		part, err := s.r.ReadString('>')
		text.WriteString(part)
		if err != nil {
			s.t.Fatalf("%s: %v", text.String(), err)
		}
		if strings.Contains(part, end) {
			return text.String()
		}
	}
}
