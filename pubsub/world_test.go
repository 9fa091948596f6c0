package pubsub

import (
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mellium.im/xmpp/stream"

	"myna/config"
	"myna/hook"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// ear is a session that keeps what it is sent.
type ear struct {
	hook.Slots
	jid  xmpp.JID
	pres *hook.Presence

	mu  sync.Mutex
	got []string
}

func (e *ear) JID() xmpp.JID                               { return e.jid }
func (e *ear) Presence() *hook.Presence                    { return e.pres }
func (e *ear) SetPresence(p *hook.Presence)                { e.pres = p }
func (e *ear) Detached() bool                              { return false }
func (e *ear) Client() string                              { return "test" }
func (e *ear) Kick(stream.Error)                           {}
func (e *ear) Pause() (func(xmpp.Frame) bool, func(int64)) { return e.Send, func(int64) {} }

func (e *ear) Send(f xmpp.Frame) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = append(e.got, string(f.Append(nil, "")))
	return true
}

// take returns what came since the last call.
func (e *ear) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.got
	e.got = nil
	return got
}

// everybody is a directory of accounts that are all there.
type everybody struct{}

func (everybody) Exists(xmpp.JID) bool { return true }

// world is a service with a store, whose time the test sets.
type world struct {
	*Service
	t     testing.TB
	store *sqlite.Store
	now   time.Time
}

func newWorld(t testing.TB) *world {
	log := slog.New(slog.DiscardHandler)
	store, err := sqlite.Open(t.Context(), sqlitetest.Fresh(t, filepath.Join(t.TempDir(), "db")), sqlite.Options{Sync: "normal", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, store: store, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	reg := hook.NewRegistry()
	w.Service = New(Options{
		Store: store.PubSub(), Logger: log, Config: config.NewOptions(DefaultConfig()), Now: func() time.Time { return w.now },
		IsAdmin: func(xmpp.JID, string) bool { return false },
		Domain:  func(service string) string { return strings.TrimPrefix(service, "pubsub.") },
		Router: router.New(t.Context(), router.Options{Registry: reg, Logger: log, Directory: everybody{}, Log: nil,
			Hosts: map[string]hook.Target{"example.net": hook.Server, "neighbour.example": hook.Server, "pubsub.example.net": target}}),
	})
	return w
}

func (w *world) jid(s string) xmpp.JID {
	w.t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// listen binds an available session.
func (w *world) listen(full string) *ear {
	e := &ear{jid: w.jid(full), pres: &hook.Presence{}}
	w.Router.Bind(e)
	return e
}

// ask sends a request to the service and returns the answer, or the error as XML.
func (w *world) ask(from, typ, space, inner string) string {
	w.t.Helper()
	payload, err := xmpp.ParseElement([]byte(`<pubsub xmlns="`+space+`">`+inner+`</pubsub>`), "")
	if err != nil {
		w.t.Fatal(err)
	}
	verbs := map[string]map[string]verb{
		ns.PubSub + "get": askers, ns.PubSub + "set": changers, ns.PubSubOwner + "get": ownerAskers, ns.PubSubOwner + "set": ownerChangers,
	}[space+typ]
	q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: typ, From: w.jid(from)}, Payload: payload, Owner: w.jid("pubsub.example.net")}
	e, err := w.answer(verbs)(w.t.Context(), q)
	if err != nil {
		e, seen := xmpp.ErrorElement(err)
		if !seen {
			w.t.Fatal(err)
		}
		return e.String()
	}
	if e == nil {
		return ""
	}
	return e.String()
}

// must is ask for what has to work.
func (w *world) must(from, typ, space, inner string) string {
	w.t.Helper()
	got := w.ask(from, typ, space, inner)
	if strings.Contains(got, "<error") {
		w.t.Fatalf("%s: %s", inner, got)
	}
	return got
}

// formOf is a form that was filled out.
func formOf(formType string, fields ...string) string {
	b := `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>` + formType + `</value></field>`
	for i := 0; i < len(fields); i += 2 {
		b += `<field var="` + fields[i] + `"><value>` + fields[i+1] + `</value></field>`
	}
	return b + `</x>`
}

// heard checks that a session was sent messages with these texts, and no others.
func heard(t *testing.T, e *ear, want ...string) {
	t.Helper()
	got := e.take()
	if len(got) != len(want) {
		t.Errorf("%s heard %q, want %q", e.jid, got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s heard %s, want %s", e.jid, got[i], want[i])
		}
	}
}

// deaf is a session that keeps nothing.
type deaf struct{ ear }

func (d *deaf) Send(xmpp.Frame) bool { return true }
