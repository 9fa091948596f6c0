package server_test

import (
	"path/filepath"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

var everybodyIsAGuest = config.Section{"anonymous": true}

// blockedPasswords is a file with one.
func blockedPasswords() string {
	file, err := filepath.Abs(filepath.Join("testdata", "blocked_passwords"))
	if err != nil {
		panic(err)
	}
	return file
}

// nobody tries to sign in without a name (XEP-0175).
func nobody(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	return h.auth(c.Send, func() (*xmpp.Element, error) { return c.Next(h.ctx) }, "ANONYMOUS", "lan")
}

// guest signs in without a name, and returns what the answer was.
func (h *hosts) guest(domain string) (c *xmpptest.Client, answer *xmpp.Element) {
	h.t.Helper()
	c, err := xmpptest.Dial(h.ctx, &h.s, "guest@"+domain)
	h.must(err)
	h.t.Cleanup(c.Cut)
	h.send(c, `<authenticate xmlns="urn:xmpp:sasl:2" mechanism="ANONYMOUS"><initial-response/><bind xmlns="urn:xmpp:bind:0"/></authenticate>`)
	answer, err = c.Next(h.ctx)
	h.must(err)
	if answer.Is(ns.SASL2, "success") {
		_, err = c.Next(h.ctx) // the features
		h.must(err)
	}
	return c, answer
}

// secondGuest tells what becomes of who comes when there is one already.
func secondGuest(h *hosts, domain string) string {
	h.guest(domain)
	_, answer := h.guest(domain)
	return answer.Local
}

// hurried asks more often than some guests may.
func hurried(h *hosts, domain string) (last string) {
	c, _ := h.guest(domain)
	for range 15 {
		_, last = h.ask(c, "get", domain, `<ping xmlns="%s"/>`, ns.Ping)
	}
	return last
}

// reached is a guest who asks somebody elsewhere.
func reached(h *hosts, domain string) string {
	c, _ := h.guest(domain)
	_, got := h.ask(c, "get", "example.com", `<query xmlns="%s"/>`, ns.DiscoInfo)
	return got
}

// standing asks from elsewhere what an account is (XEP-0489).
func standing(h *hosts, domain string) string {
	_, err := h.s.Account(h.ctx, "hoa@"+domain)
	h.must(err)
	_, got := h.ask(h.client("lan@example.com"), "get", "hoa@"+domain, `<query xmlns="urn:xmpp:raa:0"/>`)
	return got
}
