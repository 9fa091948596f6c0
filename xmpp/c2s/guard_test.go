package c2s_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"myna/hook"
	"myna/xmpp/c2s"
)

// confused makes a mistake for one user.
type confused struct{ auth }

func (confused) ChannelBindings(c2s.Conn) []string { panic("a mistake of the sign-in") }

// TestMistakes: a mistake of ours ends one stream, never the process, and nobody waits for it for ever.
func TestMistakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Auth = confused{} })
		p := h.dial()
		p.send(header)
		p.ended()
		synctest.Wait()
		if !strings.Contains(h.logged.String(), "a mistake of the sign-in") {
			t.Errorf("not logged: %s", h.logged.String())
		}
	})
	for _, e := range []hook.Event{hook.Bound, hook.Detached, hook.Closed} {
		t.Run(e.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				mistaken := true
				h := newHouse(t, nil, func(r *hook.Registrar) {
					r.On(e, func(s hook.Session) {
						if was := mistaken; was && s.JID().Resource() == "o" {
							mistaken = false
							panic("a mistake of a module")
						}
					})
				})
				p := h.dial()
				p.login("romeo")
				p.send(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>o</resource></bind></iq>`)
				if e != hook.Bound {
					p.expect("</jid></bind></iq>")
					p.manage()
					p.conn.Close()
				}
				synctest.Wait()
				again := h.signIn("romeo", "o")
				again.sync()
				if list := h.router.Sessions(h.address("romeo@example.net")); len(list) != 1 {
					t.Errorf("%d sessions", len(list))
				}
				again.send("</stream:stream>")
				again.ended()
				synctest.Wait()
			})
		})
	}
}

// TestMistakesOfWriting: what fails while a stanza is written ends that session, which leaves its address, and nobody else's.
func TestMistakesOfWriting(t *testing.T) {
	for name, managed := range map[string]bool{"without management": false, "with management": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, nil)
				romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
				if managed {
					romeo.manage()
				}
				h.Trace(func(who string, out bool, _ []byte) {
					if out && strings.HasPrefix(who, "romeo@") {
						panic("a mistake while writing")
					}
				})
				juliet.send(`<message to="romeo@example.net/o"><body>1</body></message>`)
				romeo.ended()
				synctest.Wait()
				h.Trace(nil)
				juliet.sync()
				if !strings.Contains(h.logged.String(), "a mistake while writing") {
					t.Errorf("not logged: %s", h.logged.String())
				}
				if list := h.router.Sessions(h.address("romeo@example.net")); len(list) != 0 {
					t.Errorf("%d sessions", len(list))
				}
				h.signIn("romeo", "o").sync()
			})
		})
	}
}

// TestMistakesOfLastWords: a session that is being ended ends also when its last words cannot be said.
func TestMistakesOfLastWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo := h.signIn("romeo", "o")
		h.Trace(func(_ string, out bool, _ []byte) {
			if out {
				panic("a mistake while writing")
			}
		})
		romeo.send("</stream:stream>")
		romeo.ended()
		synctest.Wait()
		h.Trace(nil)
		h.signIn("romeo", "o").sync()
	})
}

// TestMistakesOfOneModule: a module that fails when a session ends keeps the others from nothing, and nothing is lost.
func TestMistakesOfOneModule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		h := newHouse(t, nil, func(r *hook.Registrar) {
			r.On(hook.Closed, func(hook.Session) { panic("a mistake of a module") })
			r.On(hook.Closed, func(s hook.Session) { told = append(told, s.JID().Resource()) })
		})
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		romeo.manage()
		juliet.send(`<message type="chat" to="romeo@example.net/o"><body>1</body></message>`)
		romeo.expect("<body>1</body>")
		romeo.send("</stream:stream>")
		romeo.ended()
		synctest.Wait()
		if len(told) != 1 || told[0] != "o" {
			t.Errorf("told: %v", told)
		}
		if n := h.log.kept(); n != 1 {
			t.Errorf("%d messages wait", n)
		}
	})
}
