package server_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

const nsFraming = `xmlns="urn:ietf:params:xml:ns:xmpp-framing"`

// frames is a client over WebSocket.
type frames struct {
	t   *testing.T
	ws  *websocket.Conn
	ctx context.Context
}

func dialWeb(t *testing.T, web string) *frames {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), late)
	t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, "ws://"+web+"/xmpp-websocket", &websocket.DialOptions{Subprotocols: []string{"xmpp"}})
	if err != nil {
		t.Fatal(err)
	}
	if ws.Subprotocol() != "xmpp" {
		t.Fatalf("subprotocol %q", ws.Subprotocol())
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { ws.CloseNow() })
	return &frames{t, ws, ctx}
}

func (f *frames) send(messages ...string) {
	f.t.Helper()
	for _, m := range messages {
		if err := f.ws.Write(f.ctx, websocket.MessageText, []byte(m)); err != nil {
			f.t.Fatal(err)
		}
	}
}

// expect reads messages until one begins with a text, and returns it. All are whole elements that declare their namespace.
func (f *frames) expect(begin string) string {
	f.t.Helper()
	for {
		kind, b, err := f.ws.Read(f.ctx)
		if err != nil {
			f.t.Fatalf("waited for %s: %v", begin, err)
		}
		if head, _, _ := strings.Cut(string(b), ">"); kind != websocket.MessageText || !strings.Contains(head, " xmlns") {
			f.t.Fatalf("not an element by itself: %s", b)
		}
		if strings.HasPrefix(string(b), begin) {
			return string(b)
		}
	}
}

// ended waits until the server has closed and returns how.
func (f *frames) ended() websocket.StatusCode {
	f.t.Helper()
	for {
		if _, _, err := f.ws.Read(f.ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

const openStream = `<open ` + nsFraming + ` to="example.net" version="1.0"/>`

// signIn signs in by PLAIN and returns the features that follow.
func (f *frames) signIn(user string) string {
	f.t.Helper()
	f.send(openStream)
	f.expect("<open ")
	if got := f.expect("<stream:features"); strings.Contains(got, "starttls") || !strings.Contains(got, "SCRAM-SHA-256<") {
		f.t.Fatalf("features: %s", got)
	}
	f.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00pencil")) + `</auth>`)
	f.expect("<success")
	f.send(openStream)
	f.expect("<open ")
	return f.expect("<stream:features")
}

func (f *frames) bind(resource string) {
	f.t.Helper()
	f.send(`<iq xmlns="jabber:client" type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>` + resource + `</resource></bind></iq>`)
	f.expect(`<iq xmlns="jabber:client" type="result" id="b"`)
}

func (f *frames) manage() string {
	f.t.Helper()
	f.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
	_, id, _ := strings.Cut(f.expect("<enabled"), `id="`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

func startWeb(t *testing.T, change func(*config.Config)) (xmpptest.Server, string) {
	t.Helper()
	s, web := servertest.StartWeb(t, func(c *config.Config) {
		c.Modules = map[string]config.Section{"accounts": {"plain": true}}
		if change != nil {
			change(c)
		}
	})
	for _, user := range []string{"romeo", "juliet"} {
		if _, err := s.Account(t.Context(), user+"@example.net"); err != nil {
			t.Fatal(err)
		}
	}
	return s, web
}

// connect signs a client in over TCP.
func connect(t *testing.T, s *xmpptest.Server, address, resource string) *xmpptest.Client {
	t.Helper()
	c, err := xmpptest.Dial(t.Context(), s, address)
	if err == nil {
		t.Cleanup(c.Cut)
		err = c.Login(t.Context(), "pencil")
	}
	if err == nil {
		err = c.Bind(t.Context(), resource)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// RFC 7395 § 3.4, § 3.3.3, § 3.6: a client over WebSocket and one over TCP talk to each other.
func TestWebSocketChat(t *testing.T) {
	s, web := startWeb(t, nil)
	romeo := dialWeb(t, web)
	romeo.signIn("romeo")
	romeo.bind("web")
	romeo.send(`<presence xmlns="jabber:client"/>`)
	juliet := connect(t, &s, "juliet@example.net", "tcp")
	if err := juliet.Send(`<message to="romeo@example.net/web" type="chat"><body>hi</body></message>`); err != nil {
		t.Fatal(err)
	}
	if got := romeo.expect("<message "); !strings.Contains(got, `from="juliet@example.net/tcp"`) || !strings.Contains(got, "<body>hi</body>") {
		t.Errorf("got %s", got)
	}
	romeo.send(`<message xmlns="jabber:client" to="juliet@example.net/tcp" type="chat"><body>ho</body></message>`)
	for {
		e, err := juliet.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if e.Local == "message" {
			if e.ChildText("jabber:client", "body") != "ho" {
				t.Errorf("got %s", e)
			}
			break
		}
	}
	romeo.send(`<close ` + nsFraming + `/>`)
	romeo.expect("<close ")
	if code := romeo.ended(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", code)
	}
}

// XEP-0198 § 5, RFC 7395 § 3.10: what was not confirmed comes again over another WebSocket connection.
func TestWebSocketResume(t *testing.T) {
	s, web := startWeb(t, nil)
	romeo := dialWeb(t, web)
	romeo.signIn("romeo")
	romeo.bind("web")
	id := romeo.manage()
	juliet := connect(t, &s, "juliet@example.net", "tcp")
	say := func(text string) {
		t.Helper()
		if err := juliet.Send(`<message to="romeo@example.net/web" type="chat"><body>` + text + `</body></message>`); err != nil {
			t.Fatal(err)
		}
	}
	say("one")
	romeo.expect("<message ")
	romeo.ws.CloseNow()
	say("two")
	again := dialWeb(t, web)
	again.signIn("romeo")
	again.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="` + id + `"/>`)
	again.expect("<resumed ")
	for _, text := range []string{"one", "two"} {
		if got := again.expect("<message "); !strings.Contains(got, "<body>"+text+"</body>") {
			t.Errorf("got %s, want %s", got, text)
		}
	}
}

// RFC 7395 § 3.5: a stream error is a message of its own, then the stream and the connection are closed.
func TestWebSocketErrors(t *testing.T) {
	_, web := startWeb(t, func(c *config.Config) { c.Limits.StanzaBytes, c.Limits.BurstBytes = 20000, 200000 })
	message := func(size int) string {
		return `<message xmlns="jabber:client"><body>` + strings.Repeat("x", size) + `</body></message>`
	}
	for name, c := range map[string]struct{ text, condition string }{
		"two elements":    {`<presence xmlns="jabber:client"/><presence xmlns="jabber:client"/>`, "not-well-formed"},
		"no end":          {`<message xmlns="jabber:client"><body>`, "not-well-formed"},
		"white space":     {" ", "not-well-formed"}, // RFC 7395 § 3.8
		"nothing":         {"", "not-well-formed"},
		"declaration":     {`<?xml version="1.0"?><presence xmlns="jabber:client"/>`, "restricted-xml"},
		"too long":        {message(30000), "policy-violation"},
		"far too long":    {message(1 << 20), "policy-violation"},
		"no namespace":    {`<message to="juliet@example.net"/>`, "unsupported-stanza-type"},
		"a stream header": {`<stream:stream xmlns:stream="http://etherx.jabber.org/streams"/>`, "bad-format"},
	} {
		t.Run(name, func(t *testing.T) {
			f := dialWeb(t, web)
			f.signIn("romeo")
			f.bind("")
			f.send(message(10000)) // an error, but no end of the stream
			f.ws.Write(f.ctx, websocket.MessageText, []byte(c.text))
			if got := f.expect("<stream:error "); !strings.Contains(got, "<"+c.condition+" ") {
				t.Errorf("got %s, want %s", got, c.condition)
			}
			f.expect("<close ")
			f.ended()
		})
	}
}

// RFC 7395 § 3.4, § 3.5: an error of the header comes behind the server's own header.
func TestWebSocketHeader(t *testing.T) {
	_, web := startWeb(t, nil)
	for _, c := range []struct{ open, condition string }{
		{`<open ` + nsFraming + ` to="example.org" version="1.0"/>`, "host-unknown"},
		{`<open ` + nsFraming + ` to="example.net"/>`, "unsupported-version"},
		{`<presence xmlns="jabber:client"/>`, "invalid-namespace"},
	} {
		f := dialWeb(t, web)
		f.send(c.open)
		f.expect("<open ")
		if got := f.expect("<stream:error "); !strings.Contains(got, "<"+c.condition+" ") {
			t.Errorf("%s: got %s, want %s", c.open, got, c.condition)
		}
		f.expect("<close ")
		f.ended()
	}
}

// RFC 7395 § 3.1, RFC 6455 § 10.2: who may shake hands.
func TestWebSocketHandshake(t *testing.T) {
	_, web := startWeb(t, func(c *config.Config) {
		c.Listen.Origins = []string{"https://webmail.example.com"}
	})
	for _, c := range []struct {
		origin, protocol string
		status           int
	}{
		{"", "xmpp", http.StatusSwitchingProtocols},
		{"http://" + web, "xmpp", http.StatusSwitchingProtocols},
		{"https://webmail.example.com", "other, xmpp", http.StatusSwitchingProtocols},
		{"http://webmail.example.com", "xmpp", http.StatusForbidden},
		{"https://evil.example", "xmpp", http.StatusForbidden},
		{"null", "xmpp", http.StatusForbidden},
		{"", "", http.StatusBadRequest},
		{"", "other", http.StatusBadRequest},
	} {
		if got := handshake(t, web, c.origin, c.protocol); got != c.status {
			t.Errorf("origin %q, protocol %q: %d, want %d", c.origin, c.protocol, got, c.status)
		}
	}
}

// Connections over WebSocket count like those over TCP.
func TestWebSocketPerAddress(t *testing.T) {
	_, web := startWeb(t, func(c *config.Config) { c.Limits.ConnectionsPerIP = 2 })
	dialWeb(t, web)
	dialWeb(t, web)
	if got := handshake(t, web, "", "xmpp"); got != http.StatusTooManyRequests {
		t.Errorf("third connection: %d", got)
	}
}

// What is no handshake is told so.
func TestWebSocketOnly(t *testing.T) {
	_, web := startWeb(t, nil)
	resp, err := http.Get("http://" + web + "/xmpp-websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUpgradeRequired || resp.Header.Get("Upgrade") != "websocket" {
		t.Errorf("%s, %v", resp.Status, resp.Header)
	}
}

// handshake returns the status of the answer, and closes what it has opened.
func handshake(t *testing.T, web, origin, protocol string) int {
	t.Helper()
	o := &websocket.DialOptions{HTTPHeader: http.Header{}}
	if origin != "" {
		o.HTTPHeader.Set("Origin", origin)
	}
	if protocol != "" {
		o.Subprotocols = strings.Split(protocol, ", ")
	}
	ws, resp, err := websocket.Dial(t.Context(), "ws://"+web+"/xmpp-websocket", o)
	if err == nil {
		ws.Close(websocket.StatusNormalClosure, "")
	} else if resp == nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
