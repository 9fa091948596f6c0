package muc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mellium.im/xmpp/stream"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// world is a service with the real router and the real database, and clients that are only queues.
type world struct {
	t       testing.TB
	store   storage.Store
	router  *router.Router
	service *Service
}

type everybody struct{}

func (everybody) Exists(j xmpp.JID) bool { return j.Local() != "nobody" }

func newWorld(t testing.TB, change func(*Options)) *world {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := sqlite.Open(ctx, sqlitetest.Fresh(t, filepath.Join(t.TempDir(), "db")), sqlite.Options{Sync: "normal", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	reg := hook.NewRegistry()
	rt := router.New(ctx, router.Options{
		Registry: reg, Directory: everybody{}, Log: store, Logger: log,
		Hosts: map[string]hook.Target{"example.net": hook.Server, "example.org": hook.Server, "groups.example.net": target},
	})
	o := Options{
		Store: store.Rooms(), Log: store, Archive: store, Docs: store, Router: rt, Config: config.NewOptions(DefaultConfig()), Logger: log, Requests: reg,
	}
	o.Config.All().RoomCreation = CreateEverybody
	if change != nil {
		change(&o)
	}
	s := New(o)
	reg.Add("muc", s)
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		s.Stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t, store, rt, s}
}

// client is a session whose frames go to a queue.
type client struct {
	hook.Slots
	w    *world
	jid  xmpp.JID
	in   *router.Inbound
	got  chan string
	mute bool // throws away what it gets
	seen func(xmpp.Frame)
	paid atomic.Int64
}

// Charge counts copies.
func (c *client) Charge(copies, length int) {
	if length > 0 {
		c.paid.Add(int64(copies))
	}
}

func (c *client) JID() xmpp.JID              { return c.jid }
func (c *client) Presence() *hook.Presence   { return nil }
func (c *client) SetPresence(*hook.Presence) {}
func (c *client) Detached() bool             { return false }
func (c *client) Kick(stream.Error)          {}
func (c *client) Client() string             { return "a test" }
func (c *client) Pause() (func(xmpp.Frame) bool, func(int64)) {
	return func(xmpp.Frame) bool { return true }, func(int64) {}
}

func (c *client) Send(f xmpp.Frame) bool {
	if c.seen != nil {
		c.seen(f)
	}
	if !c.mute {
		c.got <- string(f.Append(nil, ""))
	}
	return true
}

func (w *world) client(full string) *client {
	c := &client{w: w, jid: w.jid(full), got: make(chan string, 1<<16)}
	c.in = router.NewInbound(c)
	w.router.Bind(c)
	return c
}

func (w *world) jid(s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

// send hands the server a stanza of the client.
func (c *client) send(format string, args ...any) {
	st, err := wire.Parse([]byte(fmt.Sprintf(format, args...)))
	if err != nil {
		c.w.t.Errorf("%s: %v", format, err)
		return
	}
	st.From = c.jid
	if to := st.Attr("to"); to != nil {
		st.To = c.w.jid(xmpp.Unescape(to))
	}
	c.w.router.FromClient(c.in, st)
}

func (c *client) join(room, nick string) {
	c.send(`<presence to="%s/%s"><x xmlns="%s"/></presence>`, room, nick, ns.MUC)
}

// next waits for the next stanza.
func (c *client) next() string {
	c.w.t.Helper()
	select {
	case s := <-c.got:
		return s
	case <-time.After(10 * time.Second):
		c.w.t.Fatalf("%s waits in vain", c.jid)
		return ""
	}
}

// until waits for a stanza that contains all of parts, and returns it.
func (c *client) until(parts ...string) string {
	c.w.t.Helper()
	for {
		s := c.next()
		all := true
		for _, p := range parts {
			all = all && strings.Contains(s, p)
		}
		if all {
			return s
		}
	}
}

// group makes a group with members a, b, … of example.net.
func (w *world) group(sp Spec, people ...Person) xmpp.JID {
	w.t.Helper()
	sp.JID, sp.Group = w.jid("team@groups.example.net"), w.jid("team@example.net")
	if err := w.service.EnsureRoom(context.Background(), sp); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.service.SetManaged(context.Background(), sp.JID, people); err != nil {
		w.t.Fatal(err)
	}
	return sp.JID
}

func (w *world) person(local, nick string, aff Affiliation) Person {
	return Person{JID: w.jid(local + "@example.net"), Nick: nick, Affiliation: aff}
}
