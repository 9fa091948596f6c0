package c2s_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp/c2s"
)

// resume connects again and asks for the stream with an id.
func (h *house) resume(user, id string, count uint32) *peer {
	h.t.Helper()
	p := h.dial()
	p.login(user)
	p.send(fmt.Sprintf(`<resume xmlns="urn:xmpp:sm:3" previd="%s" h="%d"/>`, id, count))
	return p
}

// TestResume is XEP-0198 § 5: what was not confirmed comes again, once and in order; what the client sent before is counted.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		id := juliet.manage()
		juliet.send("<presence/>")
		juliet.send(`<message to="romeo@example.net/o"><body>a</body></message>`)
		juliet.sync() // 3 stanzas in, 1 out
		romeo.send(message("juliet", "m1"))
		romeo.send(message("juliet", "m2"))
		juliet.expect("m2</body></message>") // 3 out, 1 of them confirmed below
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="2"/>`)
		juliet.sync() // 4 in, 4 out
		juliet.conn.Close()
		synctest.Wait()
		romeo.send(message("juliet", "m3"))
		romeo.sync()
		juliet = h.resume("juliet", id, 3)
		if got := juliet.expect(">"); got != `<resumed xmlns="urn:xmpp:sm:3" previd="`+id+`" h="4"/>` {
			t.Error(got)
		}
		got := juliet.expect("m3</body></message>")
		if strings.Contains(got, "m2") || strings.Count(got, `id="sync"`) != 1 {
			t.Errorf("after the resumption: %s", got)
		}
		juliet.send(`<r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="4"/>`)
		if got := h.told(); got != "bound o, bound b, resumed b" {
			t.Error(got)
		}
		h.Shutdown(t.Context())
		if got := juliet.ended(); !strings.Contains(got, "<system-shutdown ") {
			t.Error(got)
		}
	})
}

// TestResumeLive: the old connection is there still. It is ended with conflict, and nothing of it is handled any more.
func TestResumeLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		old := h.signIn("romeo", "o")
		id := old.manage()
		for range 3 {
			fresh := h.resume("romeo", id, 0)
			fresh.expect("<resumed")
			if got := old.ended(); !strings.HasSuffix(got, `<conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error></stream:stream>`) {
				t.Error(got)
			}
			old = fresh
		}
		old.sync()
		stuck := old
		stuck.pause(true)
		fresh := h.resume("romeo", id, 1)
		fresh.expect("<resumed") // though the old one does not read
		fresh.sync()
		if got := h.told(); got != "bound o, resumed o, resumed o, resumed o, resumed o" {
			t.Error(got)
		}
		fresh.send("</stream:stream>")
		fresh.ended()
		synctest.Wait()
		if got := h.told(); !strings.HasSuffix(got, ", closed o") {
			t.Error(got)
		}
	})
}

// A client that resumes its own live session with a count that cannot be ends the new stream, and the session goes on where it is.
func TestWrongCountTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		old := h.signIn("romeo", "o")
		id := old.manage()
		for _, count := range []uint32{1, 9, 1<<32 - 1} {
			if got := h.resume("romeo", id, count).ended(); !strings.Contains(got, `<handled-count-too-high xmlns="urn:xmpp:sm:3"`) {
				t.Error(got)
			}
			old.sync()
			old.send(`<a xmlns="urn:xmpp:sm:3" h="1"/>`)
		}
		h.Shutdown(t.Context())
	})
}

// TestResumeFails: no stream, a stranger's, an ended one, a wrong count. The victim notices nothing, and the client may bind.
func TestResumeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		victim := h.signIn("juliet", "b")
		id := victim.manage()
		p := h.dial()
		p.login("romeo")
		for _, previd := range []string{"", "x", id} {
			p.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="` + previd + `"/>`)
			p.expect(`<failed xmlns="urn:xmpp:sm:3"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>`)
		}
		p.send(`<enable xmlns="urn:xmpp:sm:3"/>`) // § 3: not before a resource is bound
		p.expect("<unexpected-request ")
		p.bind("o")
		own := p.manage()
		p.send(`<enable xmlns="urn:xmpp:sm:3"/>`) // § 3: once
		p.expect("<unexpected-request ")
		p.conn.Close()
		synctest.Wait()
		p = h.dial()
		p.login("romeo")
		p.send(`<resume xmlns="urn:xmpp:sm:3" previd="` + own + `"/>`)
		p.expect("<bad-request ")
		p.send(`<resume xmlns="urn:xmpp:sm:3" h="9" previd="` + own + `"/>`)
		if got := p.ended(); !strings.Contains(got, `<handled-count-too-high xmlns="urn:xmpp:sm:3" h="9" send-count="0"/>`) {
			t.Error(got)
		}
		h.resume("romeo", own, 0).expect("<resumed") // a mistake does not cost the session
		victim.sync()
		time.Sleep(2 * h.Config.ResumeTime)
		victim.sync()
		h.Shutdown(t.Context())
	})
}

// TestExpire: a session that nobody resumes ends after its time, and what was not confirmed waits.
func TestExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		juliet.send(`<presence/><enable xmlns="urn:xmpp:sm:3" resume="1" max="60"/>`)
		got := juliet.expect(`max="60"/>`)
		_, id, _ := strings.Cut(got, `id="`)
		id, _, _ = strings.Cut(id, `"`)
		juliet.send(message("romeo", "a") + message("romeo", "b"))
		juliet.sync()
		juliet.conn.Close()
		synctest.Wait()
		romeo.send(message("juliet", "m1"))
		romeo.sync()
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if h.log.kept() != 0 || h.told() != "bound o, bound b" {
			t.Errorf("%d kept; %s", h.log.kept(), h.told())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if h.log.kept() != 1 || h.told() != "bound o, bound b, closed b" {
			t.Errorf("%d kept; %s", h.log.kept(), h.told())
		}
		h.resume("juliet", id, 0).expect(`<failed xmlns="urn:xmpp:sm:3" h="3"><item-not-found `) // § 5: what had arrived
		h.resume("romeo", id, 0).expect(`<failed xmlns="urn:xmpp:sm:3"><item-not-found `)
		h.Shutdown(t.Context())
	})
}

// TestClosed: a client that closes its stream ends the session, and what it has not confirmed waits (XEP-0198 § 7).
func TestClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		id := juliet.manage()
		juliet.send("<presence/>")
		juliet.sync()
		romeo.send(message("juliet", "m1"))
		juliet.expect("</message>")
		juliet.send("</stream:stream>")
		juliet.ended()
		synctest.Wait()
		if h.log.kept() != 1 || h.told() != "bound o, bound b, closed b" {
			t.Errorf("%d kept; %s", h.log.kept(), h.told())
		}
		h.resume("juliet", id, 0).expect("<item-not-found ")
		h.Shutdown(t.Context())
	})
}

// TestShutdown: everybody is told, connected or not; what detached sessions have not confirmed waits; nobody comes in any more.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		juliet.manage()
		juliet.send("<presence/>")
		juliet.sync()
		juliet.conn.Close()
		early := h.dial()
		early.send(header)
		early.expect("</stream:features>")
		late := h.dial()
		late.login("nurse")
		synctest.Wait()
		romeo.send(message("juliet", "m1"))
		romeo.sync()
		h.Shutdown(t.Context())
		for _, p := range []*peer{romeo, early, late} {
			if got := p.ended(); !strings.HasSuffix(got, `<system-shutdown xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error></stream:stream>`) {
				t.Error(got)
			}
		}
		if got := h.told(); h.log.kept() != 1 || !strings.Contains(got, "closed b") || !strings.Contains(got, "closed o") {
			t.Errorf("%d kept; %s", h.log.kept(), got)
		}
		h.dial().ended()
	})
}

// TestReplacedWhileResumed: the session's last message is still being committed when its client resumes, and meanwhile another
// client binds its resource. The resumption fails, the other has the address, each event comes once.
func TestReplacedWhileResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p := h.signIn("romeo", "o")
		id := p.manage()
		h.log.wait(true)
		p.send(`<message to="juliet@example.net"><keep/></message>`)
		synctest.Wait()
		p.conn.Close()
		synctest.Wait()
		first := h.resume("romeo", id, 0)
		synctest.Wait()
		second := h.resume("romeo", id, 0) // it cannot be taken over twice
		second.expect("</failed>")
		go second.send(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>o</resource></bind></iq>`)
		synctest.Wait()
		if got := first.rest() + second.rest() + h.told(); got != "bound o" {
			t.Errorf("before the commit: %s", got)
		}
		h.log.wait(false)
		first.expect("<item-not-found ")
		second.expect("</jid></bind></iq>")
		if got := h.told(); got != "bound o, closed o, bound o" {
			t.Error(got)
		}
		first.bind("p")
		h.Shutdown(t.Context())
	})
}

// TestUnsettled: a resumption does not wait for ever for what was sent before.
func TestUnsettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p := h.signIn("romeo", "o")
		id := p.manage()
		h.log.wait(true)
		p.send(`<message to="juliet@example.net"><keep/></message><r xmlns="urn:xmpp:sm:3"/>`)
		synctest.Wait()
		if got := p.rest(); got != "" {
			t.Errorf("acknowledged before the commit: %s", got)
		}
		p.conn.Close()
		synctest.Wait()
		p = h.resume("romeo", id, 0)
		p.expect("<resource-constraint ")
		h.log.wait(false)
		p.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="` + id + `"/>`)
		p.expect(`h="1"/>`)
		h.Shutdown(t.Context())
	})
}

// TestWrap: the counts go on over 2^32 (XEP-0198 § 4).
func TestWrap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		id := juliet.manage()
		c2s.Count(h.router.Session(h.address("juliet@example.net/b")), 1<<32-2)
		for i := range 4 {
			romeo.send(`<message to="juliet@example.net/b"><body>` + fmt.Sprint(i) + `</body></message>`)
			juliet.expect("</message>")
			juliet.send(`<message to="romeo@example.net/o"><body>x</body></message>`)
		}
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="4294967295"/><r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="2"/>`)
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="1"/>`)
		juliet.send(`<r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="2"/>`)
		juliet.conn.Close()
		synctest.Wait()
		juliet = h.resume("juliet", id, 1)
		juliet.expect(`h="2"/>`)
		if got := juliet.expect("</message>"); !strings.Contains(got, "<body>3</body>") {
			t.Error(got)
		}
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="3"/>`)
		if got := juliet.ended(); !strings.Contains(got, `<handled-count-too-high xmlns="urn:xmpp:sm:3" h="3" send-count="2"/>`) {
			t.Error(got)
		}
		h.Shutdown(t.Context())
	})
}

// TestUnconfirmed: a client that never confirms loses its session, connected or not, before it fills the memory.
func TestUnconfirmed(t *testing.T) {
	for name, cut := range map[string]bool{"connected": false, "cut": true} {
		for bound, change := range map[string]func(*c2s.Config){
			"stanzas": func(c *c2s.Config) { c.ResumeStanzas = 10 },
			"bytes":   func(c *c2s.Config) { c.ResumeBytes = 2000 },
		} {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, func(o *c2s.Options) { change(&o.Config) })
				romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
				juliet.manage()
				juliet.send("<presence/>")
				juliet.send(`<r xmlns="urn:xmpp:sm:3"/>`)
				juliet.expect("<a ")
				if cut {
					juliet.conn.Close()
				}
				synctest.Wait()
				for i := range 30 {
					romeo.send(message("juliet", fmt.Sprint("m", i)))
				}
				romeo.sync()
				synctest.Wait()
				if got := h.told(); got != "bound o, bound b, closed b" {
					t.Errorf("%s, %s: %s", name, bound, got)
				}
				if n := h.log.kept(); n < 8 || n > 30 { // the fake keeps nothing for who is offline
					t.Errorf("%s, %s: %d wait", name, bound, n)
				}
				h.Shutdown(t.Context())
			})
		}
	}
}

// TestInactive is XEP-0352 with stream management: presence waits, a message brings it along, and the counts are right.
func TestInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		juliet.manage()
		juliet.send(`<inactive xmlns="urn:xmpp:csi:0"/>`)
		juliet.send(`<r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="0"/>`)
		presence := func(n int) {
			for i := range n {
				romeo.send(fmt.Sprintf(`<presence to="juliet@example.net/b"><status>s%d</status></presence>`, i))
			}
			romeo.sync()
			synctest.Wait()
		}
		presence(3)
		if got := juliet.rest(); got != "" {
			t.Errorf("woken by %s", got)
		}
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="1"/>`) // nothing was sent
		if got := juliet.ended(); !strings.Contains(got, `send-count="0"`) {
			t.Error(got)
		}
		synctest.Wait()

		juliet = h.signIn("juliet", "b")
		id := juliet.manage()
		juliet.send(`<inactive xmlns="urn:xmpp:csi:0"/><r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="0"/>`)
		presence(2)
		romeo.send(`<message to="juliet@example.net/b"><body>m</body></message>`)
		if got := juliet.expect("</message>"); strings.Count(got, "<presence") != 2 {
			t.Errorf("the message comes with %s", got)
		}
		presence(2)
		juliet.send(`<active xmlns="urn:xmpp:csi:0"/>`)
		juliet.expect("s1</status></presence>")
		juliet.send(`<inactive xmlns="urn:xmpp:csi:0"/><r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<a xmlns="urn:xmpp:sm:3" h="0"/>`)
		presence(2)
		juliet.conn.Close()
		synctest.Wait()
		juliet = h.resume("juliet", id, 5) // 2 of 7 were held back
		juliet.expect("<resumed")
		if got := juliet.expect("s1</status></presence>"); strings.Count(got, "<presence") != 2 {
			t.Error(got)
		}
		juliet.send(`<a xmlns="urn:xmpp:sm:3" h="7"/>`)
		juliet.sync()
		presence(1) // a stream begins active (§ 4.2)
		juliet.expect("s0</status></presence>")
		h.Shutdown(t.Context())
	})
}

// TestLateEnd: the old stream's goroutine comes to the end of its stream after a new one has taken the session over. What stood
// before is handled and counted, the end is not for the session any more.
func TestLateEnd(t *testing.T) {
	for _, end := range []string{"</stream:stream>", "<!-- -->", `<hello xmlns="urn:test"/>`} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, nil)
			old := h.signIn("romeo", "o")
			id := old.manage()
			h.log.wait(true)
			old.send(`<message to="juliet@example.net"><keep/></message><iq type="get" id="q"><q xmlns="urn:test"/></iq>` + end)
			synctest.Wait()
			fresh := h.resume("romeo", id, 0)
			synctest.Wait()
			h.log.wait(false)
			fresh.expect(`h="2"/>`)
			fresh.expect(`id="q"/>`)
			fresh.sync()
			if got := h.told(); got != "bound o, resumed o" {
				t.Errorf("%s: %s", end, got)
			}
			h.Shutdown(t.Context())
		})
	}
}
