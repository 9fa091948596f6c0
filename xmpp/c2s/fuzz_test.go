package c2s_test

import (
	"net"
	"strings"
	"testing"

	"myna/xmpp/c2s"
	"myna/xmpp/transport"
)

// states are those that a stream can be in when hostile bytes arrive.
var states = []func(*peer){
	func(*peer) {}, // before the header
	func(p *peer) { // before authentication
		p.send(header)
		p.expect("</stream:features>")
	},
	func(p *peer) { // within authentication
		p.send(header)
		p.expect("</stream:features>")
		p.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN"/>`)
		p.expect("<challenge")
	},
	func(p *peer) { // within authentication by XEP-0388
		p.send(header)
		p.expect("</stream:features>")
		p.send(`<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><bind xmlns="urn:xmpp:bind:0"/></authenticate>`)
		p.expect("<challenge")
	},
	func(p *peer) { // signed in by XEP-0388, before binding
		p.send(header + authenticate("romeo", ""))
		p.expect("<success")
		p.expect("</stream:features>")
	},
	func(p *peer) { // all in one step
		p.send(header + authenticate("romeo", bindAll))
		p.expect("<success")
		p.expect("</stream:features>")
	},
	func(p *peer) { p.login("romeo") }, // before binding
	func(p *peer) { // bound
		p.login("romeo")
		p.bind("o")
	},
	func(p *peer) { // with stream management
		p.login("romeo")
		p.bind("o")
		p.manage()
		p.send(`<message to="romeo@example.net/o"><body>unconfirmed</body></message>`)
		p.expect("</message>")
	},
	func(p *peer) { // inactive
		p.login("romeo")
		p.bind("o")
		p.send(`<inactive xmlns="urn:xmpp:csi:0"/>`)
	},
}

// FuzzStream sends bytes to a stream in each of its states. They may end this stream; another client's goes on, and the
// server ends in order.
func FuzzStream(f *testing.F) {
	for state := range states {
		for _, data := range []string{
			header, "</stream:stream>", "\x00", "<a", `<message to="juliet@example.net"><keep/></message>`, `<iq type="set" id="1"/>`,
			`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AHJvbWVvAHBlbmNpbA==</auth>` + header,
			`<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl">=</response>`, `<abort xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`,
			`<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/><message/>`,
			`<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>b</resource></bind></iq>`,
			`<enable xmlns="urn:xmpp:sm:3" resume="true" max="-1"/><r xmlns="urn:xmpp:sm:3"/><a xmlns="urn:xmpp:sm:3" h="1"/>`,
			`<resume xmlns="urn:xmpp:sm:3" h="4294967295" previd="x"/>`, `<active xmlns="urn:xmpp:csi:0"/>`,
			authenticate("romeo", bindAll), authenticate("romeo", `<resume xmlns="urn:xmpp:sm:3" h="0" previd="x"/>`),
			`<response xmlns="urn:xmpp:sasl:2">AHJvbWVvAHBlbmNpbA==</response>`, `<abort xmlns="urn:xmpp:sasl:2"/>`,
			`<next xmlns="urn:xmpp:sasl:2" task="x"/>`, `<task-data xmlns="urn:xmpp:sasl:2"><x xmlns="y"/></task-data>`,
			`<presence to="juliet@example.net/b"/><iq type="get" id="2"><q xmlns="urn:test"/></iq>`, `<message to="a@.b" xml:lang=''/>`,
		} {
			f.Add(byte(state), []byte(data))
		}
	}
	f.Fuzz(func(t *testing.T, state byte, data []byte) {
		if strings.Contains(string(data), "<panic") {
			t.Skip("the house panics by request")
		}
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
		juliet := h.signIn("juliet", "b")
		client, server := net.Pipe()
		p := &peer{t: t, conn: client}
		p.cond.L = &p.mu
		go p.read()
		served := make(chan struct{})
		go func() {
			h.Serve(transport.NewConn(server, transport.Options{}))
			close(served)
		}()
		states[int(state)%len(states)](p)
		p.send(string(data))
		client.Close()
		<-served
		juliet.sync()
		h.Shutdown(t.Context())
		juliet.ended()
		h.mu.Lock()
		defer h.mu.Unlock()
		if strings.Contains(h.logged.String(), "msg=panic") {
			t.Fatal(h.logged.String())
		}
		if n := strings.Count(strings.Join(h.events, " "), "bound"); n != strings.Count(strings.Join(h.events, " "), "closed") {
			t.Fatalf("sessions were bound and not closed: %q", h.events)
		}
	})
}
