package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"
)

// file is an export of one account of a domain.
func file(domain, name string) string {
	return `<server-data xmlns="urn:xmpp:pie:0"><host jid="` + domain + `"><user name="` + name + `" password="a secret of ` + name + `"><query xmlns="jabber:iq:roster">` +
		`<item jid="a@else.example"/></query></user></host></server-data>`
}

// A file of another server is tried, taken over, and added to; what is wrong with it changes nothing.
func TestImportData(t *testing.T) {
	c := start(t)
	const route = "POST /import"
	for _, step := range []struct {
		query                    string
		created, merged, skipped float64
	}{{"?dry_run=true", 1, 0, 0}, {"", 1, 0, 0}, {"", 0, 0, 1}, {"?merge=true", 0, 1, 0}} {
		b := c.ask(200, route+step.query, nil, file("example.net", "hoa")).body
		if b["created"] != step.created || b["merged"] != step.merged || b["skipped"] != step.skipped || b["dry_run"] != (step.query == "?dry_run=true") {
			t.Errorf("%q: %v", step.query, b)
		}
	}
	if line := c.ask(200, "GET /audit?limit=1", nil, "").items()[0].(object); line["action"] != "account.import" || line["object"] != "hoa@example.net" || line["door"] != "api" {
		t.Errorf("%v", line)
	}
	for body, want := range map[string]string{file("example.net", "a")[:90]: "import-malformed", "<a/>": "import-malformed"} {
		if a := c.ask(422, route, nil, body); a.field("code") != want {
			t.Errorf("%s: %v", body, a.body)
		}
	}
	c.ask(415, route, nil, `{"a":1}`)
	c.ask(400, route+"?dry_run=perhaps", nil, file("example.net", "a"))
	c.ask(400, route+"?credentials=true", nil, file("example.net", "a"))
	c.ask(412, route, nil, file("example.net", "a"), "If-Match", `"x"`)
	c.ask(404, "GET /accounts/{address}", []string{"a@example.net"}, "")
}

// A key of a domain imports into that domain, and into no account of administrators of the server; and so it exports.
func TestMovingOfADomain(t *testing.T) {
	c := withPeople(t)
	key := c.with(c.newKey("example.net"))
	for file, code := range map[string]string{file(other, "new"): "other-domain", file("nowhere.example", "new"): "other-domain", file("example.net", "root"): "server-admin"} {
		b := key.ask(200, "POST /import?merge=true", nil, file).body
		if list := b["misfits"].([]any); b["refused"] != 1.0 || len(list) != 1 || list[0].(object)["code"] != code {
			t.Errorf("%s: %v", file, b)
		}
	}
	if b := key.ask(200, "POST /import?merge=true", nil, file("example.net", "minh")).body; b["merged"] != 1.0 {
		t.Errorf("%v", b)
	}
	for path, want := range map[string]int{"/domains/" + other + "/export": 404, "/domains/example.net/export?credentials=true": 400, "/export?files=1&files=1": 400} {
		if resp, _ := key.exchange("GET", "/api/v1"+path, ""); resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	for _, path := range []string{"/export", "/domains/example.net/export?files=true"} {
		resp, b := key.exchange("GET", "/api/v1"+path, "")
		text := string(b)
		if resp.StatusCode != 200 || !strings.Contains(text, `<user name="minh">`) || strings.Contains(text, `name="root"`) || !strings.Contains(text, "not in this file: 1 of") ||
			strings.Contains(text, other) || strings.Contains(text, "scram") || resp.Header.Get("Content-Disposition") != `attachment; filename=example.net.xml` {
			t.Errorf("%s: %s %v %s", path, resp.Status, resp.Header, b)
		}
	}
	_, b := c.exchange("GET", "/api/v1/export", "")
	if text := string(b); !strings.Contains(text, `name="root"`) || !strings.Contains(text, other) || !strings.HasSuffix(text, "</server-data>\n") {
		t.Errorf("all: %s", b)
	}
}

// An import tells how far it is, and while one runs there is no other of the domain.
func TestImportDataTells(t *testing.T) {
	b := withPeople(t).enter("lan@example.net")
	body, end := io.Pipe()
	begun, done := make(chan struct{}), make(chan *http.Response, 1)
	// The server asks for the body when it has begun with the import.
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	program := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
	defer program.CloseIdleConnections()
	go func() {
		r, err := http.NewRequestWithContext(trace, "POST", b.base+"/api/v1/import", body)
		if err != nil {
			t.Error(err)
		}
		for name, value := range map[string]string{"Content-Type": "application/xml", "Accept": "application/x-ndjson", "Cookie": b.cookie, "Myna-Token": b.token,
			"Expect": "100-continue"} {
			r.Header.Set(name, value)
		}
		resp, err := program.Do(r)
		if err != nil {
			t.Error(err)
		}
		done <- resp
	}()
	whole := file("example.net", "hoa")
	<-begun
	other := b.raw("POST", "/import?dry_run=true", whole, "Content-Type", "application/xml")
	var p struct{ Code string }
	if err := json.NewDecoder(other.Body).Decode(&p); err != nil || other.StatusCode != 409 || p.Code != "import-busy" {
		t.Errorf("while one runs: %s %+v %v", other.Status, p, err)
	}
	if _, err := io.WriteString(end, whole[:50]); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(end, whole[50:]); err != nil {
		t.Fatal(err)
	}
	end.Close()
	resp := <-done
	if resp == nil {
		t.Fatal("no answer")
	}
	defer resp.Body.Close()
	stages, created := stagesOf(t, resp.Body)
	if created != 1 || len(stages) < 2 || stages[0] != "checking" || stages[len(stages)-1] != "importing" {
		t.Errorf("%v created, %v", created, stages)
	}
}
