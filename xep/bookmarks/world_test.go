package bookmarks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mellium.im/xmpp/stream"

	"myna/config"
	"myna/hook"
	"myna/pubsub"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// world is the module with the real engine, router and database; sessions are only lists of what they got.
type world struct {
	t         *testing.T
	reg       *hook.Registry
	router    *router.Router
	bookmarks *Bookmarks
	groups    []Group
	left      []string // who has left which group
	broken    atomic.Bool
}

// ok proves that something has not failed.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

var errBroken = errors.New("the disk is gone")

// disk is a store of items that cannot be read while the world is broken.
type disk struct {
	storage.PubSub
	w *world
}

// Items reads them.
func (d disk) Items(ctx context.Context, owner xmpp.JID, node string, max int, ids ...string) ([]storage.Item, error) {
	if d.w.broken.Load() {
		return nil, errBroken
	}
	return d.PubSub.Items(ctx, owner, node, max, ids...)
}

var (
	romeo = must("romeo@example.net")
	sales = Group{Room: must("sales@groups.example.net"), Name: "Sales", Nick: "Romeo M."}
)

func must(s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		panic(err)
	}
	return j
}

// The parts that the module's surroundings play in these tests.
func (w *world) Exists(j xmpp.JID) bool { return j == romeo }
func (w *world) Leave(_ context.Context, account, room xmpp.JID) error {
	w.left = append(w.left, account.String()+" "+room.String())
	return nil
}
func (w *world) GroupsOf(j xmpp.JID) []Group                 { return slices.Clone(w.groups) }
func (w *world) Watchers(xmpp.JID) ([]xmpp.JID, error)       { return nil, nil }
func (w *world) Watched(xmpp.JID) ([]pubsub.Watched, error)  { return nil, nil }
func (w *world) SharesPresence(owner, asker xmpp.JID) bool   { return owner == asker }
func (w *world) Groups(owner, contact xmpp.JID) (_ []string) { return nil }

func newWorld(t *testing.T, groups ...Group) *world {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := sqlite.Open(ctx, sqlitetest.Fresh(t, filepath.Join(t.TempDir(), "db")), sqlite.Options{Sync: "normal", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, reg: hook.NewRegistry(), groups: groups}
	w.router = router.New(ctx, router.Options{
		Registry: w.reg, Directory: w, Log: store, Logger: log, Hosts: map[string]hook.Target{"example.net": hook.Server},
	})
	engine := pubsub.New(pubsub.Options{
		Store: disk{store.PubSub(), w}, Router: w.router, Contacts: w, Config: config.NewOptions(pubsub.DefaultConfig()), Logger: log, Now: time.Now,
	})
	w.bookmarks = New(Options{Config: config.NewOptions(DefaultConfig()), PubSub: engine, Docs: store, Logger: log})
	w.bookmarks.Follow(w)
	w.reg.Add("pubsub", engine)
	w.reg.Add("bookmarks", w.bookmarks)
	return w
}

// session is a client of romeo's.
type session struct {
	hook.Slots
	w        *world
	jid      xmpp.JID
	presence *hook.Presence
	info     *xmpp.Element
	got      []string
}

func (s *session) JID() xmpp.JID                                   { return s.jid }
func (s *session) Presence() *hook.Presence                        { return s.presence }
func (s *session) SetPresence(p *hook.Presence)                    { s.presence = p }
func (s *session) Detached() bool                                  { return false }
func (s *session) Kick(stream.Error)                               {}
func (s *session) Client() string                                  { return "" }
func (s *session) Pause() (_ func(xmpp.Frame) bool, _ func(int64)) { return s.Send, func(int64) {} }

// Send answers what the server asks, and notes the rest without what every notification has.
func (s *session) Send(f xmpp.Frame) bool {
	st, err := wire.Parse(f.Append(nil, ""))
	if err != nil {
		s.w.t.Error(err)
		return false
	}
	if st.Kind == xmpp.IQ && st.Type == xmpp.TypeGet {
		answer, err := wire.Parse(xmpp.NewIQ(s.jid, romeo, xmpp.TypeResult, st.ID(), s.info).Append(nil, ns.Client))
		if err != nil {
			s.w.t.Error(err)
			return false
		}
		answer.From, answer.To = s.jid, romeo
		s.w.router.Inject(answer)
		return true
	}
	e, err := st.Tree()
	if err != nil {
		s.w.t.Error(err)
		return false
	}
	for it := range e.Child(ns.PubSubEvent, "event").Child(ns.PubSubEvent, "items").Elements() {
		s.got = append(s.got, strings.ReplaceAll(string(it.Append(nil, ns.PubSubEvent)), ` xmlns="`+ns.Bookmarks+`"`, ""))
	}
	return true
}

// join signs a client in that wants to hear of bookmarks.
func (w *world) join(resource string) *session {
	w.t.Helper()
	full, err := romeo.WithResource(resource)
	if err != nil {
		w.t.Fatal(err)
	}
	s := &session{w: w, jid: full, info: xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Bookmarks+"+notify"))}
	w.router.Bind(s)
	w.reg.Fire(hook.Bound, s)
	c := xmpp.El(ns.Caps, "c").Set("hash", "sha-1").Set("node", "x").Set("ver", caps.Ver(s.info))
	s.SetPresence(&hook.Presence{Tail: xmpp.FrameOf(xmpp.NewPresence(full, xmpp.JID{}, "", c)).Tail})
	w.reg.Fire(hook.Available, s)
	return s
}

// ask lets a client ask and returns the answer's child, or the error.
func (s *session) ask(typ, payload string) (string, error) {
	s.w.t.Helper()
	e, err := xmpp.ParseElement([]byte(payload), "")
	if err != nil {
		s.w.t.Fatal(err)
	}
	q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: typ, From: s.jid}, Payload: e, Session: s, Owner: romeo}
	result, err := s.w.reg.Request(hook.Account, typ, e.Space, e.Local)(s.w.t.Context(), q)
	if err != nil || result == nil {
		return "", err
	}
	return result.String(), nil
}

// publish lets a client write a bookmark of the group sales.
func (s *session) publish(attrs, content string) {
	s.w.t.Helper()
	_, err := s.ask(xmpp.TypeSet, `<pubsub xmlns="`+ns.PubSub+`"><publish node="`+ns.Bookmarks+`"><item id="sales@groups.example.net">`+
		`<conference xmlns="`+ns.Bookmarks+`"`+attrs+`>`+content+`</conference></item></publish></pubsub>`)
	if err != nil {
		s.w.t.Fatal(err)
	}
}

// read is what a client reads, without the frame that all answers have.
func (s *session) read() string {
	s.w.t.Helper()
	text, err := s.ask(xmpp.TypeGet, `<pubsub xmlns="`+ns.PubSub+`"><items node="`+ns.Bookmarks+`"/></pubsub>`)
	if err != nil {
		s.w.t.Fatal(err)
	}
	text = strings.TrimPrefix(text, `<pubsub xmlns="`+ns.PubSub+`"><items node="`+ns.Bookmarks+`">`)
	return strings.ReplaceAll(strings.TrimSuffix(text, `</items></pubsub>`), ` xmlns="`+ns.Bookmarks+`"`, "")
}

// expect checks what a client has got since the last time.
func (s *session) expect(want ...string) {
	s.w.t.Helper()
	if !slices.Equal(s.got, want) {
		s.w.t.Errorf("%s got\n%s\nwant\n%s", s.jid, strings.Join(s.got, "\n"), strings.Join(want, "\n"))
	}
	s.got = nil
}
