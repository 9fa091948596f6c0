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
