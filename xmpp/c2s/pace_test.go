package c2s_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/c2s"
)

// paced is a house where a message to oneself is copied to a thousand others, which costs 32 kB.
func paced(t *testing.T) *house {
	return newHouse(t, func(o *c2s.Options) {
		o.Config.BytesPerSecond, o.Config.BurstBytes, o.Config.AnswerTime = 32_000, 64_000, 100*time.Millisecond
	}, func(r *hook.Registrar) {
		r.Sent(hook.Copy, func(p *hook.Packet) error {
			hook.Charge(p.Session, 1000, 0)
			return nil
		})
	})
}

// took is how long it takes until n messages and a request are handled.
func (p *peer) took(n int) time.Duration {
	p.t.Helper()
	from := time.Now()
	for range n {
		p.send(message("romeo", "m"))
	}
	p.sync()
	return time.Since(from).Round(100 * time.Millisecond)
}

// TestPace: who causes much is read more slowly, over all sessions of the account, and over the next one too.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := paced(t)
		a, b := h.signIn("romeo", "a"), h.signIn("romeo", "b")
		if got := a.took(2); got != 0 {
			t.Errorf("what the purse holds took %s", got)
		}
		if got := b.took(3); got != 3*time.Second {
			t.Errorf("the account's other session took %s", got)
		}
		if got := h.signIn("juliet", "c").took(2); got != 0 {
			t.Errorf("somebody else took %s", got)
		}
		for _, p := range []*peer{a, b} {
			p.send("</stream:stream>")
			p.ended()
		}
		go h.Sweep(t.Context())
		time.Sleep(500 * time.Millisecond)
		again := h.signIn("romeo", "a")
		if got := again.took(2); got != 1500*time.Millisecond {
			t.Errorf("signed in anew it took %s", got)
		}
		again.send("</stream:stream>")
		again.ended()
		time.Sleep(time.Minute)
		again = h.signIn("romeo", "a")
		if got := again.took(2); got != 0 {
			t.Errorf("a minute later it took %s", got)
		}
	})
}

// TestBytesOfAnAccount: it sends no more by more streams, nor by signing in again and again.
func TestBytesOfAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond, o.Config.BurstBytes = 32_000, 64_000 })
		long := message("romeo", strings.Repeat("x", 8_000)) // 16 kB
		for name, p := range map[string]*peer{"the burst": h.signIn("romeo", "a"), "somebody else": h.signIn("juliet", "c")} {
			from := time.Now()
			for range 3 {
				p.send(long)
			}
			p.sync()
			if got := time.Since(from); got != 0 {
				t.Errorf("%s took %s", name, got)
			}
		}
		from := time.Now()
		for i := range 8 { // 128 kB more
			p := h.signIn("romeo", fmt.Sprint("b", i)) // half of them at once, the others one after another
			p.send(long)
			p.sync()
			if i%2 == 1 {
				p.send("</stream:stream>")
				p.ended()
			}
		}
		if got := time.Since(from); got < 3500*time.Millisecond || got > 5*time.Second {
			t.Errorf("over other streams it took %s", got)
		}
	})
}

// TestPipelined: what comes before the stream has a session, and is handled in it, counts as well.
func TestPipelined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond, o.Config.BurstBytes = 32_000, 64_000 })
		from := time.Now()
		for i := range 12 { // 144 kB
			p := h.dial()
			p.login("romeo")
			p.send(`<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>` + fmt.Sprint("r", i) +
				`</resource></bind></iq>` + message("romeo", strings.Repeat("x", 6_000)))
			p.sync()
			p.send("</stream:stream>")
			p.ended()
		}
		if got := time.Since(from); got < 2*time.Second {
			t.Errorf("it took %s", got)
		}
	})
}

// TestAccountKeepsSoMuch: sessions that confirm nothing keep four times together what one of them may keep. The one that goes beyond
// ends; who confirms may go on.
func TestAccountKeepsSoMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.ResumeBytes, o.Config.BytesPerSecond = 1<<20, 0 })
		f := xmpp.Frame{Kind: xmpp.Message, Tail: []byte(`><body>` + strings.Repeat("x", 100_000) + `</body></message>`)}
		fill := func(resource string, n int) (there bool) {
			t.Helper()
			jid := h.address("romeo@example.net/" + resource)
			if h.router.Session(jid) == nil {
				h.signIn("romeo", resource).manage()
			}
			for range n {
				if s := h.router.Session(jid); s != nil {
					s.Send(f)
				}
				synctest.Wait()
			}
			return h.router.Session(jid) != nil
		}
		first := h.signIn("romeo", "a")
		first.manage()
		for _, resource := range []string{"a", "b", "c", "d"} {
			if !fill(resource, 9) {
				t.Fatalf("%s has ended", resource)
			}
		}
		if fill("e", 9) {
			t.Error("the account keeps as much as it has sessions")
		}
		if !fill("a", 1) || !fill("f", 1) {
			t.Error("a session that fits has ended")
		}
		first.send(`<a xmlns="urn:xmpp:sm:3" h="10"/>`)
		first.sync()
		if !fill("f", 8) {
			t.Error("what was confirmed is kept")
		}
	})
}

// TestNobodyWaitsForAPause: a stream that is slowed ends at once when it is to end, and its session can be resumed at once.
func TestNobodyWaitsForAPause(t *testing.T) {
	for name, end := range map[string]func(h *house, s hook.Session, id string) *peer{
		"kicked": func(h *house, s hook.Session, _ string) *peer {
			s.Kick(stream.NotAuthorized)
			return nil
		},
		"replaced": func(h *house, _ hook.Session, _ string) *peer { return h.signIn("romeo", "a") },
		"resumed": func(h *house, _ hook.Session, id string) *peer {
			p := h.dial()
			p.login("romeo")
			p.send(`<resume xmlns="urn:xmpp:sm:3" previd="` + id + `" h="0"/>`)
			p.expect("<resumed")
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := paced(t)
				p := h.signIn("romeo", "a")
				id := p.manage()
				s := h.router.Session(h.address("romeo@example.net/a"))
				p.took(2)
				hook.Charge(s, 1000, 1<<20) // as much as the purse holds: two seconds
				p.send("<presence/>")
				synctest.Wait()
				from := time.Now()
				fresh := end(h, s, id)
				p.ended()
				synctest.Wait()
				if took := time.Since(from); took != 0 {
					t.Errorf("it took %s", took)
				}
				if fresh == nil && h.router.Session(h.address("romeo@example.net/a")) != nil {
					t.Error("the session is still there")
				}
			})
		})
	}
}

// TestNoPace: without a limit nobody pays.
func TestNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
		p := h.signIn("romeo", "a")
		hook.Charge(h.router.Session(h.address("romeo@example.net/a")), 1<<20, 1<<20)
		if got := p.took(5); got != 0 {
			t.Errorf("it took %s", got)
		}
	})
}
