package c2s_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"myna/storage"
)

const agent = `<user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"/>`

// resumptions are the ways in which a client comes back to its session: by itself (XEP-0198 § 5), and while it signs in (§ 9.2).
var resumptions = map[string]func(h *house, id string, handled int) *peer{
	"resumed": func(h *house, id string, handled int) *peer { return h.resume("romeo", id, uint32(handled)) },
	"resumed inline": func(h *house, id string, handled int) *peer {
		p := h.dial()
		p.send(header + authenticate("romeo", agent+fmt.Sprintf(`<resume xmlns="urn:xmpp:sm:3" h="%d" previd="%s"/>`, handled, id)))
		return p
	},
}

// bindings are the ways in which a client gets the address of a session that is there: by its resource (RFC 6120 § 7.7.2.2), and by being the
// same program (XEP-0386 § 3.2). done is what it is told then. What is sent waits for the server, which waits for others.
var bindings = map[string]struct {
	ask  func(h *house, resource string) *peer
	done string
}{
	"bound": {func(h *house, resource string) *peer {
		p := h.dial()
		p.login("romeo")
		go p.send(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>` + resource + `</resource></bind></iq>`)
		return p
	}, "</jid></bind></iq>"},
	"bound 2": {func(h *house, _ string) *peer {
		p := h.dial()
		go p.send(header + authenticate("romeo", agent+`<bind xmlns="urn:xmpp:bind:0"><tag>t</tag></bind>`))
		return p
	}, "</success>"},
}

// both plays a conversation for all ways of both.
func both(t *testing.T, play func(t *testing.T, d *detachedSession, resume func(handled int) *peer, bind func() (p *peer, done string))) {
	for came, resume := range resumptions {
		for got, bind := range bindings {
			t.Run(came+", "+got, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newDetached(t)
					play(t, d, func(handled int) *peer { return resume(d.house, d.id, handled) },
						func() (*peer, string) { return bind.ask(d.house, d.resource), bind.done })
					d.Shutdown(t.Context())
				})
			})
		}
	}
}

// detachedSession is one of romeo that was cut after it got the message "one", which it has not confirmed; "two" has come since. What it sent
// last is being committed until commit is called.
type detachedSession struct {
	*house
	id, resource string
}

func newDetached(t *testing.T) *detachedSession {
	h := newHouse(t, nil)
	p, juliet := h.dial(), h.signIn("juliet", "b")
	p.send(header + authenticate("romeo", agent+`<bind xmlns="urn:xmpp:bind:0"><tag>t</tag><enable xmlns="urn:xmpp:sm:3" resume="true"/></bind>`))
	_, got, _ := strings.Cut(p.expect("</success>"), "<success ")
	address := between(got, "<authorization-identifier>", "<")
	d := &detachedSession{h, between(got, `id="`, `"`), address[strings.Index(address, "/")+1:]}
	say := func(text string) {
		juliet.send(`<message to="` + address + `" type="chat"><body>` + text + `</body></message>`)
		juliet.sync()
	}
	say("one")
	p.expect("</message>")
	h.log.wait(true)
	p.send(`<message to="juliet@example.net"><keep/></message>`)
	synctest.Wait()
	p.conn.Close()
	synctest.Wait()
	say("two")
	return d
}

func (d *detachedSession) commit() {
	d.log.wait(false)
	synctest.Wait()
}

// waits lists what waits for the next session of romeo.
func (d *detachedSession) waits() (list []string) {
	d.log.mu.Lock()
	defer d.log.mu.Unlock()
	for _, e := range d.log.rows {
		if e.Flags&storage.Waiting != 0 {
			_, text, _ := bytes.Cut(e.Stanza, []byte("<body>"))
			text, _, _ = bytes.Cut(text, []byte("</body>"))
			list = append(list, string(text))
		}
	}
	return list
}

func (d *detachedSession) want(t *testing.T, waiting ...string) {
	t.Helper()
	synctest.Wait()
	if got := d.waits(); !slices.Equal(got, waiting) {
		t.Errorf("%q wait for romeo, want %q", got, waiting)
	}
}

// gone wants a resumption to fail, and that its client is told that the one stanza has arrived that it has sent (XEP-0198 § 5).
func (d *detachedSession) gone(p *peer) {
	d.t.Helper()
	if got := p.expect("<item-not-found "); !strings.Contains(got, `<failed xmlns="urn:xmpp:sm:3" h="1">`) {
		d.t.Errorf("the resumption has failed with %s", got)
	}
}

// A resumption is under way when another client gets the address: it fails, and what waited for the session waits for the other, once
// (XEP-0198 § 5, RFC 6120 § 7.7.2.2).
func TestReplacedDuringResumption(t *testing.T) {
	both(t, func(t *testing.T, d *detachedSession, resume func(int) *peer, bind func() (*peer, string)) {
		first := resume(0)
		synctest.Wait()
		second, done := bind()
		synctest.Wait()
		d.want(t)
		d.commit()
		d.gone(first)
		second.expect(done)
		d.want(t, "one", "two")
		again := resume(0) // it is gone for good
		d.gone(again)
		d.want(t, "one", "two")
	})
}

// The other client is first: it gets the address when what the old session sent is committed, and the resumption finds nothing.
func TestReplacedBeforeResumption(t *testing.T) {
	both(t, func(t *testing.T, d *detachedSession, resume func(int) *peer, bind func() (*peer, string)) {
		second, done := bind()
		synctest.Wait()
		first := resume(1) // it has got the message "one"
		synctest.Wait()
		d.commit()
		d.gone(first)
		second.expect(done)
		d.want(t, "one", "two")
	})
}

// The resumption has succeeded: its client loses the address in the ordinary way, and what it has not confirmed waits for the other.
func TestReplacedAfterResumption(t *testing.T) {
	both(t, func(t *testing.T, d *detachedSession, resume func(int) *peer, bind func() (*peer, string)) {
		d.commit()
		first := resume(1)
		if got := first.expect("</message>"); !strings.Contains(got, "<body>two</body>") || strings.Contains(got, "<body>one</body>") {
			t.Errorf("resumed with %s", got)
		}
		second, done := bind()
		first.expect("<conflict ")
		second.expect(done)
		d.want(t, "two")
	})
}
