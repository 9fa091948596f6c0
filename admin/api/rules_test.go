package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// waitFor asks until something is so: the reconciler of groups works beside us.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !so(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it did not become so")
		}
	}
}

// A change under a condition does not undo that of somebody else; the same PUT may come again.
func TestConditions(t *testing.T) {
	c := start(t)
	lan, sales := []string{"lan@example.net"}, []string{"sales@example.net"}
	whole := `{"name":"Lan","password":"secret-123"}`
	c.ask(412, "PUT /accounts/{address}", lan, whole, "If-Match", "*")
	first := c.ask(201, "PUT /accounts/{address}", lan, whole, "If-None-Match", "*").header.Get("ETag")
	c.ask(412, "PUT /accounts/{address}", lan, whole, "If-None-Match", "*")
	if again := c.ask(200, "PUT /accounts/{address}", lan, whole).header.Get("ETag"); again != first {
		t.Errorf("the same again is another version: %s, %s", first, again)
	}
	if got := c.ask(200, "GET /accounts/{address}", lan, ""); got.header.Get("ETag") != first {
		t.Errorf("tag %s, want %s", got.header.Get("ETag"), first)
	}
	c.ask(304, "GET /accounts/{address}", lan, "", "If-None-Match", first)
	second := c.ask(200, "PATCH /accounts/{address}", lan, `{"name":"Lan N."}`, "If-Match", `"x", `+first).header.Get("ETag")
	c.ask(412, "PATCH /accounts/{address}", lan, `{"name":"Other"}`, "If-Match", first)
	c.ask(412, "PUT /accounts/{address}", lan, whole, "If-Match", first)
	c.ask(412, "DELETE /accounts/{address}", lan, "", "If-Match", first)
	c.ask(412, "DELETE /accounts/{address}", lan, "", "If-Match", "W/"+second)
	if n := len(c.ask(200, "GET /audit", nil, "").items()); n != 3 { // the key, the account, its name
		t.Errorf("%d lines in the audit log: what changes nothing is in it, too", n)
	}
	put := `{"targets":["lan@example.net"],"group_chat":true}`
	tag := c.ask(201, "PUT /aliases/{address}", sales, put).header.Get("ETag")
	read := c.do("GET", "/api/v1/aliases/sales@example.net", "")
	c.ask(200, "PUT /aliases/{address}", sales, put, "If-Match", tag)
	c.ask(200, "PATCH /aliases/{address}", sales, `{"name":"Sales"}`)
	c.ask(412, "PUT /aliases/{address}", sales, put, "If-Match", tag)
	c.ask(412, "DELETE /aliases/{address}", sales, "", "If-Match", read.header.Get("ETag"))
	fresh := c.ask(201, "PUT /aliases/{address}", []string{"tech@example.net"}, put).header.Get("ETag")
	waitFor(t, func() bool { return len(c.ask(200, "GET /groups?search=tech", nil, "").items()) == 1 })
	c.ask(200, "PATCH /aliases/{address}", []string{"tech@example.net"}, `{"name":"Tech"}`, "If-Match", fresh) // that it has a room now is no change
	c.ask(412, "POST /accounts/{address}/disable", lan, "", "If-Match", first)
	off := c.ask(200, "POST /accounts/{address}/disable", lan, "", "If-Match", second).header.Get("ETag")
	on := c.ask(200, "POST /accounts/{address}/enable", lan, "", "If-Match", off).header.Get("ETag")
	c.ask(412, "POST /accounts/{address}/kick", lan, "{}", "If-Match", on) // what is changed has no version
	c.ask(200, "POST /accounts/{address}/kick", lan, "{}", "If-Match", "*")
	c.ask(200, "DELETE /accounts/{address}", lan, "", "If-Match", on)
}

// What POST does to an alias depends on conditions, too, and its answer has the version that is there then.
func TestConditionsOfPost(t *testing.T) {
	c := start(t)
	for _, name := range []string{"lan", "minh", "chi"} {
		c.ask(201, "PUT /accounts/{address}", []string{name + "@example.net"}, `{"password":"secret-123"}`)
	}
	sales, shop := []string{"sales@example.net"}, []string{"shop@example.net"}
	stale := c.ask(201, "PUT /aliases/{address}", sales, `{"targets":["lan@example.net"],"group_chat":true}`).header.Get("ETag")
	tag := c.ask(200, "PATCH /aliases/{address}", sales, `{"name":"Sales"}`).header.Get("ETag")
	for _, step := range []struct {
		route string
		at    []string
		body  string
	}{
		{"POST /aliases/{address}/targets", sales, `{"targets":["minh@example.net","chi@example.net"]}`},
		{"POST /aliases/{address}/targets/remove", sales, `{"targets":["chi@example.net"]}`},
		{"POST /aliases/{address}/rename", sales, `{"to":"shop@example.net"}`},
		{"DELETE /aliases/{address}", shop, ""},
		{"POST /aliases/{address}/restore", shop, ""},
	} {
		before := len(c.ask(200, "GET /audit?limit=500", nil, "").items())
		for _, wrong := range []string{stale, `"x"`, "W/" + tag} {
			if a := c.ask(412, step.route, step.at, step.body, "If-Match", wrong); a.field("code") != "changed-meanwhile" {
				t.Errorf("%s: %v", step.route, a.body)
			}
		}
		if after := len(c.ask(200, "GET /audit?limit=500", nil, "").items()); after != before {
			t.Errorf("%s: %d changes were made", step.route, after-before)
		}
		stale = tag
		a := c.ask(200, step.route, step.at, step.body, "If-Match", `"y", `+tag)
		if tag = a.header.Get("ETag"); strings.HasPrefix(step.route, "DELETE") {
			tag = c.ask(200, "GET /aliases/{address}", shop, "").header.Get("ETag")
		}
	}
	if got := c.ask(200, "GET /aliases/{address}", shop, ""); got.header.Get("ETag") != tag {
		t.Errorf("tag %s, want %s", got.header.Get("ETag"), tag)
	}
}

// Options and messages of a domain are changed under conditions, too.
func TestConditionsOfADomain(t *testing.T) {
	c := start(t)
	net := []string{"example.net"}
	for _, what := range []string{"motd", "welcome"} {
		route := " /domains/{domain}/" + what
		none := c.ask(200, "GET"+route, net, "").header.Get("ETag")
		first := c.ask(200, "PUT"+route, net, `{"text":"Hello"}`, "If-Match", none).header.Get("ETag")
		c.ask(412, "PUT"+route, net, `{"text":"Other"}`, "If-None-Match", "*")
		c.ask(412, "PUT"+route, net, `{"text":"Other"}`, "If-Match", none)
		c.ask(412, "DELETE"+route, net, "", "If-Match", none)
		c.ask(304, "GET"+route, net, "", "If-None-Match", first)
		if got := c.ask(200, "GET"+route, net, ""); got.field("text") != "Hello" || got.header.Get("ETag") != first {
			t.Errorf("%s is %v", what, got.body)
		}
		c.ask(200, "PUT"+route, net, `{"text":"Hello all"}`, "If-Match", first)
		c.ask(200, "PUT"+route, net, `{"text":"Again"}`)
		c.ask(200, "DELETE"+route, net, "", "If-Match", "*")
		c.ask(200, "PUT"+route, net, `{"text":"New"}`, "If-None-Match", "*")
	}
	const route = " /domains/{domain}/policies/{key}"
	at := []string{"example.net", "archive.retention_days"}
	was := c.ask(200, "GET"+route, at, "").header.Get("ETag")
	c.ask(412, "PUT"+route, at, `{"value":"30"}`, "If-None-Match", "*")
	set := c.ask(200, "PUT"+route, at, `{"value":"30"}`, "If-Match", was).header.Get("ETag")
	a := c.ask(412, "PUT"+route, at, `{"value":"60"}`, "If-Match", was)
	if a.field("type") != "/api/problems/changed" || a.field("code") != "changed-meanwhile" {
		t.Errorf("%v", a.body)
	}
	c.ask(412, "DELETE"+route, at, "", "If-Match", was)
	if p := c.ask(200, "GET"+route, at, ""); p.field("value") != "30" || p.header.Get("ETag") != set {
		t.Errorf("%v", p.body)
	}
	c.ask(200, "DELETE"+route, at, "", "If-Match", set)
	if got := c.with(c.newKey("example.net")).ask(200, "GET"+route, at, ""); got.header.Get("ETag") != was {
		t.Error("who asks makes another version")
	}
}

// Problems have a code that stays the same, with the values in it, so that a page says them in another language.
func TestCodesOfProblems(t *testing.T) {
	c := start(t)
	c.ask(201, "PUT /accounts/{address}", []string{"lan@example.net"}, `{"password":"secret-123"}`)
	a := c.ask(422, "POST /accounts/{address}/password", []string{"lan@example.net"}, `{"password":"x"}`)
	if values, _ := a.body["values"].([]any); a.field("code") != "password-refused" || len(values) != 1 || !strings.HasSuffix(a.field("detail"), values[0].(string)) {
		t.Errorf("%v", a.body)
	}
	a = c.ask(404, "PUT /aliases/{address}", []string{"sales@example.net"}, `{"targets":["lam@example.net"]}`)
	if values, _ := a.body["values"].([]any); a.field("code") != "member-near" || len(values) != 4 || values[1] != "lam@example.net" || values[3] != "lan@example.net" {
		t.Errorf("%v", a.body)
	}
	refused, _ := c.ask(422, "POST /accounts/import", nil, `{"csv":"lan@example.net,,,secret-123\na,b,c,d,e\n"}`).body["refused"].([]any)
	for i, code := range []string{"import-exists", "csv-fields"} {
		if len(refused) != 2 || refused[i].(object)["code"] != code {
			t.Errorf("%v", refused)
		}
	}
	a = c.ask(422, "PUT /domains/{domain}/policies/{key}", []string{"example.net", "modules.muc.room_creation"}, `{"value":"x"}`)
	if a.field("code") != "option-value" {
		t.Errorf("%v", a.body)
	}
}

// Who has signed in to the page makes keys, of the own domain or the server as the role is; they are told once, and work until they
// are revoked. A key makes none.
func TestKeysOfThePage(t *testing.T) {
	c := withPeople(t)
	root, lan := c.enter("root@example.net"), c.enter("lan@example.net")
	whole := root.want(201, "POST", "/keys", `{"name":"panel"}`)
	own := lan.want(201, "POST", "/keys", `{"name":"webmail","domain":"example.net"}`)
	lan.want(403, "POST", "/keys", `{"name":"panel"}`)
	lan.want(404, "POST", "/keys", `{"name":"webmail","domain":"other.example"}`)
	lan.want(404, "DELETE", "/keys/"+whole.field("id"), "")
	for _, k := range []answer{whole, own} {
		program := c.with(k.field("key"))
		program.ask(200, "GET /accounts/{address}", []string{"lan@example.net"}, "")
		program.ask(403, "POST /keys", nil, `{"name":"more","domain":"example.net"}`)
	}
	if list := lan.want(200, "GET", "/keys", "").items(); len(list) != 1 || list[0].(object)["key"] != nil || list[0].(object)["by"] != "lan@example.net" {
		t.Errorf("%v", list)
	}
	lan.want(200, "DELETE", "/keys/"+own.field("id"), "")
	c.with(own.field("key")).ask(401, "GET /status", nil, "")
	line := root.want(200, "GET", "/audit?limit=1", "").items()[0].(object)
	if line["action"] != "key.revoke" || line["door"] != "page" || line["actor"] != "lan@example.net" {
		t.Errorf("%v", line)
	}
}

// A key of a domain sees and changes its domain; others are not there, whether they are or not.
func TestKeyOfADomain(t *testing.T) {
	server := start(t)
	for _, address := range []string{"lan@example.net", "zoe@other.example"} {
		server.ask(201, "PUT /accounts/{address}", []string{address}, `{"password":"secret-123"}`)
	}
	server.ask(201, "PUT /accounts/{address}", []string{"root@example.net"}, `{"password":"secret-123","role":"server"}`)
	c := server.with(server.newKey("example.net"))
	if got := c.ask(200, "GET /accounts", nil, "").items(); len(got) != 2 {
		t.Errorf("accounts %v", got)
	}
	if got := c.ask(200, "GET /domains", nil, "").items(); len(got) != 1 {
		t.Errorf("domains %v", got)
	}
	var told []string
	for _, domain := range []string{other, "nowhere.example"} {
		for _, local := range []string{"zoe", "nobody"} {
			at := []string{local + "@" + domain}
			for _, route := range []string{"GET /accounts/{address}", "DELETE /accounts/{address}", "GET /aliases/{address}",
				"GET /accounts/{address}/sessions", "GET /groups/{address}"} {
				told = append(told, c.ask(404, route, at, "").field("detail"))
			}
			told = append(told, c.ask(404, "PUT /accounts/{address}", at, `{"password":"secret-123"}`).field("detail"),
				c.ask(404, "GET /rooms/{address}", []string{local + "@groups." + domain}, "").field("detail"))
		}
		told = append(told, c.ask(404, "GET /accounts?domain="+domain, nil, "").field("detail"))
		c.ask(404, "GET /domains/{domain}", []string{domain}, "")
		c.ask(403, "POST /sso/tokens", nil, `{"account":"zoe@`+domain+`"}`)
	}
	for _, detail := range told {
		if detail != told[0] {
			t.Errorf("%q and %q tell what is there", told[0], detail)
		}
	}
	c.ask(403, "POST /accounts/{address}/password", []string{"root@example.net"}, `{"generate":true}`)
	c.ask(403, "POST /sso/tokens", nil, `{"account":"root@example.net"}`)
	c.ask(200, "PATCH /accounts/{address}", []string{"lan@example.net"}, `{"name":"Lan"}`)
}

// Keys that are wrong, revoked or missing get nothing; an address that tries many has to wait.
func TestKeys(t *testing.T) {
	c := start(t)
	id := strings.Split(c.key, "_")[1]
	problem := func(key string, status int, kind string) {
		t.Helper()
		if a := c.with(key).ask(status, "GET /status", nil, ""); a.field("type") != "/api/problems/"+kind {
			t.Errorf("%q: %v", key, a.body)
		}
	}
	problem("", 401, "unauthorized")
	problem(c.key[:len(c.key)-1]+"!", 401, "unauthorized")
	problem("myna_"+id+"_", 401, "unauthorized")
	problem("x", 401, "unauthorized")
	if _, err := c.xmpp.Do(t.Context(), `admin key.revoke {"id":"`+id+`"}`); err != nil {
		t.Fatal(err)
	}
	problem(c.key, 401, "unauthorized")
	problem(c.key, 401, "unauthorized")
	valid := c.newKey("")
	problem("x", 429, "too-many-attempts")
	problem(valid, 429, "too-many-attempts")
	// What comes through a proxy counts for where it comes from, and has to be encrypted there.
	from := []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https"}
	c.with(valid).ask(200, "GET /status", nil, "", from...)
	from[3] = "http"
	if a := c.with(valid).ask(403, "GET /status", nil, "", from...); a.field("type") != "/api/problems/encryption-required" {
		t.Errorf("not encrypted: %v", a.body)
	}
}

// Whatever comes, the answer is a problem with a type that stays.
func TestProblems(t *testing.T) {
	c := start(t)
	for _, tt := range []struct {
		method, path, body string
		status             int
		kind               string
		headers            []string
	}{
		{"GET", "/api/v1/nothing", "", 404, "not-found", nil},
		{"GET", "/api/v2", "", 404, "not-found", nil},
		{"GET", "/api/problems/none", "", 404, "not-found", nil},
		{"GET", "/api/v1/accounts/a@example.net/none", "", 404, "not-found", nil},
		{"PUT", "/api/v1/accounts", "{}", 405, "method-not-allowed", nil},
		{"OPTIONS", "/api/v1/accounts", "", 405, "method-not-allowed", nil},
		{"POST", "/api/openapi.json", "{}", 405, "method-not-allowed", nil},
		{"DELETE", "/api/problems/not-found", "", 405, "method-not-allowed", nil},
		{"POST", "/api/v1/accounts/a@example.net/export", "{}", 405, "method-not-allowed", nil},
		{"PUT", "/api/v1/session", "{}", 405, "method-not-allowed", nil},
		{"POST", "/api/v1/accounts", "{", 400, "malformed", nil},
		{"POST", "/api/v1/accounts", "[]", 400, "malformed", nil},
		{"POST", "/api/v1/accounts", "null", 400, "malformed", nil},
		{"POST", "/api/v1/accounts", "{} {}", 400, "malformed", nil},
		{"POST", "/api/v1/accounts", "{}", 415, "unsupported-media-type", []string{"Content-Type", "text/plain"}},
		{"POST", "/api/v1/accounts", `{"address":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "too-large", nil},
		{"POST", "/api/v1/accounts", "{}", 422, "invalid", nil},
		{"POST", "/api/v1/accounts", `{"address":"a@example.net","name":null}`, 422, "invalid", nil},
		{"POST", "/api/v1/accounts", `{"address":"a@example.net","king":true}`, 422, "invalid", nil},
		{"POST", "/api/v1/accounts", `{"address":"a@nowhere.example","generate":true}`, 422, "invalid", nil},
		{"PUT", "/api/v1/accounts/a@example.net", `{"address":"b@example.net"}`, 422, "invalid", nil},
		{"PATCH", "/api/v1/accounts/a@example.net", `{"if_version":["x"]}`, 422, "invalid", nil},
		{"PATCH", "/api/v1/accounts/a@example.net", `{"name":"x"}`, 404, "not-found", nil},
		{"GET", "/api/v1/accounts?limit=0", "", 400, "malformed", nil},
		{"GET", "/api/v1/accounts?cursor=!", "", 400, "malformed", nil},
		{"GET", "/api/v1/audit?cursor=eHg", "", 400, "malformed", nil},
		{"GET", "/api/v1/accounts?color=red", "", 400, "malformed", nil},
		{"GET", "/api/v1/accounts?limit=1&limit=2", "", 400, "malformed", nil},
		{"GET", "/api/v1/aliases?deleted=maybe", "", 400, "malformed", nil},
		{"POST", "/api/v1/accounts/import", `{"csv":"a@example.net"}`, 422, "invalid", nil},
		{"POST", "/api/v1/sso/tokens", `{"account":"a@example.net"}`, 404, "not-found", nil},
		{"DELETE", "/api/v1/sso/tokens/a%20b", "", 422, "invalid", nil},
	} {
		a := c.do(tt.method, tt.path, tt.body, tt.headers...)
		if a.status != tt.status || a.field("type") != "/api/problems/"+tt.kind || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s %.40s: %d %v, want %d %s", tt.method, tt.path, tt.body, a.status, a.body, tt.status, tt.kind)
		}
		if allowed := a.header.Get("Allow"); (tt.status == http.StatusMethodNotAllowed) != (allowed != "") || tt.path == "/api/v1/accounts" && allowed != "" && allowed != "GET, POST" {
			t.Errorf("%s %s allows %q", tt.method, tt.path, allowed)
		}
		if about := c.do("GET", a.field("type"), ""); about.status != 200 {
			t.Errorf("%s is not explained", a.field("type"))
		}
	}
}

// A list comes in pages, whole and in order.
func TestPages(t *testing.T) {
	c := start(t)
	for _, name := range []string{"chi", "an", "binh", "dung", "em"} {
		c.ask(201, "POST /accounts", nil, `{"address":"`+name+`@example.net","password":"secret-123"}`)
	}
	for path, want := range map[string]string{
		"GET /accounts": "an@example.net binh@example.net chi@example.net dung@example.net em@example.net",
		"GET /audit":    "em@example.net dung@example.net binh@example.net an@example.net chi@example.net server",
	} {
		var got []string
		cursor := ""
		for {
			page := c.ask(200, path+"?limit=2"+cursor, nil, "")
			for _, x := range page.items() {
				item := x.(object)
				if item["object"] != nil {
					item["address"] = item["object"]
				}
				got = append(got, item["address"].(string))
			}
			if page.field("next") == "" {
				break
			}
			cursor = "&cursor=" + page.field("next")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
