package server_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"myna/admin"
	"myna/internal/xmpptest"
)

// resetLink makes a link for an account and returns the path of its page.
func (b *browser) resetLink(address string) string {
	b.t.Helper()
	var link admin.ResetLink
	out, err := b.s.Do(b.t.Context(), `admin account.reset-link {"address":"`+address+`"}`)
	if err == nil {
		err = json.Unmarshal([]byte(out), &link)
	}
	if err != nil || !strings.HasSuffix(link.Page, "/reset/"+link.Code) {
		b.t.Fatalf("%+v, %v", link, err)
	}
	return "/reset/" + link.Code
}

// A link of an administrator lets somebody set a new password once, without any script, and ends what the old one has let in. Whoever only
// looks at it uses nothing up.
func TestResetPage(t *testing.T) {
	b := newBrowser(t, nil)
	old, err := b.s.Account(t.Context(), "lan@example.net")
	if err != nil {
		t.Fatal(err)
	}
	in, err := xmpptest.Dial(t.Context(), &b.s, "lan@example.net")
	if err == nil {
		err = in.Login(t.Context(), old)
	}
	if err == nil {
		err = in.Bind(t.Context(), "phone")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Cut)
	first, path := b.resetLink("lan@example.net"), b.resetLink("lan@example.net")
	if status, page, _ := b.do("GET", first, nil); status != 404 || !strings.Contains(page, "Ask your administrator") {
		t.Errorf("the one before is good still: %d %s", status, page)
	}
	status, page, header := b.do("GET", path, nil)
	found := regexp.MustCompile(`name="stamp" value="([^"]+)"`).FindStringSubmatch(page)
	if status != 200 || found == nil || !strings.Contains(page, `value="lan@example.net" autocomplete="username" readonly`) {
		t.Fatalf("%d %s", status, page)
	}
	wantHeaders(t, header)
	try := func(password, again, stamp string, want int, headers ...string) {
		t.Helper()
		form := url.Values{"stamp": {stamp}, "username": {"root@example.net"}, "password": {password}, "again": {again}}
		if status, page, _ := b.do("POST", path, form, headers...); status != want {
			t.Errorf("%d %s", status, page)
		}
	}
	try("another secret", "another secret", "", 422)
	try("another secret", "anather secret", found[1], 422)
	try("lan", "lan", found[1], 422)
	try("another secret", "another secret", found[1], 403, "Sec-Fetch-Site", "cross-site")
	try("another secret", "another secret", found[1], 200)
	try("a third secret", "a third secret", found[1], 404)
	if err := in.Ended(t.Context()); err != nil {
		t.Errorf("the session goes on: %v", err)
	}
	for password, good := range map[string]bool{old: false, "another secret": true} {
		c, err := xmpptest.Dial(t.Context(), &b.s, "lan@example.net")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(t.Context(), password); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
		c.Cut()
	}
	if out, err := b.s.Do(t.Context(), `admin audit.list {}`); err != nil || !strings.Contains(out, `"account.reset-link"`) || !strings.Contains(out, `"actor":"reset link `) {
		t.Errorf("audit log: %s, %v", out, err)
	}
}

// A link is worth nothing when the password was changed otherwise, the account disabled, or given another role: who has made the link may
// have no rights over it then; and after a restart it is what it was.
func TestResetLinkEnds(t *testing.T) {
	b := newBrowser(t, nil)
	for _, name := range []string{"lan", "mai", "hoa"} {
		if _, err := b.s.Account(t.Context(), name+"@example.net"); err != nil {
			t.Fatal(err)
		}
	}
	lan, mai, hoa := b.resetLink("lan@example.net"), b.resetLink("mai@example.net"), b.resetLink("hoa@example.net")
	for _, line := range []string{`admin account.password {"address":"lan@example.net","password":"a long secret"}`, `admin account.disable {"address":"mai@example.net"}`,
		`admin account.set {"address":"hoa@example.net","role":"server"}`} {
		if _, err := b.s.Do(t.Context(), line); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{lan, mai, hoa} {
		if status, _, _ := b.do("GET", path, nil); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if _, err := b.s.Do(t.Context(), `admin account.reset-link {"address":"mai@example.net"}`); err == nil || !strings.Contains(err.Error(), "is disabled") {
		t.Errorf("a link for who may not sign in: %v", err)
	}
}
