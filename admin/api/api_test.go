package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"myna/admin"
	"myna/admin/api"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

const other = "other.example"

// client is a program with a key.
type client struct {
	t    *testing.T
	base string
	key  string
	xmpp xmpptest.Server
	d    description
	used map[string]bool // routes
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   object
}

func start(t *testing.T) *client {
	t.Helper()
	s, web := servertest.StartWeb(t, func(cfg *config.Config) {
		cfg.Hosts = append(cfg.Hosts, other)
		cfg.Limits.FailedLoginsPerMinute = 5
		cfg.Listen.Proxies = []string{"127.0.0.1"}
	})
	c := &client{t: t, base: "http://" + web, xmpp: s, used: map[string]bool{}}
	raw := c.do("GET", "/api/openapi.json", "")
	c.d = description{raw.body["paths"].(object), raw.body["components"].(object)["schemas"].(object)}
	c.key = c.newKey("")
	return c
}

// newKey makes a key as the command line does.
func (c *client) newKey(domain string) string {
	c.t.Helper()
	out, err := c.xmpp.Do(c.t.Context(), `admin key.create {"name":"test","domain":"`+domain+`"}`)
	if err != nil {
		c.t.Fatal(err)
	}
	var k admin.CreatedKey
	if err := json.Unmarshal([]byte(out), &k); err != nil {
		c.t.Fatal(err)
	}
	return k.Text
}

// with is the same client with another key.
func (c *client) with(key string) *client {
	d := *c
	d.key = key
	return &d
}

// exchange sends a request to a path of the server, and reads the whole answer.
func (c *client) exchange(method, path, body string, headers ...string) (*http.Response, []byte) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	switch {
	case strings.HasPrefix(body, "<"):
		r.Header.Set("Content-Type", "application/xml")
	case body != "":
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, b
}

// do sends a request to a path of the server, which is answered with JSON or nothing.
func (c *client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	resp, b := c.exchange(method, path, body, headers...)
	a := answer{t: c.t, status: resp.StatusCode, header: resp.Header}
	if strings.HasSuffix(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(b, &a.body); err != nil {
			c.t.Fatalf("%s %s: %s: %v", method, path, b, err)
		}
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "" {
		c.t.Errorf("%s %s: pages of other origins may read it", method, path)
	}
	return a
}

// ask sends a request to a route, {} filled from at, and compares status and answer with the description.
func (c *client) ask(want int, route string, at []string, body string, headers ...string) answer {
	c.t.Helper()
	method, pattern, _ := strings.Cut(route, " ")
	pattern, query, _ := strings.Cut(pattern, "?")
	path := ""
	for part := range strings.SplitSeq(strings.TrimPrefix(pattern, "/"), "/") {
		if strings.HasPrefix(part, "{") {
			part, at = at[0], at[1:]
		}
		path += "/" + part
	}
	a := c.do(method, "/api/v1"+path+"?"+query, body, headers...)
	c.used[method+" "+pattern] = true
	if a.status != want {
		c.t.Fatalf("%s %s %s: %d %v, want %d", method, path, body, a.status, a.body, want)
	}
	if want == http.StatusNotModified {
		return a
	}
	schema, ok := c.d.schema(method, pattern, want)
	if !ok {
		c.t.Fatalf("%s: status %d is not described", route, want)
	}
	if err := c.d.check(method+" "+path, schema, a.body); err != nil {
		c.t.Error(err)
	}
	if kind := a.header.Get("Content-Type"); (want >= 400) != (kind == "application/problem+json") {
		c.t.Errorf("%s: %d is %s", route, want, kind)
	}
	return a
}

// field is a text in the answer.
func (a answer) field(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a answer) items() []any {
	a.t.Helper()
	list, ok := a.body["items"].([]any)
	if !ok {
		a.t.Fatalf("no page: %v", a.body)
	}
	return list
}

// tryMessages tells people something.
func (c *client) tryMessages() {
	c.t.Helper()
	net := []string{"example.net"}
	c.ask(200, "POST /domains/{domain}/announcements", net, `{"text":"Lunch!"}`)
	for _, what := range []string{"motd", "welcome"} {
		c.ask(200, "PUT /domains/{domain}/"+what, net, `{"text":"Hello"}`)
		if got := c.ask(200, "GET /domains/{domain}/"+what, net, "").field("text"); got != "Hello" {
			c.t.Errorf("%s %q", what, got)
		}
		if got := c.ask(200, "DELETE /domains/{domain}/"+what, net, "").field("text"); got != "" {
			c.t.Errorf("%s %q", what, got)
		}
	}
	c.ask(200, "POST /stop", nil, `{"delay":3600}`)
}

// tryPolicies sets an option of a domain, and takes that back.
func (c *client) tryPolicies() {
	c.t.Helper()
	at := []string{other, "archive.retention_days"}
	c.ask(200, "GET /domains/{domain}/policies", at[:1], "")
	c.ask(200, "GET /domains/{domain}/policies/{key}", at, "")
	for _, r := range []string{"GET /keys", "POST /keys", "DELETE /keys/{id}"} {
		c.ask(403, r, []string{"x"}, "")
	}
	if p := c.ask(200, "PUT /domains/{domain}/policies/{key}", at, `{"value":"30"}`).body; p["value"] != "30" || p["source"] != "page" || p["editable"] != true {
		c.t.Errorf("policy %v", p)
	}
	c.ask(422, "PUT /domains/{domain}/policies/{key}", at, `{"value":"-1"}`)
	c.ask(404, "PUT /domains/{domain}/policies/{key}", []string{other, "archive.days"}, `{"value":"1"}`)
	if p := c.ask(200, "DELETE /domains/{domain}/policies/{key}", at, "").body; p["value"] != "0" || p["source"] != "default" {
		c.t.Errorf("policy %v", p)
	}
	c.ask(409, "POST /reload", nil, "") // this server has no file
}

// tryReports reads reports, of which there are none.
func (c *client) tryReports() {
	c.t.Helper()
	if list := c.ask(200, "GET /reports?domain=example.net", nil, "").items(); len(list) != 0 {
		c.t.Errorf("reports %v", list)
	}
	c.ask(404, "GET /reports/{id}", []string{"x"}, "")
	c.ask(404, "DELETE /reports/{id}", []string{"x"}, "")
}

// tryFiles asks for what is no JSON.
func (c *client) tryFiles(lan, sales string) {
	c.t.Helper()
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	c.ask(404, "GET /aliases/{address}/avatar", []string{sales}, "")
	c.ask(200, "PATCH /aliases/{address}", []string{sales}, `{"avatar":"`+png+`"}`)
	if hash := c.ask(200, "GET /aliases/{address}/details", []string{sales}, "").field("picture"); len(hash) != 40 {
		c.t.Errorf("picture %q", hash)
	}
	for route, kind := range map[string]string{"/accounts/" + lan + "/export": "application/xml; charset=utf-8", "/export": "application/xml; charset=utf-8",
		"/domains/" + other + "/export": "application/xml; charset=utf-8", "/aliases/" + sales + "/avatar": "image/png"} {
		resp, b := c.exchange("GET", "/api/v1"+route, "")
		h := resp.Header
		if resp.StatusCode != 200 || h.Get("Content-Type") != kind || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || len(b) == 0 {
			c.t.Errorf("%s: %s %v", route, resp.Status, h)
		}
	}
	for _, path := range []string{"GET /accounts/{address}/export", "GET /export", "GET /domains/{domain}/export"} {
		c.used[path] = true
	}
	c.ask(200, "POST /import?dry_run=true", nil, file("example.net", "quynh"))
	c.ask(400, "GET /aliases/{address}/avatar?size=1", []string{sales}, "")
}

// tryAccess makes passwords for programs, and ends them.
func (c *client) tryAccess(lan []string) {
	c.t.Helper()
	c.ask(200, "GET /accounts/{address}/contacts", lan, "")
	c.ask(201, "POST /accounts/{address}/app-passwords", lan, `{"label":"Phone"}`)
	if got := c.ask(200, "GET /accounts/{address}/app-passwords", lan, "").items(); len(got) != 1 {
		c.t.Errorf("app passwords %v", got)
	}
	known := c.ask(200, "GET /accounts/{address}/clients", lan, "").items()
	if len(known) != 1 || known[0].(object)["app_password"] != "Phone" {
		c.t.Fatalf("clients %v", known)
	}
	c.ask(200, "DELETE /accounts/{address}/clients/{id}", append(lan, known[0].(object)["id"].(string)), "")
	app := c.ask(201, "POST /accounts/{address}/app-passwords", lan, `{"label":"Phone"}`).field("id")
	c.ask(200, "DELETE /accounts/{address}/app-passwords/{id}", append(lan, app), "")
}

// Every route is described, and answers as it is described.
func TestEveryRoute(t *testing.T) {
	c := start(t)
	lan, sales := []string{"lan@example.net"}, []string{"sales@example.net"}
	c.ask(200, "GET /status", nil, "")
	c.ask(200, "GET /health", nil, "")
	if got := c.ask(200, "GET /domains", nil, "").items(); len(got) != 2 {
		t.Errorf("domains %v", got)
	}
	c.ask(200, "GET /domains/{domain}", []string{other}, "")
	c.tryPolicies()
	c.ask(200, "GET /sessions", nil, "")
	c.ask(201, "POST /accounts", nil, `{"address":"minh@example.net","name":"Minh","generate":true}`)
	c.ask(200, "POST /accounts/import", nil, `{"csv":"chi@example.net,Chi,,secret-123\nzoe@other.example,,,secret-123\n"}`)
	c.ask(201, "PUT /accounts/{address}", lan, `{"name":"Nguyễn Thị Lan","department":"Sales","password":"secret-123"}`)
	c.ask(200, "GET /accounts/{address}", lan, "")
	c.ask(200, "PATCH /accounts/{address}", lan, `{"lang":"vi"}`)
	c.ask(200, "GET /accounts/{address}/details", lan, "")
	c.ask(200, "GET /accounts/{address}/holdings", lan, "")
	c.ask(200, "GET /accounts/{address}/sessions", lan, "")
	c.ask(200, "POST /accounts/{address}/kick", lan, `{}`)
	c.ask(404, "DELETE /accounts/{address}/sessions/{resource}", append(lan, "tv"), "")
	c.ask(200, "POST /accounts/{address}/password", lan, `{"password":"secret-1234"}`)
	c.ask(201, "POST /accounts/{address}/reset-link", lan, "")
	c.tryMessages()
	c.tryAccess(lan)
	c.ask(200, "POST /accounts/{address}/disable", lan, "")
	c.ask(200, "POST /accounts/{address}/enable", lan, "")
	if got := c.ask(200, "GET /accounts?search=nguyen", nil, "").items(); len(got) != 1 {
		t.Errorf("found %v", got)
	}
	c.ask(201, "POST /aliases", nil, `{"address":"all@example.net","everyone":true}`)
	c.ask(201, "PUT /aliases/{address}", sales, `{"targets":["lan@example.net"],"group_chat":true,"name":"Sales"}`)
	c.ask(200, "GET /aliases/{address}", sales, "")
	c.ask(200, "PATCH /aliases/{address}", sales, `{"leads":["lan@example.net"]}`)
	c.ask(200, "POST /aliases/{address}/targets", sales, `{"targets":["minh@example.net","chi@example.net"]}`)
	c.ask(200, "POST /aliases/{address}/targets/remove", sales, `{"targets":["chi@example.net"]}`)
	if m, _ := c.ask(200, "GET /aliases/{address}/members", sales, "").body["members"].([]any); len(m) != 2 {
		t.Errorf("members %v", m)
	}
	if p := c.ask(200, "POST /aliases/{address}/preview", sales, `{"targets":["lan@example.net","x@elsewhere.example"]}`).body; p["chat"] != 1.0 || p["mail"] != 1.0 {
		t.Errorf("preview %v", p)
	}
	c.tryFiles(lan[0], sales[0])
	c.ask(200, "GET /aliases", nil, "")
	waitFor(t, func() bool { return len(c.ask(200, "GET /groups", nil, "").items()) == 1 })
	c.ask(200, "GET /groups/{address}", sales, "")
	c.ask(200, "DELETE /groups/{address}/files", sales, "")
	c.ask(200, "GET /rooms", nil, "")
	c.ask(404, "GET /rooms/{address}", []string{"tea@groups.example.net"}, "")
	c.ask(404, "DELETE /rooms/{address}", []string{"tea@groups.example.net"}, "")
	c.ask(200, "POST /aliases/{address}/rename", sales, `{"to":"shop@example.net"}`)
	shop := []string{"shop@example.net"}
	c.ask(200, "DELETE /aliases/{address}", shop, "")
	c.ask(200, "GET /aliases?deleted=true", nil, "")
	c.ask(200, "POST /aliases/{address}/restore", shop, "")
	invite := c.ask(201, "POST /invites", nil, `{"account":"mai@example.net","groups":["shop@example.net"],"note":"Mai"}`)
	if got := c.ask(200, "GET /invites?domain=example.net&search=mai", nil, "").items(); len(got) != 1 {
		t.Errorf("invitations %v", got)
	}
	c.ask(200, "DELETE /invites/{id}", []string{invite.field("id")}, "")
	token := c.ask(201, "POST /sso/tokens", nil, `{"account":"lan@example.net"}`)
	if jid := c.ask(201, "POST /sso/prebind", nil, `{"account":"lan@example.net","resource":"mail"}`).field("jid"); jid != "lan@example.net/mail" {
		t.Error(jid)
	}
	c.ask(200, "DELETE /sso/tokens/{session}", []string{token.field("session")}, "")
	c.ask(200, "DELETE /accounts/{address}", []string{"chi@example.net"}, "")
	c.tryReports()
	audit := c.ask(200, "GET /audit?limit=500", nil, "").items()
	if line := audit[0].(object); line["door"] != "api" || line["action"] != "account.delete" || !strings.HasPrefix(line["actor"].(string), "key ") {
		t.Errorf("audit %v", line)
	}
	if left := unused(api.Routes(), c.used); len(left) > 0 {
		t.Errorf("routes that nobody tried: %q", left)
	}
	for _, o := range admin.Ops() { // what PUT does needs no second way
		if !api.Operations()[o.Name] {
			t.Errorf("%s has no route", o.Name)
		}
	}
}
