package server_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// pairs is a client over BOSH that has one request under way at a time.
type pairs struct {
	t   *testing.T
	url string
	sid string
	rid int
	got string // of the last answers, not looked at yet
}

const xboshAttrs = ` xmlns="http://jabber.org/protocol/httpbind" xmlns:xmpp="urn:xmpp:xbosh"`

// post sends a body and returns the answer.
func (p *pairs) post(attrs, content string) string {
	p.t.Helper()
	p.rid++
	if p.sid != "" {
		attrs += ` sid="` + p.sid + `"`
	}
	body := fmt.Sprintf(`<body rid="%d"%s %s>%s</body>`, p.rid, xboshAttrs, attrs, content)
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s, %v", body, resp.Status, err)
	}
	p.got += string(b)
	return string(b)
}

// expect asks until a text has come, and returns what came up to it.
func (p *pairs) expect(text string) string {
	p.t.Helper()
	for {
		if i := strings.Index(p.got, text); i >= 0 {
			got := p.got[:i+len(text)]
			p.got = p.got[i+len(text):]
			return got
		}
		if strings.Contains(p.got, `type="terminate"`) {
			p.t.Fatalf("waited for %s: the session has ended: %s", text, p.got)
		}
		p.post("", "")
	}
}

// beginBOSH begins a session and signs in.
func beginBOSH(t *testing.T, web, user string) *pairs {
	t.Helper()
	p := &pairs{t: t, url: "http://" + web + "/http-bind", rid: 1 << 30}
	p.sid = regexp.MustCompile(` sid="([^"]+)"`).FindStringSubmatch(p.post(`to="example.net" wait="1" hold="1" ver="1.11" xmpp:version="1.0"`, ""))[1]
	if got := p.expect("</stream:features>"); strings.Contains(got, "starttls") || strings.Contains(got, "PLUS") {
		t.Errorf("features: %s", got)
	}
	p.post("", `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">`+
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00pencil"))+`</auth>`)
	p.expect("<success")
	p.post(`xmpp:restart="true"`, "")
	p.expect("</stream:features>")
	return p
}

func (p *pairs) bind(resource string) {
	p.t.Helper()
	p.post("", `<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>`+resource+`</resource></bind></iq>`)
	p.expect("</jid></bind></iq>")
}

// XEP-0206: a client over BOSH and one over TCP talk to each other.
func TestBOSHChat(t *testing.T) {
	s, web := startWeb(t, nil)
	romeo := beginBOSH(t, web, "romeo")
	romeo.bind("web")
	juliet := connect(t, &s, "juliet@example.net", "tcp")
	if err := juliet.Send(`<message to="romeo@example.net/web" type="chat"><body>hi</body></message>`); err != nil {
		t.Fatal(err)
	}
	if got := romeo.expect("<body>hi</body>"); !strings.Contains(got, `<message xmlns="jabber:client"`) {
		t.Errorf("got %s", got)
	}
	romeo.post("", `<message xmlns="jabber:client" to="juliet@example.net/tcp" type="chat"><body>ho</body></message>`)
	for {
		e, err := juliet.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if e.ChildText("jabber:client", "body") == "ho" {
			break
		}
	}
	romeo.got = ""
	romeo.post(`type="terminate"`, "")
	if !strings.Contains(romeo.got, `type="terminate"/>`) {
		t.Errorf("ended with %s", romeo.got)
	}
}

// XEP-0198 § 5: a session that began over BOSH goes on over WebSocket.
func TestBOSHResumesOverWebSocket(t *testing.T) {
	s, web := startWeb(t, nil)
	romeo := beginBOSH(t, web, "romeo")
	romeo.bind("web")
	romeo.post("", `<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
	romeo.expect("<enabled")
	_, id, _ := strings.Cut(romeo.expect(` resume=`), `id="`)
	id, _, _ = strings.Cut(id, `"`)
	juliet := connect(t, &s, "juliet@example.net", "tcp")
	if err := juliet.Send(`<message to="romeo@example.net/web" type="chat"><body>kept</body></message>`); err != nil {
		t.Fatal(err)
	}
	again := dialWeb(t, web)
	again.signIn("romeo")
	again.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="` + id + `"/>`)
	again.expect("<resumed ")
	if got := again.expect("<message "); !strings.Contains(got, "<body>kept</body>") {
		t.Errorf("got %s", got)
	}
	romeo.got = ""
	if romeo.post("", ""); !strings.Contains(romeo.got, `type="terminate"`) {
		t.Errorf("the old session answers %s", romeo.got)
	}
}

// XEP-0124 § 17.2: a host that is not ours.
func TestBOSHHostUnknown(t *testing.T) {
	_, web := startWeb(t, nil)
	p := &pairs{t: t, url: "http://" + web + "/http-bind", rid: 7}
	if got := p.post(`to="example.org" ver="1.11" xmpp:version="1.0"`, ""); !strings.Contains(got, `type="terminate" condition="host-unknown"`) {
		t.Errorf("got %s", got)
	}
}

// RFC 6120 § 4.9.3.20: clients over HTTP are told that the server goes, and it does not wait for them.
func TestWebShutdown(t *testing.T) {
	told := make(chan string, 2)
	t.Run("server", func(inner *testing.T) { // it is shut down at the end
		_, web := startWeb(inner, nil)
		romeo, juliet := dialWeb(t, web), beginBOSH(t, web, "juliet")
		romeo.signIn("romeo")
		romeo.bind("web")
		juliet.bind("web")
		go func() {
			_, b, _ := romeo.ws.Read(romeo.ctx)
			told <- string(b)
			romeo.ended()
		}()
		first := make(chan string, 1)
		go func() { first <- juliet.ask(juliet.rid + 1) }()
		go func() { told <- juliet.ask(juliet.rid + 2) }()
		<-first // the second is held
	})
	for range 2 {
		if got := <-told; !strings.Contains(got, "<system-shutdown ") {
			t.Errorf("told %s", got)
		}
	}
}

// ask sends an empty request and returns the answer, or what went wrong.
func (p *pairs) ask(rid int) string {
	body := fmt.Sprintf(`<body rid="%d" sid="%s"%s/>`, rid, p.sid, xboshAttrs)
	resp, err := http.Post(p.url, "text/xml", strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
