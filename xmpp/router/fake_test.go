package router_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// session is a client session that keeps what it is sent.
type session struct {
	hook.Slots
	jid  xmpp.JID
	in   *router.Inbound
	pres *hook.Presence
	seen map[int64]bool // what WasSent tells

	mu    sync.Mutex
	got   []string
	ended bool
}

func (s *session) JID() xmpp.JID                               { return s.jid }
func (s *session) Presence() *hook.Presence                    { return s.pres }
func (s *session) SetPresence(p *hook.Presence)                { s.pres = p }
func (s *session) Detached() bool                              { return false }
func (s *session) Client() string                              { return "test" }
func (s *session) Kick(stream.Error)                           {}
func (s *session) WasSent(id int64) bool                       { return s.seen[id] }
func (s *session) Pause() (func(xmpp.Frame) bool, func(int64)) { return s.Send, func(int64) {} }

func (s *session) Send(f xmpp.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.got = append(s.got, string(f.Append(nil, "")))
	return true
}

// take returns what the session was sent since the last call.
func (s *session) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// log is an archive's log that commits when told to.
type log struct {
	mu    sync.Mutex
	queue []func()
	rows  []storage.Entry
	err   error // of AppendAsync
	fail  error // of the commit
}

func (l *log) AppendAsync(entries []storage.Entry, done func([]int64, error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	ids := make([]int64, len(entries))
	for i := range entries {
		e := entries[i]
		e.Stanza = append([]byte(nil), e.Stanza...)
		l.rows = append(l.rows, e)
		ids[i] = int64(len(l.rows))
	}
	l.queue = append(l.queue, func() { done(ids, l.fail) })
	return nil
}

// commit calls back for the first n of what waits.
func (l *log) commit(n int) {
	l.mu.Lock()
	ready := l.queue[:n]
	l.queue = l.queue[n:]
	l.mu.Unlock()
	for _, f := range ready {
		f()
	}
}

type directory map[string]bool

func (d directory) Exists(bare xmpp.JID) bool { return d[bare.String()] }

// world is a router with the accounts romeo, juliet and nurse at example.net.
type world struct {
	*router.Router
	t   *testing.T
	log *log
}

type module func(*hook.Registrar)

func (m module) Register(r *hook.Registrar) { m(r) }

func newWorld(t *testing.T, register module) *world {
	reg := hook.NewRegistry()
	if register != nil {
		reg.Add("test", register)
	}
	w := &world{t: t, log: &log{}}
	w.Router = router.New(t.Context(), router.Options{
		Registry: reg, Log: w.log, Logger: slog.New(slog.DiscardHandler),
		Directory: directory{"romeo@example.net": true, "juliet@example.net": true, "nurse@example.net": true},
		Hosts:     map[string]hook.Target{"example.net": hook.Server, "groups.example.net": "groups"},
	})
	return w
}

func address(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// none is a session without presence.
const none = -1000

func (w *world) session(full string, priority int) *session {
	s := &session{jid: address(w.t, full), seen: map[int64]bool{}}
	if priority != none {
		s.pres = &hook.Presence{Priority: int8(priority)}
	}
	s.in = router.NewInbound(s)
	w.Bind(s)
	return s
}

// send hands the router a stanza as the stream of s would.
func (w *world) send(s *session, text string) {
	w.t.Helper()
	w.FromClient(s.in, w.stanza(s, text))
}

// stanza is a stanza of s, as its stream hands it on.
func (w *world) stanza(s *session, text string) *xmpp.Stanza {
	w.t.Helper()
	st, err := wire.Parse([]byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	st.From = s.jid
	if to := st.Attr("to"); to != nil {
		st.To = address(w.t, string(to))
	}
	return st
}

// condition is the condition of the one error among what arrived, "" for none.
func condition(got []string) string {
	for _, g := range got {
		if strings.Contains(g, `type="error"`) {
			_, rest, _ := strings.Cut(g, "<error")
			_, rest, _ = strings.Cut(rest, "><")
			name, _, _ := strings.Cut(rest, " ")
			return name
		}
	}
	return ""
}
