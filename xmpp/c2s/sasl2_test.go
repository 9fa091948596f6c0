package c2s_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"

	"myna/xmpp/c2s"
)

// authenticate signs in by XEP-0388, with what is asked for inline.
func authenticate(user, inline string) string {
	return `<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><initial-response>` +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00pencil")) + `</initial-response>` + inline + `</authenticate>`
}

// bindAll asks for all that the stream itself can do while binding.
const bindAll = `<user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"/><bind xmlns="urn:xmpp:bind:0"><tag>t</tag>` +
	`<enable xmlns="urn:xmpp:sm:3" resume="true"/><inactive xmlns="urn:xmpp:csi:0"/></bind>`

// between is what stands between two texts the first time.
func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// TestSASL2Frames: XEP-0388 § 2.6.1 where each element stands alone; then the stream goes on elsewhere (XEP-0198 § 9.2).
func TestSASL2Frames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		f := h.frames()
		f.send(opening, authenticate("romeo", bindAll))
		got := f.expect("<success ")
		f.expect("<stream:features ")
		address, id := between(got, "<authorization-identifier>", "<"), between(got, `id="`, `"`)
		juliet := h.signIn("juliet", "b")
		juliet.send(`<message to="` + address + `" id="1"><body>1</body></message>`)
		f.expect(`<message xmlns="jabber:client" `)
		f.send(`<iq xmlns="jabber:client" type="get" id="sync"><q xmlns="urn:test"/></iq>`)
		f.expect(`<iq xmlns="jabber:client" `)

		p := h.dial()
		p.send(header + authenticate("romeo", `<resume xmlns="urn:xmpp:sm:3" h="1" previd="`+id+`"/>`))
		if got := p.expect("</success>"); !strings.Contains(got, "<authorization-identifier>"+address+"<") ||
			!strings.Contains(got, `<resumed xmlns="urn:xmpp:sm:3" previd="`+id+`" h="1"/>`) {
			t.Error(got)
		}
		p.expect(`id="sync"/>`) // the answer that was not confirmed: no features before it
		f.expect("<stream:error ")
		<-f.gone
		h.Shutdown(t.Context())
		if got := h.told(); !strings.Contains(got, "resumed "+address[strings.Index(address, "/")+1:]) || strings.Count(got, "bound") != 2 {
			t.Error(got)
		}
	})
}

// TestSASL2Inactive: XEP-0386 § 3.2: a session begins in the state that the client asks for.
func TestSASL2Inactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p, juliet := h.dial(), h.signIn("juliet", "b")
		p.send(header + authenticate("romeo", bindAll))
		address := between(p.expect("</success>"), "<authorization-identifier>", "<")
		p.expect("</stream:features>")
		juliet.send(`<presence to="` + address + `"/>`)
		juliet.sync()
		synctest.Wait()
		if got := p.rest(); got != "" {
			t.Errorf("an inactive client got %s", got)
		}
		p.send(`<active xmlns="urn:xmpp:csi:0"/>`)
		p.expect("<presence ")
		h.Shutdown(t.Context())
	})
}

// TestSASL2SameClient: XEP-0386 § 3.2: a client that comes back takes the place of its old session, and of no other; it
// is not one too many.
func TestSASL2SameClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.SessionsPer = 2 })
		other := h.signIn("romeo", "o")
		first := h.dial()
		first.send(header + authenticate("romeo", bindAll))
		address := between(first.expect("</success>"), "<authorization-identifier>", "<")
		again := h.dial()
		again.send(header + authenticate("romeo", bindAll))
		if got := between(again.expect("</success>"), "<authorization-identifier>", "<"); got != address {
			t.Errorf("the address was %s and is %s", address, got)
		}
		first.expect("<conflict ")
		first.ended()
		moved := h.dial()
		moved.send(header + authenticate("romeo", strings.Replace(bindAll, "<tag>t<", "<tag>\x7f<", 1))) // it fits into no address
		got := between(moved.expect("</success>"), "<authorization-identifier>", "<")
		if want := strings.Replace(address, "/t/", "/", 1); got != want {
			t.Errorf("without a tag the address is %s, want %s", got, want)
		}
		again.expect("<conflict ")
		again.ended()
		more := h.dial()
		more.send(header + authenticate("romeo", strings.Replace(bindAll, "d4565fa7", "00000000", 1)))
		more.expect("<resource-constraint ")
		more.ended()
		other.sync()
		h.Shutdown(t.Context())
	})
}

// BenchmarkSignIn is a session with stream management from the first byte to the last, in the old order and in one step. It
// counts how often the client has to wait for the server.
func BenchmarkSignIn(b *testing.B) {
	for name, run := range map[string]func(*peer) (waits int){
		"classic": func(p *peer) int {
			p.login("romeo")
			p.bind("o")
			p.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
			p.expect("<enabled ")
			return 5 // features, success, features, address, enabled
		},
		"one step": func(p *peer) int {
			p.send(header)
			p.expect("</stream:features>")
			p.send(authenticate("romeo", bindAll))
			p.expect("<success ")
			p.expect("</stream:features>")
			return 2
		},
		"one step, features known": func(p *peer) int {
			p.send(header + authenticate("romeo", bindAll))
			p.expect("<success ")
			p.expect("</stream:features>")
			return 1
		},
	} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, nil)
			waits := 0
			b.ReportAllocs()
			for b.Loop() {
				p := h.dial()
				waits += run(p)
				p.send("</stream:stream>")
				p.ended()
			}
			b.ReportMetric(float64(waits)/float64(b.N), "waits/op")
		})
	}
}
