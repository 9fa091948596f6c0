package server_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"myna/config"
	"myna/xmpp/ns"
)

// What was sent to a group cannot be fetched when the group has been deleted, and can again when it is restored.
func TestFilesCloseWithTheirGroup(t *testing.T) {
	h := newHosts(t, func(*config.Config) {})
	const room = "team@groups.example.net"
	c := h.client("lan@example.net")
	do := func(line string) string {
		out, err := h.s.Do(h.ctx, line)
		h.must(err)
		return out
	}
	do(`admin alias.create {"address":"team@example.net","targets":["lan@example.net"],"group_chat":true}`)
	for h.enter(c, room) != "entered" { // not made yet
	}
	e, got := h.slot(c, "example.net", "", 5)
	if e == nil {
		t.Fatal(got)
	}
	link := e.Child(ns.Upload, "slot").Child(ns.Upload, "put").Attr("url")
	u, err := url.Parse(link)
	h.must(err)
	fetch := func(method string) int {
		r, err := http.NewRequestWithContext(h.ctx, method, "http://"+h.web+u.EscapedPath(), strings.NewReader(strings.Repeat("x", 5)))
		h.must(err)
		resp, err := http.DefaultClient.Do(r)
		h.must(err)
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		h.must(err)
		return resp.StatusCode
	}
	if got := fetch("PUT"); got != http.StatusCreated {
		t.Fatal(got)
	}
	h.send(c, `<message to="%s" type="groupchat" id="m"><body>%s</body></message>`, room, link)
	for e, err := c.Next(h.ctx); e.Attr("id") != "m"; e, err = c.Next(h.ctx) {
		h.must(err)
	}
	for step, want := range []int{http.StatusOK, http.StatusNotFound, http.StatusOK, http.StatusNotFound} {
		if step > 0 {
			do(`admin ` + []string{"", "alias.delete", "alias.restore", "alias.delete"}[step] + ` {"address":"team@example.net"}`)
		}
		for fetch("GET") != want {
			if h.ctx.Err() != nil {
				t.Fatalf("step %d", step)
			}
		}
	}
}
