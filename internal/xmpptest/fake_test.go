package xmpptest

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// fake is a server that knows just enough to see whether the runner notices what it must: it lets everybody in,
// answers pings, and passes messages to the full address they name.
type fake struct {
	mu    sync.Mutex
	conns map[string]net.Conn // by full address, guarded by mu
}

func startFake(t *testing.T) Server {
	f := &fake{conns: map[string]net.Conn{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { f.serve(conn) })
		}
	})
	return Server{Addr: l.Addr().String(), Do: f.do,
		Account: func(context.Context, string) (string, error) { return "pw", nil }}
}

// do knows "admin say TEXT", which is output, and "admin fail".
func (f *fake) do(_ context.Context, line string) (string, error) {
	if text, ok := strings.CutPrefix(line, "admin say "); ok {
		return text + "\n", nil
	}
	return "", fmt.Errorf("cannot %s", line)
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	d := xml.NewDecoder(conn)
	self, user := "", ""
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.EndElement:
			io.WriteString(conn, `</stream:stream>`)
			return
		case xml.StartElement:
			if t.Name.Local == "stream" {
				io.WriteString(conn, `<stream:stream xmlns="jabber:client" xmlns:stream="`+ns.Stream+`"><stream:features>`+
					`<mechanisms xmlns="`+ns.SASL+`"><mechanism>PLAIN</mechanism></mechanisms></stream:features>`)
				continue
			}
			e, err := readElement(d, t)
			if err != nil {
				return
			}
			switch e.Local {
			case "auth":
				user = "romeo@example.net"
				io.WriteString(conn, `<success xmlns="`+ns.SASL+`"/>`)
			case "iq":
				self = f.iq(conn, user, self, e)
			case "message":
				f.pass(self, e)
			}
		}
	}
}

func (f *fake) iq(conn net.Conn, user, self string, e *xmpp.Element) string {
	reply := xmpp.El(ns.Client, "iq").Set("type", "result").Set("id", e.Attr("id"))
	if b := e.Child(ns.Bind, "bind"); b != nil {
		self = user + "/" + b.ChildText(ns.Bind, "resource")
		f.mu.Lock()
		f.conns[self] = conn
		f.mu.Unlock()
		reply.Add(xmpp.El(ns.Bind, "bind", xmpp.El(ns.Bind, "jid").AddText(self)))
	}
	conn.Write(reply.Append(nil, ns.Client))
	return self
}

func (f *fake) pass(from string, e *xmpp.Element) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if conn := f.conns[e.Attr("to")]; conn != nil {
		conn.Write(e.Set("from", from).Append(nil, ns.Client))
	}
}
