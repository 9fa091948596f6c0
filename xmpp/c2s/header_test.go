package c2s_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp/c2s"
)

// TestHeaders: a stream that begins wrongly gets a stream of ours, an error and an end (RFC 6120 § 4.9.1.2).
func TestHeaders(t *testing.T) {
	const space = ` xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams"`
	for _, c := range []struct{ name, sent, want string }{
		{"§ 4.9.3.6: a host that is not served", `<stream:stream to="example.com" version="1.0"` + space + `>`, "host-unknown"},
		{"§ 4.9.3.6: a service is no host of accounts", `<stream:stream to="groups.example.net" version="1.0"` + space + `>`, "host-unknown"},
		{"§ 4.9.3.6: an account is no host", `<stream:stream to="a@example.net" version="1.0"` + space + `>`, "host-unknown"},
		{"§ 4.7.2: no host", `<stream:stream version="1.0"` + space + `>`, "improper-addressing"},
		{"§ 4.7.5: no version", `<stream:stream to="example.net"` + space + `>`, "unsupported-version"},
		{"§ 4.7.5: version 0.9", `<stream:stream to="example.net" version="0.9"` + space + `>`, "unsupported-version"},
		{"§ 4.7.5: no version number", `<stream:stream to="example.net" version="1"` + space + `>`, "unsupported-version"},
		{"§ 4.8.1: not a stream's namespace", `<stream:stream to="example.net" version="1.0" xmlns="jabber:client" xmlns:stream="urn:x">`, "invalid-namespace"},
		{"§ 4.8.2: not a client's namespace", `<stream:stream to="example.net" version="1.0" xmlns="jabber:server" xmlns:stream="http://etherx.jabber.org/streams">`, "invalid-namespace"},
		{"§ 4.8.5: no stream", `<stream:flow to="example.net" version="1.0"` + space + `>`, "bad-format"},
		{"§ 4.9.3.9: from is no address", `<stream:stream from="@" to="example.net" version="1.0"` + space + `>`, "invalid-from"},
		{"XEP-0388 § 2.1: from is of another domain", `<stream:stream from="a@example.com" to="example.net" version="1.0"` + space + `>`, "invalid-from"},
		{"§ 4.9.3.13: not well-formed", `<stream:stream to="example.net" to="example.net"` + space + `>`, "not-well-formed"},
		{"§ 4.9.3.13: no XML", "GET / HTTP/1.1\r\n\r\n", "bad-format"},
		{"§ 11.1: a comment", `<!-- hello --><stream:stream to="example.net" version="1.0"` + space + `>`, "restricted-xml"},
		{"§ 11.1: a document type", `<!DOCTYPE x>`, "restricted-xml"},
		{"§ 11.1: a processing instruction", `<?php x?>`, "restricted-xml"},
		{"§ 11.6: another encoding", `<?xml version="1.0" encoding="latin-1"?>`, "unsupported-encoding"},
		{"§ 11.1: a comment in the stream", header + `<!-- hello -->`, "restricted-xml"},
		{"§ 11.1: a processing instruction in the stream", header + `<?x?>`, "restricted-xml"},
		{"§ 11.1: an entity", header + `<message><body>&lol;</body></message>`, "restricted-xml"},
		{"§ 4.9.3.1: text in the stream", header + `hello`, "bad-format"},
		{"§ 4.9.3.13: crossed tags", header + `<a><b></a></b>`, "not-well-formed"},
		{"§ 4.9.3.12: a message before authentication", header + `<message to="juliet@example.net"><body>x</body></message>`, "not-authorized"},
		{"§ 4.9.3.12: a request before authentication", header + `<iq type="get" id="1"><q xmlns="urn:test"/></iq>`, "not-authorized"},
		{"§ 7.1: binding before authentication", header + `<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`, "not-authorized"},
		{"§ 13.12: too long", header + `<message><body>` + strings.Repeat("x", 300_000), "policy-violation"},
		{"§ 4.4: the client goes", header + `</stream:stream>`, ""},
		{"§ 4.9.1.1: the client says what is wrong", header + `<stream:error><bad-format xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>`, ""},
		{"§ 4.7.5: a later version speaks ours", `<stream:stream to="example.net" version="2.0"` + space + `></stream:stream>`, ""},
		{"§ 4.7.5: a later minor version", `<stream:stream to="EXAMPLE.net" version="1.10"` + space + `></stream:stream>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
			p := h.dial()
			go p.send(c.sent)
			got := p.ended()
			if n := strings.Count(got, "<stream:stream "); n != 1 || !strings.HasSuffix(got, "</stream:stream>") {
				t.Errorf("%d streams opened: %s", n, got)
			}
			want := `<stream:error><` + c.want + ` xmlns="urn:ietf:params:xml:ns:xmpp-streams"`
			if c.want == "" && strings.Contains(got, "<stream:error>") || c.want != "" && !strings.Contains(got, want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if !strings.Contains(got, `version="1.0"`) || !strings.Contains(got, ` id="`) {
				t.Errorf("the header lacks version or id: %s", got)
			}
			if _, from, ok := strings.Cut(got, ` from="`); ok && !strings.HasPrefix(from, `example.net"`) { // § 4.9.1.3
				t.Errorf("from a host that is none of ours: %s", got)
			}
		})
	}
}

// TestFromAfterAuthentication is RFC 6120 § 4.9.3.9: on a stream of romeo's nobody is somebody else.
func TestFromAfterAuthentication(t *testing.T) {
	for from, ok := range map[string]bool{"romeo@example.net": true, "Romeo@example.net/x": true, "juliet@example.net": false, "example.net": false} {
		h := newHouse(t, nil)
		p := h.dial()
		p.send(header)
		p.expect("</stream:features>")
		p.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AHJvbWVvAHBlbmNpbA==</auth>`)
		p.expect("<success")
		go p.send(strings.Replace(header, " to=", ` from="`+from+`" to=`, 1) + "</stream:stream>")
		if got := p.ended(); strings.Contains(got, "<invalid-from ") == ok {
			t.Errorf("from %s: %s", from, got)
		}
	}
}

// TestLanguage is RFC 6120 § 8.1.5: a stanza without xml:lang gets that of its stream, and keeps its own.
func TestLanguage(t *testing.T) {
	for lang, want := range map[string]string{"vi": ` xml:lang="vi"`, "": "", "x&quot;y": "", strings.Repeat("a", 36): ""} {
		h := newHouse(t, nil)
		juliet := h.signIn("juliet", "b")
		juliet.send("<presence/>")
		juliet.sync()
		romeo := h.dial()
		romeo.login("romeo")
		romeo.send(`</stream:stream>`)
		romeo = h.dial()
		romeo.send(header)
		romeo.expect("</stream:features>")
		romeo.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AHJvbWVvAHBlbmNpbA==</auth>`)
		romeo.expect("<success")
		romeo.send(strings.Replace(header, " to=", ` xml:lang="`+lang+`" to=`, 1))
		romeo.expect("</stream:features>")
		romeo.bind("o")
		romeo.send(message("juliet", "1"))
		if got := juliet.expect("</message>"); !strings.Contains(got, `id="1"`+want+`>`) {
			t.Errorf("%q: %s", lang, got)
		}
		romeo.send(`<message to="juliet@example.net" type="chat" xml:lang="de"><body>2</body></message>`)
		if got := juliet.expect("</message>"); strings.Count(got, "xml:lang") != 1 || !strings.Contains(got, `xml:lang="de"`) {
			t.Errorf("%q: %s", lang, got)
		}
	}
}

// TestLoginTime: who does not sign in is told and goes (RFC 6120 § 4.9.3.3).
func TestLoginTime(t *testing.T) {
	for name, sent := range map[string]string{"silent": "", "header": header, "half a stanza": header + "<auth"} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, nil)
			p := h.dial()
			p.send(sent)
			start := time.Now()
			got := p.ended()
			if !strings.Contains(got, "<connection-timeout ") || time.Since(start) != h.Config.LoginTime {
				t.Errorf("%s: after %v: %s", name, time.Since(start), got)
			}
			synctest.Wait()
		})
	}
	synctest.Test(t, func(t *testing.T) { // who has signed in stays
		h := newHouse(t, nil)
		p := h.signIn("romeo", "o")
		time.Sleep(2 * h.Config.LoginTime)
		p.sync()
		p.conn.Close()
		synctest.Wait()
	})
}
