package c2s_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/c2s"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/transport"
)

// house is a server of client streams on a router with the accounts romeo and juliet at example.net. Messages with
// the child <keep/> are archived at both sides.
type house struct {
	*c2s.Server
	t      testing.TB
	router *router.Router
	log    *log

	mu     sync.Mutex
	events []string // of sessions, in order
	logged bytes.Buffer
}

func newHouse(t testing.TB, change func(*c2s.Options), modules ...module) *house {
	t.Helper()
	h := &house{t: t, log: &log{}}
	reg := hook.NewRegistry()
	for _, m := range append([]module{h.follow}, modules...) {
		reg.Add("test", m)
	}
	logger := slog.New(slog.NewTextHandler(h, nil))
	h.router = router.New(t.Context(), router.Options{
		Registry: reg, Directory: everybody{}, Log: h.log, Logger: logger,
		Hosts: map[string]hook.Target{"example.net": hook.Server, "groups.example.net": "groups"},
	})
	o := c2s.Options{Config: c2s.DefaultConfig(), Registry: reg, Router: h.router, Auth: auth{}, Logger: logger}
	if change != nil {
		change(&o)
	}
	h.Server = c2s.New(t.Context(), o)
	return h
}

type module func(*hook.Registrar)

func (m module) Register(r *hook.Registrar) { m(r) }

func (h *house) follow(r *hook.Registrar) {
	for _, e := range []hook.Event{hook.Bound, hook.Resumed, hook.Closed} {
		r.On(e, func(s hook.Session) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.events = append(h.events, e.String()+" "+s.JID().Resource())
		})
	}
	keep := func(p *hook.Packet) error {
		if p.Has(ns.Client, "keep") {
			p.Keep(storage.Entry{Owner: p.Owner})
		}
		return nil
	}
	r.Sent(hook.Archive, keep)
	r.Received(hook.Archive, keep)
	r.Presence(func(p *hook.Packet) error {
		if p.To.IsZero() {
			p.Session.SetPresence(&hook.Presence{})
			return nil
		}
		p.BuildTail()
		f := p.Frame(p.To)
		f.Idle = true
		h.router.ToSession(f)
		return nil
	}, nil)
	r.IQ(hook.Account, "get", "urn:test", "q", func(context.Context, *hook.Request) (*xmpp.Element, error) { return nil, nil })
	r.IQ(hook.Account, "get", "urn:test", "panic", func(context.Context, *hook.Request) (*xmpp.Element, error) { panic("test") })
}

// Write takes lines of the log.
func (h *house) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.Write(b)
}

func (h *house) told() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.events, ", ")
}

type everybody struct{}

func (everybody) Exists(xmpp.JID) bool { return true }

// log commits at once, unless it is told to wait.
type log struct {
	mu    sync.Mutex
	waits bool
	queue []func()
	rows  []storage.Entry
}

func (l *log) AppendAsync(entries []storage.Entry, done func([]int64, error)) error {
	l.mu.Lock()
	ids := make([]int64, len(entries))
	for i := range entries {
		l.rows = append(l.rows, entries[i])
		ids[i] = int64(len(l.rows))
	}
	if l.waits {
		l.queue = append(l.queue, func() { done(ids, nil) })
		l.mu.Unlock()
		return nil
	}
	l.mu.Unlock()
	done(ids, nil)
	return nil
}

func (l *log) wait(on bool) {
	l.mu.Lock()
	l.waits = on
	ready := l.queue
	if !on {
		l.queue = nil
	}
	l.mu.Unlock()
	if !on {
		for _, f := range ready {
			f()
		}
	}
}

// kept counts rows for which somebody waits.
func (l *log) kept() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.rows {
		if l.rows[i].Flags&storage.Waiting != 0 {
			n++
		}
	}
	return n
}

// auth lets everybody in whose password is "pencil", by PLAIN.
type auth struct{}

func (auth) Mechanisms(string, xmpp.JID, c2s.Conn) []string { return []string{"PLAIN"} }
func (auth) TokenMechanisms(string, c2s.Conn) []string      { return nil }
func (auth) Upgrades(string) []string                       { return nil }
func (auth) ChannelBindings(c2s.Conn) []string              { return nil }
func (auth) Begin(a c2s.Attempt) (c2s.Exchange, error) {
	if a.Mechanism != "PLAIN" {
		return nil, &c2s.SASLFailure{Condition: "invalid-mechanism", Again: a.Mechanism == "OTHER-PLUS"}
	}
	return &exchange{domain: a.Domain}, nil
}

type exchange struct {
	domain string
	who    xmpp.JID
}

func (x *exchange) Step(_ context.Context, response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte{}, false, nil
	}
	parts := strings.Split(string(response), "\x00")
	if len(parts) != 3 || parts[2] != "pencil" {
		return nil, false, &c2s.SASLFailure{Condition: "not-authorized", Text: "Wrong."}
	}
	var err error
	x.who, err = xmpp.NewJID(parts[1], x.domain, "")
	if err != nil {
		return nil, false, &c2s.SASLFailure{Condition: "malformed-request"}
	}
	return nil, true, nil
}

func (x *exchange) Token(context.Context, string) (string, time.Time) { return "", time.Time{} }

func (x *exchange) Task(string) (c2s.Task, bool) { return c2s.Task{}, false }

func (x *exchange) JID() xmpp.JID { return x.who }

// peer is the client's side of a connection: a goroutine reads what comes.
type peer struct {
	t    testing.TB
	conn net.Conn

	mu     sync.Mutex
	cond   sync.Cond
	got    []byte
	closed bool
	paused bool // it does not read
}

const header = `<stream:stream to="example.net" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`

// dial connects.
func (h *house) dial() *peer {
	client, server := net.Pipe()
	p := &peer{t: h.t, conn: client}
	p.cond.L = &p.mu
	go p.read()
	go h.Serve(transport.NewConn(server, transport.Options{}))
	h.t.Cleanup(func() {
		client.Close()
		p.pause(false)
	})
	return p
}

func (p *peer) read() {
	b := make([]byte, 64<<10)
	for {
		p.mu.Lock()
		for p.paused {
			p.cond.Wait()
		}
		p.mu.Unlock()
		n, err := p.conn.Read(b)
		p.mu.Lock()
		p.got = append(p.got, b[:n]...)
		p.closed = err != nil
		p.cond.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *peer) pause(on bool) {
	p.mu.Lock()
	p.paused = on
	p.cond.Broadcast()
	p.mu.Unlock()
}

// send writes; the server may have closed meanwhile.
func (p *peer) send(text string) {
	if text != "" { // a pipe hands over even nothing
		p.conn.Write([]byte(text))
	}
}

// expect waits until text has come and returns it with what came before it.
func (p *peer) expect(text string) string {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if i := bytes.Index(p.got, []byte(text)); i >= 0 {
			got := string(p.got[:i+len(text)])
			p.got = p.got[i+len(text):]
			return got
		}
		if p.closed {
			p.t.Fatalf("the connection has ended; waited for %q, got %q", text, p.got)
		}
		p.cond.Wait()
	}
}

// ended waits until the server has closed the connection and returns the rest of what it sent.
func (p *peer) ended() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		p.cond.Wait()
	}
	got := string(p.got)
	p.got = nil
	return got
}

// rest is what has come by now.
func (p *peer) rest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := string(p.got)
	p.got = nil
	return got
}

func (p *peer) login(user string) {
	p.t.Helper()
	p.send(header)
	p.expect("</stream:features>")
	p.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00pencil")) + `</auth>`)
	p.expect("<success")
	p.send(header)
	p.expect("</stream:features>")
}

func (p *peer) bind(resource string) {
	p.t.Helper()
	p.send(`<iq type="set" id="bind"><bind xmlns="` + ns.Bind + `"><resource>` + resource + `</resource></bind></iq>`)
	p.expect("</jid></bind></iq>")
}

// signIn connects and binds.
func (h *house) signIn(user, resource string) *peer {
	h.t.Helper()
	p := h.dial()
	p.login(user)
	p.bind(resource)
	return p
}

// manage enables stream management and returns the resumption's id.
func (p *peer) manage() string {
	p.t.Helper()
	p.send(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`)
	got := p.expect(`/>`)
	_, id, _ := strings.Cut(got, `id="`)
	id, _, _ = strings.Cut(id, `"`)
	if id == "" {
		p.t.Fatalf("not enabled: %s", got)
	}
	return id
}

// sync waits until all that was sent before is handled.
func (p *peer) sync() string {
	p.t.Helper()
	p.send(`<iq type="get" id="sync"><q xmlns="urn:test"/></iq>`)
	return p.expect(`id="sync"/>`)
}

func message(to, id string) string {
	return fmt.Sprintf(`<message to="%s@example.net" type="chat" id="%s"><body>%s</body></message>`, to, id, id)
}

func (h *house) address(s string) xmpp.JID {
	h.t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}
