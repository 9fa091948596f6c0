package c2s_test

import (
	"encoding/base64"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/stream"

	"myna/xmpp/c2s"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// frames is both sides of a connection that carries one element at a time.
type frames struct {
	t    testing.TB
	in   chan string
	once sync.Once
	gone chan struct{} // closed when the connection is

	deaf atomic.Bool // it takes nothing

	mu   sync.Mutex
	cond sync.Cond
	got  []string
}

func (f *frames) ReadFrame() ([]byte, error) {
	select {
	case s := <-f.in:
		return []byte(s), nil
	case <-f.gone:
		return nil, net.ErrClosed
	}
}

func (f *frames) Bound(int)            {}
func (f *frames) Pace(func(int) error) {}

func (f *frames) WriteFrames(b []byte, ends []int) error {
	if f.deaf.Load() {
		<-f.gone
		return net.ErrClosed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	from := 0
	for _, end := range ends {
		f.got = append(f.got, string(b[from:end]))
		from = end
	}
	if from != len(b) {
		f.t.Errorf("bytes behind the last element: %q", b[from:])
	}
	f.cond.Broadcast()
	return nil
}

func (f *frames) Secure() bool       { return true }
func (f *frames) Describe() string   { return "frames" }
func (f *frames) Remote() netip.Addr { return netip.Addr{} }
func (f *frames) Abort()             { f.Close() }

func (f *frames) Close() error {
	f.once.Do(func() { close(f.gone) })
	return nil
}

// frames connects a client.
func (h *house) frames() *frames {
	f := &frames{t: h.t, in: make(chan string), gone: make(chan struct{})}
	f.cond.L = &f.mu
	go h.ServeFrames(f)
	h.t.Cleanup(func() { f.Close() })
	return f
}

func (f *frames) send(elements ...string) {
	for _, e := range elements {
		select {
		case f.in <- e:
		case <-f.gone:
		}
	}
}

// expect waits for an element that begins with a text, and returns it. Every element stands alone.
func (f *frames) expect(begin string) string {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for len(f.got) > 0 {
			e := f.got[0]
			f.got = f.got[1:]
			if _, err := wire.NewScanner(wire.Limits{}, ns.Client).Frame([]byte(e)); err != nil {
				f.t.Fatalf("not one element: %v: %s", err, e)
			}
			if strings.HasPrefix(e, begin) {
				return e
			}
		}
		f.cond.Wait()
	}
}

const (
	framing = ` xmlns="urn:ietf:params:xml:ns:xmpp-framing"`
	opening = `<open` + framing + ` to="example.net" version="1.0"/>`
)

func (f *frames) login(user string) {
	f.t.Helper()
	f.send(opening)
	f.expect("<stream:features")
	f.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00pencil")) + `</auth>`)
	f.expect("<success")
	f.send(opening)
	f.expect("<stream:features")
}

func (f *frames) signIn(user, resource string) {
	f.t.Helper()
	f.login(user)
	f.send(`<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="` + ns.Bind + `"><resource>` + resource + `</resource></bind></iq>`)
	f.expect(`<iq xmlns="jabber:client" type="result" id="bind"`)
}

func toRomeo(id string) string {
	return `<message to="romeo@example.net/o" id="` + id + `"><body>` + id + `</body></message>`
}

// TestFrames: RFC 7395 § 3.3.3: stanzas declare their namespace, and what is no stanza stands alone.
func TestFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.frames(), h.signIn("juliet", "b")
		romeo.signIn("romeo", "o")
		romeo.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
		romeo.expect("<enabled ")
		juliet.send(toRomeo("1") + toRomeo("2"))
		for _, id := range []string{"1", "2"} {
			if got := romeo.expect(`<message xmlns="jabber:client" `); !strings.Contains(got, `<body>`+id+`</body>`) {
				t.Errorf("got %s", got)
			}
		}
		romeo.send(`<message xmlns="jabber:client" to="juliet@example.net/b" id="3"><body>3</body></message>`, `<r xmlns="urn:xmpp:sm:3"/>`)
		juliet.expect(`<message to="juliet@example.net/b" from="romeo@example.net/o" id="3"`) // declared by the stream's header
		romeo.expect("<a ")
		romeo.send(`<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`) // § 3.9
		romeo.expect("<stream:error ")
		romeo.expect("<close ")
		<-romeo.gone
		h.Shutdown(t.Context())
	})
}

// TestFramesResume: XEP-0198 § 5 from one transport to the other and back; the old connection is told.
func TestFramesResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		romeo, juliet := h.signIn("romeo", "o"), h.signIn("juliet", "b")
		id := romeo.manage()
		juliet.send(toRomeo("1"))
		romeo.expect("</message>")
		again := h.frames()
		again.login("romeo")
		again.send(`<resume xmlns="urn:xmpp:sm:3" h="0" previd="` + id + `"/>`)
		again.expect("<resumed ")
		again.expect(`<message xmlns="jabber:client" `)
		romeo.expect("<conflict ")
		romeo.ended()

		back := h.dial()
		back.login("romeo")
		back.send(`<resume xmlns="urn:xmpp:sm:3" h="1" previd="` + id + `"/>`)
		back.expect("<resumed ")
		again.expect("<stream:error ")
		again.expect("<close ")
		<-again.gone
		juliet.send(toRomeo("2"))
		back.expect(`<message to="romeo@example.net/o" `)
		h.Shutdown(t.Context())
	})
}

// TestFramesEnd: who is sent away is told, at each stage of a stream (RFC 7395 § 3.5).
func TestFramesEnd(t *testing.T) {
	kick := func(h *house) { h.router.Session(h.address("romeo@example.net/o")).Kick(stream.Conflict) }
	for name, c := range map[string]struct {
		begin     func(*frames)
		end       func(*house)
		condition string
	}{
		"login time": {func(f *frames) { f.send(opening) }, func(h *house) { time.Sleep(h.Config.LoginTime) }, "connection-timeout"},
		"shutdown":   {func(f *frames) { f.send(opening) }, func(h *house) { h.Shutdown(h.t.Context()) }, "system-shutdown"},
		"signed in":  {func(f *frames) { f.signIn("romeo", "o") }, func(h *house) { h.Shutdown(h.t.Context()) }, "system-shutdown"},
		"kicked":     {func(f *frames) { f.signIn("romeo", "o") }, kick, "conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, nil)
				f := h.frames()
				c.begin(f)
				synctest.Wait()
				c.end(h)
				if got := f.expect("<stream:error "); !strings.Contains(got, "<"+c.condition+" ") {
					t.Errorf("got %s", got)
				}
				f.expect("<close ")
				<-f.gone
			})
		})
	}
}

// TestFramesTrace: a tap sees frames as it sees streams.
func TestFramesTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		var mu sync.Mutex
		var all strings.Builder
		h.Trace(func(who string, out bool, text []byte) {
			mu.Lock()
			defer mu.Unlock()
			all.WriteString(who + map[bool]string{true: " < ", false: " > "}[out] + string(text) + "\n")
		})
		f := h.frames()
		f.signIn("romeo", "o")
		f.send(`<close` + framing + `/>`)
		f.expect("<close ")
		<-f.gone
		mu.Lock()
		defer mu.Unlock()
		for _, want := range []string{"client#1 < <open ",
			`client#1 > <auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">…</auth>`,
			`romeo@example.net/o < <iq xmlns="jabber:client" `, "romeo@example.net/o < <close "} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("the trace lacks %s:\n%s", want, all.String())
			}
		}
	})
}

// TestShutdownOfTheDeaf: a client that reads no more does not hold up the end of the server for long.
func TestShutdownOfTheDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		f := h.frames()
		f.signIn("romeo", "o")
		f.deaf.Store(true)
		start := time.Now()
		h.Shutdown(t.Context())
		<-f.gone
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// FuzzFrames sends a frame of anything to a stream that has not signed in, and to one that has.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{opening, `<close` + framing + `/>`, "", " ", "<a/><b/>",
		`<message xmlns="jabber:client" to="juliet@example.net"><keep/></message>`, `<resume xmlns="urn:xmpp:sm:3" h="1" previd="x"/>`} {
		f.Add(true, s)
		f.Add(false, s)
	}
	f.Fuzz(func(t *testing.T, bound bool, s string) {
		if strings.Contains(s, "<panic") {
			t.Skip("the house panics by request")
		}
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
		c := h.frames()
		if bound {
			c.signIn("romeo", "o")
		}
		c.send(s, s)
		h.Shutdown(t.Context())
		<-c.gone
		h.mu.Lock()
		defer h.mu.Unlock()
		if strings.Contains(h.logged.String(), "msg=panic") {
			t.Fatal(h.logged.String())
		}
	})
}
