package api_test

import (
	"net/http"
	"strings"
	"testing"

	"myna/admin/session"
)

const pagePassword = "secret-123"

// browser is a client that signs in to the page: it keeps the cookie and the token.
type browser struct {
	*client
	cookie, token string
}

// withPeople is start with administrators, and somebody who is none.
func withPeople(t *testing.T) *client {
	t.Helper()
	c := start(t)
	for address, role := range map[string]string{"root@example.net": "server", "lan@example.net": "domain", "zoe@other.example": "domain", "minh@example.net": ""} {
		c.ask(201, "PUT /accounts/{address}", []string{address}, `{"password":"`+pagePassword+`","role":"`+role+`"}`)
	}
	return c
}

// visit is a browser that has not signed in.
func (c *client) visit() *browser { return &browser{client: c.with("")} }

// send makes a request as the page does; the cookie comes along, and changes.
func (b *browser) send(method, path, body string, headers ...string) answer {
	b.t.Helper()
	if b.cookie != "" {
		headers = append(headers, "Cookie", b.cookie)
	}
	if b.token != "" && method != "GET" {
		headers = append([]string{session.TokenHeader, b.token}, headers...) // a later one counts
	}
	a := b.do(method, "/api/v1"+path, body, headers...)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if b.cookie = ""; c.MaxAge >= 0 {
			b.cookie = c.Name + "=" + c.Value
		}
	}
	return a
}

func (b *browser) signIn(address, password string, headers ...string) answer {
	b.t.Helper()
	a := b.send("POST", "/session", `{"address":"`+address+`","password":"`+password+`"}`, headers...)
	b.token = a.field("token")
	return a
}

// enter is a browser that has signed in.
func (c *client) enter(address string) *browser {
	c.t.Helper()
	b := c.visit()
	if a := b.signIn(address, pagePassword); a.status != 200 || b.cookie == "" || b.token == "" {
		c.t.Fatalf("sign in as %s: %d %v", address, a.status, a.body)
	}
	return b
}

func (b *browser) want(status int, method, path, body string, headers ...string) answer {
	b.t.Helper()
	a := b.send(method, path, body, headers...)
	if a.status != status {
		b.t.Errorf("%s %s: %d %v, want %d", method, path, a.status, a.body, status)
	}
	return a
}

// An administrator signs in, works as with a key, and signs out.
func TestPageSession(t *testing.T) {
	c := withPeople(t)
	b := c.enter("root@example.net")
	if a := b.want(200, "GET", "/session", ""); a.field("address") != "root@example.net" || a.field("role") != "server" || len(a.body["domains"].([]any)) != 2 {
		t.Errorf("told %v", a.body)
	}
	b.want(201, "PUT", "/aliases/sales@example.net", `{"targets":["lan@example.net"],"group_chat":true}`)
	line := b.want(200, "GET", "/audit?limit=1", "").items()[0].(object)
	if line["actor"] != "root@example.net" || line["door"] != "page" {
		t.Errorf("audit %v", line)
	}
	old := *b
	b.want(204, "DELETE", "/session", "")
	old.want(401, "GET", "/status", "")
	b.want(401, "GET", "/session", "")
	b.want(204, "DELETE", "/session", "")
}

// A new sign-in of a browser takes the place of the old one, with another secret.
func TestSignInAgain(t *testing.T) {
	c := withPeople(t)
	b := c.enter("root@example.net")
	old := *b
	b.signIn("lan@example.net", pagePassword)
	if b.cookie == old.cookie || b.token == old.token {
		t.Error("the secret stays")
	}
	old.want(401, "GET", "/status", "")
	if a := b.want(200, "GET", "/session", ""); a.field("address") != "lan@example.net" {
		t.Errorf("told %v", a.body)
	}
}

// Who may not, and what is no sign-in, gets in nowhere, and learns nothing that the password does not prove.
func TestSignInRefused(t *testing.T) {
	c := withPeople(t)
	c.ask(200, "POST /accounts/{address}/disable", []string{"zoe@other.example"}, "")
	b := c.visit()
	for _, tt := range []struct {
		address, password string
		status            int
	}{
		{"minh@example.net", pagePassword, 403}, {"zoe@other.example", pagePassword, 403}, {"minh@example.net", "wrong", 401},
		{"root@example.net", "", 401}, {"root@example.net/x", pagePassword, 401}, {"example.net", pagePassword, 401}, {"@", pagePassword, 401},
	} {
		if a := b.signIn(tt.address, tt.password); a.status != tt.status || b.cookie != "" {
			t.Errorf("%s: %d %v, want %d", tt.address, a.status, a.body, tt.status)
		}
	}
	b.want(415, "POST", "/session", `{}`, "Content-Type", "text/plain")
	b.want(400, "POST", "/session", `[]`)
	b.want(413, "POST", "/session", `{"address":"`+strings.Repeat("x", 5000)+`"}`)
	b.want(405, "PUT", "/session", `{}`)
	b.want(403, "POST", "/session", `{"address":"root@example.net","password":"`+pagePassword+`"}`, "Origin", "https://evil.example")
	b.want(401, "GET", "/status", "", "Cookie", "myna-admin=")
	b.want(401, "GET", "/status", "", "Cookie", "myna-admin="+strings.Repeat("A", 43))
}

// Guessing is slowed down as elsewhere, and what comes unencrypted from another machine is refused unread.
func TestSignInGuessing(t *testing.T) {
	c := withPeople(t)
	for range 5 {
		c.visit().signIn("root@example.net", "wrong")
	}
	if a := c.visit().signIn("root@example.net", pagePassword); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", a.status, a.body)
	}
	away := []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http"}
	if a := c.visit().signIn("lan@example.net", pagePassword, away...); a.status != 403 || a.field("type") != "/api/problems/encryption-required" {
		t.Errorf("unencrypted: %d %v", a.status, a.body)
	}
	away[3] = "https"
	b := c.visit()
	if a := b.signIn("lan@example.net", pagePassword, away...); a.status != 200 || !strings.HasPrefix(b.cookie, "__Host-") {
		t.Errorf("behind a proxy: %d, cookie %s", a.status, b.cookie)
	}
	if set := b.send("GET", "/status", ""); set.status != 401 {
		t.Errorf("a cookie of https is good for plain HTTP: %d", set.status)
	}
	b.want(200, "GET", "/status", "", away...)
}

// A page of another site does nothing with the cookie.
func TestForgedRequests(t *testing.T) {
	c := withPeople(t)
	b := c.enter("root@example.net")
	put := `{"targets":["lan@example.net"]}`
	b.want(403, "PUT", "/aliases/a@example.net", put, session.TokenHeader, "")
	b.want(403, "PUT", "/aliases/a@example.net", put, session.TokenHeader, b.token+"A")
	b.want(403, "PUT", "/aliases/a@example.net", put, "Origin", "https://evil.example")
	b.want(403, "PUT", "/aliases/a@example.net", put, "Sec-Fetch-Site", "cross-site")
	b.want(403, "POST", "/accounts/lan@example.net/disable", "", "Sec-Fetch-Site", "same-site")
	b.want(403, "GET", "/accounts", "", "Sec-Fetch-Site", "cross-site")
	b.want(403, "DELETE", "/session", "", session.TokenHeader, "x")
	b.want(201, "PUT", "/aliases/a@example.net", put, "Origin", c.base, "Sec-Fetch-Site", "same-origin")
	if a := b.want(403, "PUT", "/aliases/b@example.net", put, session.TokenHeader, ""); a.field("type") != "/api/problems/not-from-here" {
		t.Errorf("told %v", a.body)
	}
}

// What a session stands on changes: it is over at once.
func TestPageSessionEnds(t *testing.T) {
	c := withPeople(t)
	root := []string{"root@example.net"}
	for name, change := range map[string]func(){
		"password": func() {
			c.ask(200, "POST /accounts/{address}/password", root, `{"password":"`+pagePassword+`"}`)
		},
		"role": func() {
			c.ask(200, "PATCH /accounts/{address}", root, `{"role":"domain"}`)
			c.ask(200, "PATCH /accounts/{address}", root, `{"role":"server"}`)
		},
		"disabled": func() {
			c.ask(200, "POST /accounts/{address}/disable", root, "")
			c.ask(200, "POST /accounts/{address}/enable", root, "")
		},
	} {
		b, other := c.enter("root@example.net"), c.enter("lan@example.net")
		change()
		if a := b.send("GET", "/status", ""); a.status != 401 {
			t.Errorf("%s: %d", name, a.status)
		}
		other.want(200, "GET", "/status", "")
	}
	b := c.enter("lan@example.net")
	c.ask(200, "DELETE /accounts/{address}", []string{"lan@example.net"}, "")
	b.want(401, "GET", "/status", "")
}

// An administrator of a domain sees and changes that domain by every door of the API.
func TestPageOfADomain(t *testing.T) {
	c := withPeople(t)
	c.ask(201, "PUT /aliases/{address}", []string{"sales@other.example"}, `{"targets":["zoe@other.example"],"group_chat":true}`)
	b := c.enter("lan@example.net")
	if a := b.want(200, "GET", "/session", ""); len(a.body["domains"].([]any)) != 1 {
		t.Errorf("told %v", a.body)
	}
	for _, path := range []string{"/accounts/zoe@other.example", "/accounts/zoe@other.example/details", "/accounts/zoe@other.example/holdings",
		"/accounts/zoe@other.example/sessions", "/aliases/sales@other.example", "/aliases/sales@other.example/members", "/groups/sales@other.example",
		"/domains/other.example", "/accounts?domain=other.example", "/aliases?domain=other.example", "/audit?domain=other.example", "/groups?domain=other.example",
		"/accounts/lan@example.net%2F..%2Fzoe@other.example", "/accounts/..%2Fzoe@other.example"} {
		if a := b.send("GET", path, ""); a.status != 404 && a.status != 422 {
			t.Errorf("%s: %d %v", path, a.status, a.body)
		}
	}
	for _, path := range []string{"/accounts", "/aliases", "/audit", "/domains", "/groups"} {
		for _, item := range b.want(200, "GET", path, "").items() {
			for k, v := range item.(object) {
				if s, ok := v.(string); ok && strings.Contains(s, "other.example") {
					t.Errorf("%s tells %s: %s", path, k, s)
				}
			}
		}
	}
	b.want(404, "POST", "/accounts/zoe@other.example/password", `{"generate":true}`)
	b.want(404, "DELETE", "/aliases/sales@other.example", "")
	b.want(403, "POST", "/accounts", `{"address":"x@other.example","generate":true}`)
	b.want(403, "PUT", "/aliases/a@example.net", `{"targets":["zoe@other.example"]}`)
	b.want(403, "PATCH", "/accounts/root@example.net", `{"role":"domain"}`)
	b.want(403, "PATCH", "/accounts/lan@example.net", `{"role":"server"}`)
	b.want(409, "POST", "/accounts/lan@example.net/disable", "")
}
