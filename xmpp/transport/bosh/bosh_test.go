package bosh

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

// world is a handler whose sessions collect what clients send, and answer the opening of a stream. Its tests run in
// bubbles of synctest: time passes when all wait.
type world struct {
	t *testing.T
	h *Handler

	mu   sync.Mutex
	conn *Conn // of the last session
	got  []string
	err  error // that reading has ended with
}

const features = `<stream:features xmlns:stream="http://etherx.jabber.org/streams"><f xmlns="urn:f"/></stream:features>`

func newWorld(t *testing.T, change func(*Options)) *world {
	w := &world{t: t}
	o := Options{Front: transport.NewLiveFront(transport.Front{}), Limits: wire.DefaultLimits, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	w.h = NewHandler(o, w.serve)
	t.Cleanup(func() {
		if c := w.session(); c != nil {
			c.Close()
		}
		w.h.Stop()
	})
	return w
}

func (w *world) session() *Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conn
}

func (w *world) serve(c *Conn) {
	w.mu.Lock()
	w.conn = c
	w.mu.Unlock()
	for {
		b, err := c.ReadFrame()
		w.mu.Lock()
		if w.err = err; err == nil {
			w.got = append(w.got, string(b))
		}
		w.mu.Unlock()
		switch {
		case err != nil:
			return
		case strings.HasPrefix(string(b), "<open "):
			w.send(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="example.net" id="s1" version="1.0"/>`, features)
		case strings.HasPrefix(string(b), "<close "):
			w.send(string(b))
			return
		}
	}
}

// send gives the client elements.
func (w *world) send(elements ...string) error {
	var b []byte
	var ends []int
	for _, e := range elements {
		b = append(b, e...)
		ends = append(ends, len(b))
	}
	return w.session().WriteFrames(b, ends)
}

// read is what the stream was given since the last call.
func (w *world) read() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	all := strings.Join(w.got, "")
	w.got = nil
	return all
}

// call is a request under way.
type call struct {
	w      *world
	done   chan struct{}
	answer *httptest.ResponseRecorder
	cut    context.CancelFunc
}

// mine is the address of the client.
var mine = netip.MustParseAddr("192.0.2.1")

// post sends a body, with headers.
func (w *world) post(body string, headers ...string) *call {
	c := &call{w: w, done: make(chan struct{}), answer: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, "/http-bind", strings.NewReader(body))
	r.RemoteAddr = netip.AddrPortFrom(mine, 1234).String()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	var ctx context.Context
	ctx, c.cut = context.WithCancel(w.t.Context())
	go func() {
		defer close(c.done)
		w.h.ServeHTTP(c.answer, r.WithContext(ctx))
	}()
	synctest.Wait()
	return c
}

// waits tells whether the request is held.
func (c *call) waits() bool {
	synctest.Wait()
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// body is the answer.
func (c *call) body() string {
	<-c.done
	return c.answer.Body.String()
}

// want compares the answer with a pattern.
func (c *call) want(pattern string) {
	c.w.t.Helper()
	if c.waits() {
		c.w.t.Fatalf("is held, want %s", pattern)
	}
	if got := c.body(); !regexp.MustCompile(pattern).MatchString(got) {
		c.w.t.Errorf("got %s\nwant %s", got, pattern)
	}
}

const (
	empty     = `^<body xmlns="http://jabber.org/protocol/httpbind"/>$`
	broken    = `^<body [^>]*type="error"/>$`
	terminate = `^<body [^>]*type="terminate"[^>]*>`
	xbosh     = ` xmlns="http://jabber.org/protocol/httpbind" xmlns:xmpp="urn:xmpp:xbosh" `
)

var sidAttr = regexp.MustCompile(` sid="([^"]+)"`)

// begin begins a session with rid 100 and returns the sid.
func (w *world) begin(attrs string) string {
	w.t.Helper()
	c := w.post(`<body rid="100" to="example.net" xmpp:version="1.0"` + xbosh + attrs + `/>`)
	sid := sidAttr.FindStringSubmatch(c.body())
	if sid == nil {
		w.t.Fatalf("no session: %s", c.body())
	}
	w.read()
	return sid[1]
}

// next makes a body of a session.
func next(sid string, rid int, attrs, content string) string {
	return fmt.Sprintf(`<body rid="%d" sid="%s"%s%s>%s</body>`, rid, sid, xbosh, attrs, content)
}

func message(text string) string {
	return `<message xmlns="jabber:client"><body>` + text + `</body></message>`
}

func bubble(t *testing.T, name string, change func(*Options), f func(*testing.T, *world)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { f(t, newWorld(t, change)) })
	})
}

func TestSession(t *testing.T) {
	// XEP-0124 § 7.2, XEP-0206 § 4.
	bubble(t, "creation", nil, func(t *testing.T, w *world) {
		c := w.post(`<body rid="100" to="example.net" from="a@example.net" xml:lang="vi" wait="30" hold="5" ver="1.6" ack="1" xmpp:version="1.0"` + xbosh + `/>`)
		for _, want := range []string{` wait="30"`, ` hold="1"`, ` requests="2"`, ` ver="1.6"`, ` inactivity="60"`, ` ack="100"`,
			` from="example.net"`, ` authid="s1"`, ` xmpp:restartlogic="true"`, ` xmpp:version="1.0"`, features + `</body>`} {
			if !strings.Contains(c.body(), want) {
				t.Errorf("no %s in %s", want, c.body())
			}
		}
		if got := c.answer.Header().Get("Content-Type"); got != "text/xml; charset=utf-8" {
			t.Errorf("content type %s", got)
		}
		want := `<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="a@example.net" to="example.net" version="1.0" xml:lang="vi"/>`
		if got := w.read(); got != want {
			t.Errorf("opened with %s", got)
		}
	})
	// XEP-0206 § 5, § 2.
	bubble(t, "restart and namespaces", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		w.post(next(sid, 101, ` xmpp:restart="true" to="example.org"`, message("ignored"))).want(`<stream:features .*</body>$`)
		if got := w.read(); !strings.Contains(got, `<open `) || !strings.Contains(got, `to="example.org"`) || strings.Contains(got, "ignored") {
			t.Errorf("restarted with %s", got)
		}
		w.post(next(sid, 102, ` xmlns:p="urn:p"`, `<iq type="get"><p:q/></iq><message/>`))
		if got := w.read(); got != `<iq xmlns="jabber:client" type="get"><q xmlns="urn:p"/></iq><message xmlns="jabber:client"/>` {
			t.Errorf("got %s", got)
		}
	})
	// XEP-0124 § 8, § 10.
	bubble(t, "hold and wait", nil, func(t *testing.T, w *world) {
		sid := w.begin(`wait="20"`)
		first := w.post(next(sid, 101, "", ""))
		if !first.waits() {
			t.Fatal("not held")
		}
		second := w.post(next(sid, 102, "", message("hi")))
		first.want(empty)
		if got := w.read(); got != message("hi") {
			t.Errorf("got %s", got)
		}
		time.Sleep(19 * time.Second)
		if !second.waits() {
			t.Fatal("answered too early")
		}
		time.Sleep(time.Second)
		second.want(empty)
		third := w.post(next(sid, 103, "", ""))
		if err := w.send(message("1"), message("2")); err != nil {
			t.Error(err)
		}
		third.want(`^<body xmlns="http://jabber.org/protocol/httpbind">` + regexp.QuoteMeta(message("1")+message("2")) + `</body>$`)
	})
}

func TestRequestIDs(t *testing.T) {
	// XEP-0124 § 14.2.
	bubble(t, "order", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		later := w.post(next(sid, 102, "", message("two")))
		if got := w.read(); got != "" || !later.waits() {
			t.Fatalf("got %s out of turn", got)
		}
		w.post(next(sid, 101, "", message("one"))).want(empty)
		if got := w.read(); got != message("one")+message("two") {
			t.Errorf("got %s", got)
		}
		if !later.waits() {
			t.Error("the newest is not held")
		}
	})
	// XEP-0124 § 17.3.
	bubble(t, "what came before is lost", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		later := w.post(next(sid, 102, "", message("two")))
		time.Sleep(time.Minute)
		later.want(broken)
		w.post(next(sid, 101, "", message("one")))
		w.post(next(sid, 102, "", message("two")))
		if got := w.read(); got != message("one")+message("two") {
			t.Errorf("got %s", got)
		}
	})
	// XEP-0124 § 14.3.
	bubble(t, "again", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		old := w.post(next(sid, 101, "", message("once")))
		again := w.post(next(sid, 101, "", message("once")))
		old.want(broken)
		if err := w.send(message("a")); err != nil {
			t.Error(err)
		}
		again.want(`<body>a</body>`)
		w.post(next(sid, 101, "", message("once"))).want(`<body>a</body>`)
		if got := w.read(); got != message("once") {
			t.Errorf("handled %s", got)
		}
	})
	bubble(t, "cut", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		old := w.post(next(sid, 101, "", ""))
		old.cut()
		synctest.Wait()
		sent := make(chan error, 1)
		go func() { sent <- w.send(message("kept")) }()
		synctest.Wait()
		if len(sent) > 0 {
			t.Error("taken by a request that nobody waits for")
		}
		w.post(next(sid, 101, "", "")).want(`<body>kept</body>`)
		if err := <-sent; err != nil {
			t.Error(err)
		}
	})
	for name, rid := range map[string]int{"too high": 103, "too low": 90} {
		bubble(t, name, nil, func(t *testing.T, w *world) {
			sid := w.begin(`ver="1.6"`)
			w.post(next(sid, rid, "", "")).want(terminate)
			w.post(next(sid, 101, "", "")).want(`condition="item-not-found"`)
		})
	}
	bubble(t, "of nobody", nil, func(t *testing.T, w *world) {
		w.begin("")
		w.post(next("guess", 101, "", "")).want(`type="terminate" condition="item-not-found"`)
		if w.post(next("guess", 101, "", "")); w.session().ended != nil {
			t.Error("a guess ended the session")
		}
	})
}

func TestEnds(t *testing.T) {
	// XEP-0124 § 13.
	bubble(t, "by the client", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		last := w.post(next(sid, 102, ` type="terminate"`, `<presence xmlns="jabber:client" type="unavailable"/>`))
		held.want(empty)
		last.want(`^<body xmlns="[^"]*" type="terminate"/>$`)
		if got := w.read(); !strings.Contains(got, `unavailable`) || !strings.Contains(got, "<close ") {
			t.Errorf("got %s", got)
		}
		w.post(next(sid, 103, "", "")).want(`condition="item-not-found"`)
	})
	// XEP-0124 § 17.2, XEP-0206 § 6.
	bubble(t, "by a stream error", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		if err := w.send(message("last"), `<stream:error xmlns:stream="http://etherx.jabber.org/streams"/>`,
			`<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`); err != nil {
			t.Error(err)
		}
		held.want(`^<body [^>]*xmlns:stream=[^>]*type="terminate" condition="remote-stream-error">.*last.*<stream:error [^>]*/></body>$`)
	})
	bubble(t, "by last words that a request takes, or nobody", nil, func(t *testing.T, w *world) {
		leave := func() chan error {
			sent := make(chan error, 1)
			go func() {
				sent <- w.send(`<stream:error xmlns:stream="http://etherx.jabber.org/streams"/>`, `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`)
			}()
			return sent
		}
		sid, sent := w.begin(""), leave()
		time.Sleep(2 * time.Second)
		w.post(next(sid, 101, "", "")).want(`type="terminate" condition="remote-stream-error"`)
		if err := <-sent; err != nil {
			t.Error(err)
		}
		w.begin("")
		time.Sleep(10 * time.Second)
		start, sent := time.Now(), leave()
		if err := <-sent; err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	// XEP-0124 § 10.
	bubble(t, "by silence", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		time.Sleep(59 * time.Second)
		c := w.post(next(sid, 101, "", ""))
		time.Sleep(60 * time.Second) // it waits
		c.want(empty)
		sent := make(chan error, 1)
		go func() { sent <- w.send(message("lost")) }()
		time.Sleep(60 * time.Second)
		if err := <-sent; err == nil {
			t.Error("written to nobody")
		}
		w.post(next(sid, 102, "", "")).want(`condition="item-not-found"`)
		if w.read(); w.err != errGone {
			t.Errorf("the stream has ended with %v", w.err)
		}
	})
	bubble(t, "pause", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		w.post(next(sid, 102, ` pause="100"`, "")).want(empty)
		held.want(empty)
		time.Sleep(99 * time.Second)
		if c := w.post(next(sid, 103, "", "")); !c.waits() {
			t.Errorf("got %s", c.body())
		}
	})
}

func TestRules(t *testing.T) {
	// XEP-0124 § 12.
	bubble(t, "polling", nil, func(t *testing.T, w *world) {
		sid := w.begin(`ver="1.6" hold="0"`)
		w.post(next(sid, 101, "", "")).want(empty)
		time.Sleep(2 * time.Second)
		w.post(next(sid, 102, "", "")).want(empty)
		time.Sleep(time.Second)
		w.post(next(sid, 103, "", message("hi"))).want(empty)
		w.post(next(sid, 104, "", "")).want(empty)
		w.post(next(sid, 105, "", "")).want(`condition="policy-violation"`)
	})
	// XEP-0124 § 17.1.
	bubble(t, "legacy", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		c := w.post(next(sid, 200, "", ""))
		if c.body(); c.answer.Code != http.StatusNotFound {
			t.Errorf("status %d", c.answer.Code)
		}
	})
	bubble(t, "flood", nil, func(t *testing.T, w *world) {
		sid := w.begin(`ver="1.6"`)
		for rid := 101; rid < 101+requestsBurst; rid++ {
			if c := w.post(next(sid, rid, "", "")); rid == 100+requestsBurst {
				c.want(`condition="policy-violation"`)
			}
		}
	})
	// A client that does not wait for its answers cannot make the server keep more than the stream takes.
	bubble(t, "backlog", nil, func(t *testing.T, w *world) {
		end := make(chan struct{})
		w.h = NewHandler(Options{Front: transport.NewLiveFront(transport.Front{}), Limits: wire.DefaultLimits, Logger: slog.New(slog.DiscardHandler)}, func(c *Conn) {
			w.mu.Lock()
			w.conn = c
			w.mu.Unlock()
			if _, err := c.ReadFrame(); err == nil {
				w.send(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="example.net" id="s1" version="1.0"/>`, features)
			}
			<-end
		})
		defer close(end)
		sid := w.begin(`ver="1.6" hold="0" wait="0"`)
		big := message(strings.Repeat("x", 200<<10))
		for rid := 101; rid < 200; rid++ {
			if strings.Contains(w.post(next(sid, rid, "", big)).body(), `condition="policy-violation"`) {
				return
			}
		}
		t.Error("99 messages of 200 kB wait for a stream that reads none")
	})
	bubble(t, "per address", func(o *Options) { o.PerAddress = transport.NewPerAddress(1) }, func(t *testing.T, w *world) {
		w.begin("")
		w.post(`<body rid="1" to="example.net"` + xbosh + `/>`).want(`condition="policy-violation"`)
		w.session().Close()
		synctest.Wait()
		w.begin("")
	})
	// § 19.1: what began behind TLS does not go on without it.
	bubble(t, "TLS", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		w.session().client.Store(&client{Peer: transport.Peer{Encrypted: true}})
		w.post(next(sid, 101, "", "")).want(`condition="item-not-found"`)
	})
}

// hash is the key behind s.
func hash(s string) string {
	h := sha1.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// A mistake of ours ends one session: its id is free and the handler ends.
