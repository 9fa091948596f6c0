package api_test

import (
	"slices"
	"strings"
	"testing"

	"myna/admin/api"
	"myna/admin/session"
)

// filled is the path of a route with something of a domain in its places.
func filled(pattern, domain string) string {
	path := pattern
	for from, to := range map[string]string{"{domain}": domain, "/rooms/{address}": "/rooms/tea@groups." + domain, "{address}": "zoe@" + domain,
		"{key}": "archive.retention_days", "{id}": "id", "{resource}": "phone", "{session}": "abc"} {
		path = strings.ReplaceAll(path, from, to)
	}
	return path
}

// bodies are requests that would do something, by route; where none stands, nothing is needed.
func bodies(domain string) map[string]string {
	zoe, sales := `"zoe@`+domain+`"`, `"sales@`+domain+`"`
	return map[string]string{
		"POST /accounts":                         `{"address":"new@` + domain + `","generate":true}`,
		"POST /accounts/import":                  `{"csv":"new@` + domain + `,,,secret-123"}`,
		"PUT /accounts/{address}":                `{"password":"secret-123"}`,
		"PATCH /accounts/{address}":              `{"name":"x"}`,
		"POST /accounts/{address}/password":      `{"generate":true}`,
		"POST /accounts/{address}/kick":          `{}`,
		"POST /accounts/{address}/app-passwords": `{"label":"x"}`,
		"POST /aliases":                          `{"address":"new@` + domain + `","everyone":true}`,
		"PUT /aliases/{address}":                 `{"targets":[` + zoe + `]}`,
		"PATCH /aliases/{address}":               `{"name":"x"}`,
		"POST /aliases/{address}/preview":        `{"targets":[` + zoe + `]}`,
		"POST /aliases/{address}/targets":        `{"targets":[` + zoe + `]}`,
		"POST /aliases/{address}/targets/remove": `{"targets":[` + zoe + `]}`,
		"POST /aliases/{address}/rename":         `{"to":"new@` + domain + `"}`,
		"POST /domains/{domain}/announcements":   `{"text":"x"}`,
		"PUT /domains/{domain}/motd":             `{"text":"x"}`,
		"PUT /domains/{domain}/welcome":          `{"text":"x"}`,
		"PUT /domains/{domain}/policies/{key}":   `{"value":"1"}`,
		"POST /keys":                             `{"name":"x","domain":"` + domain + `"}`,
		"POST /invites":                          `{"domain":"` + domain + `","groups":[` + sales + `]}`,
		"POST /sso/tokens":                       `{"account":` + zoe + `}`,
		"POST /sso/prebind":                      `{"account":` + zoe + `}`,
		"POST /stop":                             `{}`,
		"POST /import":                           file(domain, "new"),
	}
}

// whole are routes that are about no domain; the comment says what a domain's administrator gets of them.
var whole = map[string]string{
	"GET /export": "", // that of the own domain
	"GET /status": "", "GET /health": "", "GET /domains": "", "GET /accounts": "domain", "GET /aliases": "domain", "GET /audit": "domain", "GET /groups": "domain", "GET /rooms": "domain",
	"GET /sessions": "domain", "GET /reports": "domain", "GET /invites": "domain", "GET /keys": "domain", // those of the own domain, and no other may be asked for
	"POST /reload": "no", "POST /stop": "no", // nothing
	"DELETE /sso/tokens/{session}": "", // ends sessions of the own domain only
}

// An administrator of a domain gets at nothing of another by any route, with a key or by the page, and cannot tell what is there.
func TestForeignDomain(t *testing.T) {
	c := withPeople(t)
	c.ask(201, "PUT /aliases/{address}", []string{"sales@" + other}, `{"targets":["zoe@`+other+`"],"group_chat":true}`)
	before := len(c.ask(200, "GET /audit?limit=500", nil, "").items())
	page := c.enter("lan@example.net")
	key := c.with(c.newKey("example.net"))
	before++ // the key
	for _, r := range api.Routes() {
		method, pattern, _ := strings.Cut(r, " ")
		how, general := whole[r]
		path, wanted := filled(pattern, other), []int{403, 404}
		switch {
		case r == "POST /import":
			wanted = []int{200} // the account is refused
		case !general && strings.Contains(r, "/import"):
			wanted = []int{422} // the line is refused
		case general && how == "domain":
			path += "?domain=" + other
		case general && how == "":
			continue
		}
		for door, a := range map[string]answer{"page": page.send(method, path, bodies(other)[r]), "key": key.do(method, "/api/v1"+path, bodies(other)[r])} {
			if !slices.Contains(wanted, a.status) {
				t.Errorf("%s, %s: %d %v", r, door, a.status, a.body)
			}
		}
	}
	if after := len(c.ask(200, "GET /audit?limit=500", nil, "").items()); after != before {
		t.Errorf("%d changes were made", after-before)
	}
}

// No page of another site changes anything with the cookie of this one, by any route, and none reads.
func TestForgedByEveryRoute(t *testing.T) {
	c := withPeople(t)
	b, stranger := c.enter("root@example.net"), c.enter("lan@example.net")
	before := len(c.ask(200, "GET /audit?limit=500", nil, "").items())
	for _, r := range append(api.Routes(), "DELETE /session", "POST /session") {
		method, pattern, _ := strings.Cut(r, " ")
		path, body := filled(pattern, "example.net"), bodies("example.net")[r]
		forgeries := [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}}
		if method != "GET" {
			forgeries = append(forgeries, []string{"Origin", "https://evil.example"}, []string{"Origin", "null"})
		}
		if method != "GET" && r != "POST /session" { // who signs in has no token yet
			forgeries = append(forgeries, []string{session.TokenHeader, ""}, []string{session.TokenHeader, stranger.token}, []string{session.TokenHeader, b.token[1:]})
		}
		for _, headers := range forgeries {
			if a := b.send(method, path, body, headers...); a.status != 403 || a.field("type") != "/api/problems/not-from-here" {
				t.Errorf("%s with %q: %d %v", r, headers, a.status, a.body)
			}
		}
	}
	if after := len(c.ask(200, "GET /audit?limit=500", nil, "").items()); after != before {
		t.Errorf("%d changes were made", after-before)
	}
	b.want(200, "GET", "/session", "") // nobody signed it out
}

// Answers are kept by no cache, and say nothing to pages of others.
func TestHeadersOfEveryAnswer(t *testing.T) {
	c := withPeople(t)
	for _, r := range append(api.Routes(), "GET /session", "GET /nothing") {
		method, pattern, _ := strings.Cut(r, " ")
		if method != "GET" {
			continue
		}
		resp, _ := c.exchange(method, "/api/v1"+filled(pattern, other), "", "Origin", "https://evil.example")
		h := resp.Header
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
			"Access-Control-Allow-Origin": "", "Set-Cookie": ""} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", r, name, got, want)
			}
		}
		if kind := h.Get("Content-Type"); strings.Contains(kind, "html") {
			t.Errorf("%s: %s", r, kind)
		}
	}
}
