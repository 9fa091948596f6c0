package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// browser asks the pages as one without scripts does.
type browser struct {
	t    *testing.T
	base string
	s    xmpptest.Server
}

func newBrowser(t *testing.T, options config.Section) *browser {
	s, web := servertest.StartWeb(t, func(c *config.Config) {
		c.Hosts = append(c.Hosts, "example.org")
		c.Limits.FailedLoginsPerMinute = 8
		c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"registration": options}}}
	})
	return &browser{t, "http://" + web, s}
}

// invite makes an invitation and returns the path of its page.
func (b *browser) invite(request string) (path string, i admin.CreatedInvite) {
	b.t.Helper()
	out, err := b.s.Do(b.t.Context(), "admin invite.create "+request)
	if err == nil {
		err = json.Unmarshal([]byte(out), &i)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return "/invite/" + i.Token, i
}

func (b *browser) do(method, path string, form url.Values, headers ...string) (int, string, http.Header) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return w.StatusCode, string(text), w.Header
}

// form is what somebody fills out on a page.
func (b *browser) form(path, name, password string) url.Values {
	b.t.Helper()
	_, page, _ := b.do("GET", path, nil)
	found := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("no form at %s: %s", path, page)
	}
	return url.Values{"stamp": {found[1]}, "username": {name}, "name": {"<Mai> & co"}, "password": {password}, "again": {password}}
}

// XEP-0401 § 5.2: the page of an invitation shows the link for clients, and makes an account without any script, once.
func TestInvitationPage(t *testing.T) {
	b := newBrowser(t, nil)
	if _, err := b.s.Do(t.Context(), `admin account.create {"address":"lan@example.net","name":"Lan","password":"a long secret"}`); err != nil {
		t.Fatal(err)
	}
	path, i := b.invite(`{"account":"mai@example.net","inviter":"lan@example.net"}`)
	status, page, header := b.do("GET", path, nil, "User-Agent", "X11; Linux x86_64")
	for _, want := range []string{`<html lang="en">`, "Lan (lan@example.net) has invited you to chat", `href="xmpp:mai@example.net?register;preauth=` + i.Token + `"`,
		`value="mai" required maxlength="64" autocapitalize="none" spellcheck="false" autocomplete="username" readonly`, "Dino"} {
		if status != 200 || !strings.Contains(page, want) {
			t.Errorf("%d: no %s in %s", status, want, page)
		}
	}
	if csp := header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'; form-action 'self'") || strings.Contains(page, "<script") || strings.Contains(page, "style=") {
		t.Errorf("policy %q", csp)
	}
	wantHeaders(t, header)
	if header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", header)
	}
	if _, page, _ := b.do("GET", path, nil, "Accept-Language", "fr, vi-VN;q=0.8, en;q=0.5"); !strings.Contains(page, `<html lang="vi">`) || !strings.Contains(page, "mời bạn trò chuyện") {
		t.Error("not in Vietnamese:", page)
	}
	form := b.form(path, "mai", "a long secret")
	for name, c := range map[string]struct {
		change  func(url.Values)
		status  int
		headers []string
	}{
		"of another page": {func(url.Values) {}, 403, []string{"Sec-Fetch-Site", "cross-site"}},
		"other origin":    {func(url.Values) {}, 403, []string{"Origin", "https://evil.example"}},
		"no stamp":        {func(v url.Values) { v.Del("stamp") }, 422, nil},
		"old stamp":       {func(v url.Values) { v.Set("stamp", "1."+v.Get("stamp")) }, 422, nil},
		"two passwords":   {func(v url.Values) { v.Set("again", "another secret") }, 422, nil},
		"weak":            {func(v url.Values) { v.Set("password", "mai"); v.Set("again", "mai") }, 422, nil},
	} {
		v := url.Values{}
		for k, list := range form {
			v[k] = append([]string{}, list...)
		}
		c.change(v)
		if status, page, _ := b.do("POST", path, v, c.headers...); status != c.status || strings.Contains(page, "a long secret") {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	form.Set("username", "minh") // what cannot be changed is not looked at
	status, page, _ = b.do("POST", path, form, "Sec-Fetch-Site", "same-origin")
	if status != 200 || !strings.Contains(page, "mai@example.net") || strings.Contains(page, "<form") {
		t.Fatalf("%d %s", status, page)
	}
	if out, err := b.s.Do(t.Context(), `admin account.show {"address":"mai@example.net"}`); err != nil || !strings.Contains(out, `"name":"\u003cMai\u003e \u0026 co"`) {
		t.Errorf("%s, %v", out, err)
	}
	if status, _, _ := b.do("POST", path, form); status != 404 {
		t.Errorf("used twice: %d", status)
	}
}

// Who guesses invitations has to wait, and then those that are right are not looked at either.
func TestGuessedInvitations(t *testing.T) {
	b := newBrowser(t, nil)
	path, i := b.invite(`{"domain":"example.net"}`)
	for _, guess := range []string{"/invite/x", "/invite/" + i.ID + strings.Repeat("a", 26), path[:len(path)-1] + "1"} {
		if status, page, _ := b.do("GET", guess, nil); status != 404 || strings.Contains(page, "example.net") {
			t.Errorf("%s: %d %s", guess, status, page)
		}
	}
	last := 0
	for range 10 {
		last, _, _ = b.do("GET", "/invite/x", nil)
	}
	if status, _, header := b.do("GET", path, nil); last != 429 || status != 429 || header.Get("Retry-After") == "" {
		t.Errorf("guessing ends with %d, and then %d", last, status)
	}
}

// The form for strangers is there where the domain says so, for that domain only, and as often as it says.
func TestRegisterPage(t *testing.T) {
	closed := newBrowser(t, nil)
	if status, _, _ := closed.do("GET", "/register", nil); status != 404 {
		t.Errorf("closed: %d", status)
	}
	b := newBrowser(t, config.Section{"web": true, "accounts_per_address": int64(1)})
	form := b.form("/register", "mai", "a long secret")
	form.Set("domain", "example.org") // which is closed
	if status, page, _ := b.do("POST", "/register", form); status != 200 || !strings.Contains(page, "mai@example.net") {
		t.Errorf("%d %s", status, page)
	}
	if status, page, _ := b.do("POST", "/register", b.form("/register", "minh", "a long secret")); status != 422 || !strings.Contains(page, "tomorrow") {
		t.Errorf("one more: %d %s", status, page)
	}
}

// XEP-0389 § 7.2: a client is sent to the page, and learns which account its person has made there; before that it is sent there again.
func TestClientSentToPage(t *testing.T) {
	b := newBrowser(t, config.Section{"web": true})
	if _, err := b.s.Account(t.Context(), "lan@example.net"); err != nil {
		t.Fatal(err)
	}
	c, err := xmpptest.Dial(t.Context(), &b.s, "lan@example.net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	ask := func(element string) string {
		t.Helper()
		err := c.Send(element)
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e.String()
	}
	const back = `<response xmlns="urn:xmpp:register:0"/>`
	first := ask(`<register xmlns="urn:xmpp:register:0"><flow id="web"/></register>`)
	found := regexp.MustCompile(`type="jabber:x:oob"><x xmlns="jabber:x:oob"><url>[^<]*(/register\?ticket=[a-z0-9]+)</url>`).FindStringSubmatch(first)
	if found == nil {
		t.Fatal(first)
	}
	if got := ask(back); got != first {
		t.Errorf("nothing was made, and the client is told %s", got)
	}
	if _, page, _ := b.do("GET", found[1], nil); !strings.Contains(page, `action="?lang=en&amp;`+found[1][len("/register?"):]+`"`) {
		t.Errorf("the form forgets the ticket: %s", page)
	}
	if status, page, _ := b.do("POST", found[1], b.form(found[1], "mai", "a long secret")); status != 200 {
		t.Errorf("%d %s", status, page)
	}
	if got := ask(back); !strings.Contains(got, `<success xmlns="urn:xmpp:register:0"><jid>mai@example.net</jid><username>mai</username>`) {
		t.Error(got)
	}
	if err := c.Login(t.Context(), "a long secret"); err == nil {
		t.Error("signed in as lan with the password of mai")
	}
}

// wantHeaders checks what OWASP lists for a page that shows a secret.
func wantHeaders(t *testing.T, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Resource-Policy": "same-origin",
		"X-Permitted-Cross-Domain-Policies": "none", "Cache-Control": "no-store", "Server": "", "Access-Control-Allow-Origin": "",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
