package server_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/xmpp/ns"
)

// The files that somebody has uploaded are in the export of the account, and nobody reads them after it is erased.
func TestFilesOfAnAccount(t *testing.T) {
	h := newHosts(t, func(*config.Config) {})
	e, got := h.slot(h.client("lan@example.net"), "example.net", "", 5)
	if e == nil {
		t.Fatal(got)
	}
	u, err := url.Parse(e.Child(ns.Upload, "slot").Child(ns.Upload, "put").Attr("url"))
	h.must(err)
	key := ""
	do := func(method, path, body string) (int, string) {
		r, err := http.NewRequestWithContext(h.ctx, method, "http://"+h.web+path, strings.NewReader(body))
		h.must(err)
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		resp, err := http.DefaultClient.Do(r)
		h.must(err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		h.must(err)
		return resp.StatusCode, string(b)
	}
	if status, body := do("PUT", u.EscapedPath(), "hello"); status != 201 {
		t.Fatal(status, body)
	}
	made, err := h.s.Do(h.ctx, `admin key.create {"name":"test","domain":"example.net"}`)
	h.must(err)
	var k admin.CreatedKey
	h.must(json.Unmarshal([]byte(made), &k))
	key = k.Text
	data := base64.StdEncoding.EncodeToString([]byte("hello"))
	for query, whole := range map[string]bool{"": false, "?files=false": false, "?files=true": true} {
		status, body := do("GET", "/api/v1/accounts/lan@example.net/export"+query, "")
		if status != 200 || !strings.Contains(body, u.EscapedPath()) || strings.Contains(body, ">"+data+"</file>") != whole {
			t.Errorf("%q: %d %s", query, status, body)
		}
	}
	if status, _ := do("GET", "/api/v1/accounts/lan@example.net/export?files=some", ""); status != 400 {
		t.Errorf("status %d", status)
	}
	if status, body := do("DELETE", "/api/v1/accounts/lan@example.net", ""); status != 200 {
		t.Fatal(status, body)
	}
	key = ""
	if status, _ := do("GET", u.EscapedPath(), ""); status != 404 {
		t.Errorf("the file of an erased account: %d", status)
	}
}
