package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// tell runs an operation of administration.
func tell(t *testing.T, s *xmpptest.Server, line string, into any) {
	t.Helper()
	out, err := s.Do(t.Context(), "admin "+line)
	if err == nil {
		err = json.Unmarshal([]byte(out), into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// page is the chat page in a browser, or another one.
type page struct {
	t           *testing.T
	web, origin string
	cookie      string
}

// ask sends a request and takes the cookie of the answer.
func (p *page) ask(method, body string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.web+"/chat-session", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", p.origin)
	if p.cookie != "" {
		r.Header.Set("Cookie", p.cookie)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		p.cookie = c.Name + "=" + c.Value
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
			p.t.Errorf("cookie %s", c)
		}
	}
	return resp.StatusCode, strings.TrimSpace(string(b))
}

// dial opens a stream over WebSocket, and returns its features.
func (p *page) dial() (*frames, string) {
	p.t.Helper()
	h := http.Header{"Origin": {p.origin}, "Cookie": {p.cookie}}
	ws, _, err := websocket.Dial(p.t.Context(), "ws://"+p.web+"/xmpp-websocket", &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: h})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { ws.CloseNow() })
	f := &frames{p.t, ws, p.t.Context()}
	f.send(openStream)
	return f, f.expect("<stream:features")
}

// A browser that was let in by a webmail comes back by its cookie, from the chat page only, until the webmail ends its session.
func TestBrowserStays(t *testing.T) {
	s, web := startWeb(t, func(cfg *config.Config) { cfg.Listen.Origins = []string{"https://webmail.example.com"} })
	var pass admin.CreatedPass
	tell(t, &s, `pass.create {"account":"romeo@`+servertest.Domain+`","session":"mail-7"}`, &pass)
	chat := &page{t: t, web: web, origin: "http://" + web}
	if code, got := chat.ask("GET", ""); code != 200 || got != `{"account":""}` {
		t.Error(code, got)
	}
	if code, _ := chat.ask("POST", `{"token":"mynapass_no"}`); code != 403 || chat.cookie != "" {
		t.Error(code, chat.cookie)
	}
	other := &page{t: t, web: web, origin: "http://other.example"}
	if code, _ := other.ask("POST", `{"token":"`+pass.Token+`"}`); code != 403 || other.cookie != "" {
		t.Error("a page of another origin signs a browser in:", code)
	}
	if code, got := chat.ask("POST", `{"token":"`+pass.Token+`"}`); code != 200 || got != `{"account":"romeo@example.net"}` || chat.cookie == "" {
		t.Fatal(code, got)
	}
	other.cookie = chat.cookie
	if code, got := other.ask("GET", ""); code != 403 {
		t.Error("a page of another origin learns who is in:", got)
	}
	other.origin = "https://webmail.example.com" // it may open streams, but not with the cookie
	if _, features := other.dial(); strings.Contains(features, "EXTERNAL") {
		t.Error(features)
	}
	romeo, features := chat.dial()
	if !strings.Contains(features, "<mechanism>EXTERNAL</mechanism>") {
		t.Fatal(features)
	}
	romeo.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="EXTERNAL">=</auth>`)
	romeo.expect("<success")
	romeo.send(openStream)
	romeo.bind("web")
	var ended admin.Kicked
	tell(t, &s, `pass.revoke {"session":"mail-7"}`, &ended)
	if romeo.expect("<stream:error"); ended.Ended != 1 {
		t.Errorf("%d sessions ended", ended.Ended)
	}
	if _, features := chat.dial(); strings.Contains(features, "EXTERNAL") {
		t.Error("the cookie outlives the session of the webmail")
	}
	if code, got := chat.ask("GET", ""); code != 200 || got != `{"account":""}` {
		t.Error(code, got)
	}
	if code, _ := chat.ask("DELETE", ""); code != 204 || !strings.HasSuffix(chat.cookie, "=") {
		t.Error(code, chat.cookie)
	}
}

// A webmail's server begins a session over BOSH, and the client goes on with it.
func TestPreparedSession(t *testing.T) {
	s, web := startWeb(t, nil)
	var made admin.Prepared
	tell(t, &s, `pass.prepare {"account":"romeo@`+servertest.Domain+`","session":"mail-8","resource":"mail"}`, &made)
	if made.JID != "romeo@example.net/mail" || made.Session != "mail-8" {
		t.Fatal(made)
	}
	romeo := &pairs{t: t, url: "http://" + web + "/http-bind", sid: made.SID, rid: int(made.RID) - 1}
	romeo.post("", `<presence xmlns="jabber:client"/>`)
	juliet := connect(t, &s, "juliet@example.net", "tcp")
	if err := juliet.Send(`<message to="romeo@example.net" type="chat"><body>hi</body></message>`); err != nil {
		t.Fatal(err)
	}
	romeo.expect("<body>hi</body>")
	var sessions []admin.Session
	tell(t, &s, `account.sessions {"address":"romeo@`+servertest.Domain+`"}`, &sessions)
	if len(sessions) != 1 || !strings.Contains(sessions[0].Remote, "127.0.0.1") {
		t.Errorf("%+v", sessions)
	}
	var ended admin.Kicked
	if tell(t, &s, `pass.revoke {"session":"mail-8"}`, &ended); ended.Ended != 1 {
		t.Errorf("%d sessions ended", ended.Ended)
	}
	if got := romeo.expect(`type="terminate"`); got == "" {
		t.Error("the stream goes on")
	}
}
