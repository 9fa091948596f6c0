package c2s_test

import (
	"strings"
	"sync"
	"testing"
)

// TestTrace: a tap sees each element by itself with whose it is, and no password.
func TestTrace(t *testing.T) {
	h := newHouse(t, nil)
	var mu sync.Mutex
	var lines []string
	h.Trace(func(who string, out bool, text []byte) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, who+map[bool]string{true: " < ", false: " > "}[out]+string(text))
	})
	p := h.dial()
	p.send(header)
	p.expect("</stream:features>")
	for _, secret := range []string{"AHJvbWVvAHNlY3JldA==", "AHJvbWVvAHBlbmNpbA=="} { // the second is right
		p.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN"/>`)
		p.expect("<challenge")
		p.send(`<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">` + secret + `</response>`)
	}
	p.expect("<success")
	p.send(header)
	p.expect("</stream:features>")
	p.bind("o")
	p.send(`<iq type="set" id="r"><query xmlns="jabber:iq:register"><username>romeo</username><password>hidden</password></query></iq>`)
	p.expect("</error></iq>")
	p.send(`<enable xmlns="urn:xmpp:sm:3"/><message to="romeo@example.net/o"><body>a</body></message><message to="romeo@example.net/o"><body>b</body></message></stream:stream>`)
	p.ended()
	p = h.dial()
	p.send(header + authenticate("romeo", bindAll))
	p.expect("<success")
	p.expect("</stream:features>")
	p.send("</stream:stream>")
	p.ended()
	h.Trace(nil)
	h.signIn("juliet", "b").sync()
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(lines, "\n")
	for _, secret := range []string{"AHJv", "hidden", "juliet"} {
		if strings.Contains(all, secret) {
			t.Errorf("the trace tells %s:\n%s", secret, all)
		}
	}
	for _, want := range []string{
		`> <response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">…</response>`, "client#1 < <failure", `> <authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN">…<`, "< <stream:features><csi ",
		`< <success xmlns="urn:xmpp:sasl:2">…</success>`, `romeo@example.net/o > <iq type="set" id="r">…</iq>`,
		`romeo@example.net/o > <message to="romeo@example.net/o"><body>a</body></message>`,
		"romeo@example.net/o < <enabled", `romeo@example.net/o < </stream:stream>`,
		"\nromeo@example.net/o < <message to=\"romeo@example.net/o\" from=\"romeo@example.net/o\"><body>b</body></message>",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the trace lacks %s:\n%s", want, all)
		}
	}
}
