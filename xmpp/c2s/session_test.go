package c2s_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp/c2s"
)

// TestKeepalive: a silent client is asked whether it is there, and loses its session when it does not answer (RFC 6120
// § 4.6.4). White space counts as a sign of life (§ 4.6.1).
func TestKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.IdleTime, o.Config.AnswerTime = 4*time.Minute, time.Minute })
		ctx, stop := context.WithCancel(t.Context())
		go h.Sweep(ctx)
		p := h.signIn("romeo", "o")
		for range 3 {
			start := time.Now()
			got := p.expect(`<ping xmlns="urn:xmpp:ping"/></iq>`)
			if d := time.Since(start); d < 4*time.Minute || d > 5*time.Minute {
				t.Errorf("asked after %v", d)
			}
			_, id, _ := strings.Cut(got, ` id="`)
			id, _, _ = strings.Cut(id, `"`)
			p.send(`<iq type="result" id="` + id + `" to="example.net"/>`)
		}
		for range 10 {
			p.send(" ")
			time.Sleep(3 * time.Minute)
		}
		synctest.Wait()
		if got := p.rest(); got != "" {
			t.Errorf("asked though it has sent white space: %s", got)
		}
		p.send("<enable xmlns='urn:xmpp:sm:3'/>")
		p.expect("<enabled")
		p.expect(`<r xmlns="urn:xmpp:sm:3"/>`) // XEP-0198 § 4 asks, too
		start := time.Now()
		p.ended()
		if d := time.Since(start); d < time.Minute || d > 3*time.Minute {
			t.Errorf("given up after %v", d)
		}
		synctest.Wait()
		if got := h.told(); got != "bound o, closed o" {
			t.Error(got)
		}
		stop()
	})
}

// TestSlowReader: who does not read loses its session, and nobody else waits for it.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.QueueBytes, o.Config.BytesPerSecond = 100_000, 0 })
		juliet, romeo := h.signIn("juliet", "b"), h.signIn("romeo", "o")
		juliet.send("<presence/>")
		juliet.sync()
		juliet.pause(true)
		text := strings.Repeat("x", 1000)
		for range 400 {
			romeo.send(`<message to="juliet@example.net/b"><body>` + text + `</body></message>`)
		}
		romeo.sync()
		synctest.Wait() // her session has ended
		romeo.send(`<message to="juliet@example.net/b"><body>there?</body></message>`)
		got := romeo.sync()
		if !strings.Contains(got, "service-unavailable") {
			t.Errorf("the sender is not told that she is gone: %.300s", got)
		}
		synctest.Wait()
		if got := h.told(); got != "bound b, bound o, closed b" {
			t.Error(got)
		}
		romeo.conn.Close()
		synctest.Wait()
	})
}

// TestConflict is RFC 6120 § 7.7.2.2: who binds a resource that is taken ends the other session, and everybody knows of
// its end before the new one is there, even if the old client hears nothing.
func TestConflict(t *testing.T) {
	for name, stuck := range map[string]bool{"reading": false, "stuck": true} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
			old := h.signIn("romeo", "o")
			if stuck {
				old.pause(true)
				other := h.signIn("juliet", "b")
				other.send(`<message to="romeo@example.net/o"><body>` + strings.Repeat("x", 100_000) + `</body></message>`)
				other.sync()
				other.send("</stream:stream>")
				other.ended()
			}
			for range 2 {
				fresh := h.signIn("romeo", "o")
				if got := old.rest(); !stuck && !strings.HasSuffix(got, `<stream:error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error></stream:stream>`) {
					t.Errorf("%s: the old client gets %s", name, got)
				}
				fresh.sync()
				old, stuck = fresh, false
			}
			synctest.Wait()
			if got := h.told(); !strings.HasSuffix(got, "closed o, bound o, closed o, bound o") {
				t.Errorf("%s: %s", name, got)
			}
			if n := len(h.router.Sessions(h.address("romeo@example.net"))); n != 1 {
				t.Errorf("%s: %d sessions", name, n)
			}
			old.conn.Close()
			synctest.Wait()
		})
	}
}

// TestConflictRace: many clients bind the same resource at once. One stays; each session is closed before the next is bound.
func TestConflictRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		for range 8 {
			p := h.dial()
			p.login("romeo")
			go p.send(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>o</resource></bind></iq>`)
		}
		synctest.Wait()
		if got, want := h.told(), strings.Repeat("bound o, closed o, ", 7)+"bound o"; got != want {
			t.Error(got)
		}
		h.Shutdown(t.Context())
	})
}

// TestKickBeforeBound: a session may be ended while it is being made; it is bound and closed in this order.
func TestKickBeforeBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil, func(r *hook.Registrar) {
			r.On(hook.Bound, func(s hook.Session) { s.Kick(stream.NotAuthorized) })
		})
		p := h.dial()
		p.login("romeo")
		p.send(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`)
		if got := p.ended(); !strings.Contains(got, "<not-authorized ") {
			t.Error(got)
		}
		synctest.Wait()
		events := strings.Fields(strings.ReplaceAll(h.told(), ",", ""))
		if len(events) != 4 || events[0] != "bound" || events[2] != "closed" || len(h.router.Sessions(h.address("romeo@example.net"))) > 0 {
			t.Error(h.told())
		}
	})
}

// TestDeaf: what a client sends after its stream was ended is not handled (RFC 6120 § 4.9.1.1).
func TestDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
		juliet, romeo := h.signIn("juliet", "b"), h.signIn("romeo", "o")
		romeo.pause(true)
		h.router.Session(h.address("romeo@example.net/o")).Kick(stream.NotAuthorized)
		romeo.send(`<message to="juliet@example.net/b"><body>late</body></message>`)
		synctest.Wait()
		if got := juliet.sync(); strings.Contains(got, "late") {
			t.Error(got)
		}
		romeo.pause(false)
		if got := romeo.ended(); !strings.Contains(got, "<not-authorized ") {
			t.Error(got)
		}
		juliet.conn.Close()
		synctest.Wait()
	})
}

// TestPanic: a mistake of ours ends one stream.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		juliet, romeo := h.signIn("juliet", "b"), h.signIn("romeo", "o")
		romeo.send(`<iq type="get" id="1"><panic xmlns="urn:test"/></iq>`)
		if got := romeo.ended(); !strings.Contains(got, "<internal-server-error ") {
			t.Error(got)
		}
		juliet.sync()
		synctest.Wait()
		if got := h.told(); got != "bound b, bound o, closed o" {
			t.Error(got)
		}
		if !strings.Contains(h.logged.String(), "level=ERROR msg=panic") {
			t.Error(h.logged.String())
		}
		juliet.conn.Close()
		synctest.Wait()
	})
}

// TestStanzas is what RFC 6120 § 8.1 asks of a stream with a session.
func TestStanzas(t *testing.T) {
	for _, c := range []struct{ name, sent, want string }{
		{"§ 8.1.2.1: somebody else's from", `<message from="juliet@example.net" to="romeo@example.net"/>`, "<invalid-from "},
		{"§ 8.1.2.1: another resource's from", `<message from="romeo@example.net/x" to="romeo@example.net"/>`, "<invalid-from "},
		{"§ 8.1.2.1: no address", `<message from="" to="romeo@example.net"/>`, "<invalid-from "},
		{"§ 8.1.2.1: the own from", `<iq from="romeo@example.net/o" id="1" type="get"><q xmlns="urn:test"/></iq>`, `id="1"/>`},
		{"§ 8.1.2.1: the own bare from", `<iq from="Romeo@example.net" id="1" type="get"><q xmlns="urn:test"/></iq>`, `id="1"/>`},
		{"§ 8.3.3.8: to is no address", `<iq to="@" id="1" type="get"><q xmlns="urn:test"/></iq>`, "<jid-malformed "},
		{"§ 8.3.3.8: to is empty", `<iq to="" id="1" type="get"><q xmlns="urn:test"/></iq>`, "<jid-malformed "},
		{"§ 8.3.3.8: an empty label", `<iq to="a@.b" id="1" type="get"><q xmlns="urn:test"/></iq>`, "<jid-malformed "},
		{"§ 8.3.3.8: an empty label inside", `<message to="b..c"><body>x</body></message>`, "<jid-malformed "},
		{"§ 8.1.3: an IQ without id", `<iq type="get"><q xmlns="urn:test"/></iq>`, "<bad-request "},
		{"§ 4.9.3.24: no stanza", `<hello xmlns="urn:test"/>`, "<unsupported-stanza-type "},
		{"§ 4.9.3.24: of another namespace", `<message xmlns="jabber:server"/>`, "<unsupported-stanza-type "},
		{"§ 6.3.3: authentication again", `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN"/>`, "<unsupported-stanza-type "},
		{"XEP-0352: no such state", `<sleepy xmlns="urn:xmpp:csi:0"/>`, "<unsupported-stanza-type "},
		{"XEP-0198 § 6: a count of nothing", `<a xmlns="urn:xmpp:sm:3" h="1"/>`, "<unexpected-request "},
		{"XEP-0198 § 6: a question too early", `<r xmlns="urn:xmpp:sm:3"/>`, "<unexpected-request "},
		{"XEP-0198 § 5: with a bound resource", `<resume xmlns="urn:xmpp:sm:3" h="1" previd="x"/>`, "<unexpected-request "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			p := h.signIn("romeo", "o")
			p.send(c.sent)
			p.expect(c.want)
			if strings.Contains(c.want, "-from ") || strings.Contains(c.want, "-stanza-type ") {
				p.ended()
				return
			}
			p.sync()
			p.send("</stream:stream>")
			if got := p.ended(); got != "</stream:stream>" {
				t.Errorf("RFC 6120 § 4.4: closed with %s", got)
			}
		})
	}
}

// TestAttempts is RFC 6120 § 6.4.4 and § 6.5: after five failures the stream ends; those that no password was tried with
// do not count, but are not endless either.
func TestAttempts(t *testing.T) {
	h := newHouse(t, nil)
	for name, c := range map[string]struct {
		mechanisms []string
		want       int
	}{"passwords": {[]string{"PLAIN"}, 5}, "plus": {[]string{"OTHER-PLUS"}, 13}, "both": {[]string{"PLAIN", "OTHER-PLUS"}, 9}} {
		p := h.dial()
		p.send(header)
		p.expect("</stream:features>")
		n := 0
		for done := false; !done; n++ {
			p.send(fmt.Sprintf(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="%s">AGEAYg==</auth>`, c.mechanisms[n%len(c.mechanisms)]))
			p.expect("</failure>")
			done = n+1 == c.want
		}
		if got := p.ended(); !strings.Contains(got, "<policy-violation ") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestSessionsPer is RFC 6120 § 7.6.2.1: an account has so many sessions and no more; to replace one is always possible.
func TestSessionsPer(t *testing.T) {
	h := newHouse(t, func(o *c2s.Options) { o.Config.SessionsPer = 1 })
	h.signIn("romeo", "o")
	p := h.dial()
	p.login("romeo")
	p.send(`<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>p</resource></bind></iq>`)
	p.expect(`<resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`)
	p.bind("o")
	h.signIn("juliet", "o").sync()
	p.sync()
}
