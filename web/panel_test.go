package web

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"myna/xmpp/transport"
)

const script = "assets/chat-abc123.js"

// mounted serves a panel made of a page and a script.
func mounted(t *testing.T) *http.ServeMux {
	t.Helper()
	p, err := openPanel(fstest.MapFS{
		"admin.html":  {Data: []byte("<!doctype html><title>Administration</title>")},
		"index.html":  {Data: []byte("<!doctype html><title>Myna</title>")},
		script:        {Data: []byte(strings.Repeat("chat();\n", 100))},
		"favicon.svg": {Data: []byte("<svg/>")},
		"embed.js":    {Data: []byte("define()")},
	}, &Site{Hosts: []string{"example.com"}, Uploads: []string{"https://files.example.com"}, Front: transport.NewLiveFront(transport.Front{Pages: transport.Origins{"https://mail.example.com"}})})
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	mux := http.NewServeMux()
	p.register(mux)
	return mux
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPanelServesThePage(t *testing.T) {
	w := get(mounted(t), "/")
	policy := w.Header().Get("Content-Security-Policy")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<title>Myna") {
		t.Fatal(w.Code, w.Body)
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'self' https://mail.example.com;",
		"connect-src 'self' https://files.example.com;", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy %q lets too much through", policy)
	}
	if c := w.Header().Get("Cache-Control"); c != "no-cache" {
		t.Errorf("the page is cached: %q", c)
	}
}

// The admin page is shown by no other page, loads nothing of others, and no text becomes a part of it.
func TestAdminPage(t *testing.T) {
	w := get(mounted(t), "/admin/")
	h := w.Header()
	policy := h.Get("Content-Security-Policy")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<title>Administration") {
		t.Fatal(w.Code, w.Body)
	}
	for _, want := range []string{"default-src 'none'; ", "script-src 'self'; ", "connect-src 'self'; ", "frame-ancestors 'none'; ", "form-action 'none'; ",
		"base-uri 'none'; ", "require-trusted-types-for 'script'; trusted-types 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "example.com") {
		t.Errorf("the policy %q lets too much through", policy)
	}
	wantHeaders(t, h, map[string]string{"X-Frame-Options": "DENY", "Cross-Origin-Embedder-Policy": "require-corp", "Cache-Control": "no-cache"})
}

// wantHeaders checks what OWASP's list has for every page, and some more.
func wantHeaders(t *testing.T, h http.Header, more map[string]string) {
	t.Helper()
	all := map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Permitted-Cross-Domain-Policies": "none", "Permissions-Policy": nothingOf,
		"Server": "", "X-Powered-By": "", "Strict-Transport-Security": "", "Access-Control-Allow-Origin": ""}
	maps.Copy(all, more)
	for name, want := range all {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "base-uri 'none'", "form-action ", "frame-ancestors "} {
		if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy %q lacks %s, or lets too much through", policy, want)
		}
	}
}

// The page of the chat has what OWASP lists; webmails that are named show it inside themselves.
func TestHeadersOfTheChat(t *testing.T) {
	wantHeaders(t, get(mounted(t), "/").Header(), map[string]string{"Cache-Control": "no-cache"})
}

// The address without the slash leads to the page of this server, whatever the request says.
func TestAdminPageLeadsNowhereElse(t *testing.T) {
	h := (&Site{Hosts: []string{"example.com"}, Front: transport.NewLiveFront(transport.Front{})}).Handler()
	for path, want := range map[string]string{
		"/admin": "/admin/", "/admin?next=https://evil.example/": "/admin/", "//evil.example/admin/": "/evil.example/admin/", "/admin//evil.example/": "/admin/evil.example/",
	} {
		w := get(h, path, "Host", "evil.example", "X-Forwarded-Host", "evil.example")
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("%s leads to %q (%d), want %q", path, got, w.Code, want)
		}
	}
}

// A page of another host loads the script that shows the chat, and no other file.
func TestEmbedScriptIsForOthers(t *testing.T) {
	m := mounted(t)
	for path, want := range map[string]string{"/embed.js": "cross-origin", "/": "same-origin", "/" + script: "same-origin"} {
		if got := get(m, path).Header().Get("Cross-Origin-Resource-Policy"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestPanelTellsOfTheServer(t *testing.T) {
	w := get(mounted(t), "/chat.json")
	if got, want := w.Body.String(), `{"hosts":["example.com"],"uploads":["https://files.example.com"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPanelFilesAreKeptForever(t *testing.T) {
	w := get(mounted(t), "/"+script)
	if c := w.Header().Get("Cache-Control"); w.Code != 200 || !strings.Contains(c, "immutable") {
		t.Errorf("%d, Cache-Control %q", w.Code, c)
	}
	if k := w.Header().Get("Content-Type"); k != "text/javascript; charset=utf-8" {
		t.Errorf("Content-Type %q", k)
	}
	if c := get(mounted(t), "/favicon.svg").Header().Get("Cache-Control"); c != "no-cache" {
		t.Errorf("a name without hash is kept: %q", c)
	}
}

func TestPanelCompresses(t *testing.T) {
	w := get(mounted(t), "/"+script, "Accept-Encoding", "br, gzip")
	if e := w.Header().Get("Content-Encoding"); e != "gzip" {
		t.Fatalf("Content-Encoding %q", e)
	}
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || !strings.HasPrefix(string(b), "chat();") {
		t.Fatalf("%q, %v", b, err)
	}
	for _, refused := range []string{"", "br", "gzip;q=0", "gzip; q=0.0"} {
		if e := get(mounted(t), "/"+script, "Accept-Encoding", refused).Header().Get("Content-Encoding"); e != "" {
			t.Errorf("Accept-Encoding %q is answered with %s", refused, e)
		}
	}
}

func TestPanelRevalidates(t *testing.T) {
	m := mounted(t)
	tag := get(m, "/").Header().Get("ETag")
	if w := get(m, "/", "If-None-Match", tag); tag == "" || w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("tag %q is answered with %d", tag, w.Code)
	}
}

func TestPanelServesNothingElse(t *testing.T) {
	for _, path := range []string{"/index.html", "/admin.html", "/admin/index.html", "/admin/../panel.go", "/admin/%2e%2e/admin.html", "/admin/x", "/assets/", "/assets/other.js", "/dist.txt", "/%2e%2e/panel.go"} {
		if w := get(mounted(t), path); w.Code == 200 {
			t.Errorf("%s is answered with %q", path, w.Body)
		}
	}
}

func TestWithoutBuiltFiles(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{"nothing": {}, "half": {script: {Data: []byte("x")}}} {
		if p, err := openPanel(files, &Site{}); p != nil || err != nil {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// Whatever a path says, it names a file that was built, or nothing: no way leads out, and no redirect to another host.
func TestPathsLeadNowhere(t *testing.T) {
	h := mounted(t)
	for _, path := range []string{
		"/assets/..%2f..%2fpanel.go", "/assets/%2e%2e/%2e%2e/panel.go", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/etc/passwd", "/assets/..%5c..%5cpanel.go", "/assets/", "/assets",
		"/admin/..%2findex.html", "/admin.html", "/index.html", "/admin/%2e%2e%2findex.html", "/%00", "/assets/chat-abc123.js%00.html", "/assets/CHAT-ABC123.JS",
		"//etc/passwd", "/./etc/passwd", "/embed.js/", "/embed.js/x",
	} {
		w := get(h, path)
		if w.Code == http.StatusOK || w.Code >= 500 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) || strings.Contains(to, "://") {
			t.Errorf("%s leads to %s", path, to)
		}
	}
	for _, path := range []string{"//evil.example", "//evil.example/%2e%2e", "/%5cevil.example/..", "/\\evil.example//", "//evil.example/assets/..", "///evil.example/"} {
		if to := get((&Site{Hosts: []string{"example.com"}, Front: transport.NewLiveFront(transport.Front{})}).Handler(), path).Header().Get("Location"); to != "" &&
			(!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
			t.Errorf("%s leads to %s", path, to)
		}
	}
}
