package groups

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"myna/account"
	"myna/config"
	"myna/hook"
	"myna/muc"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/router"
)

// clients are what the members' clients believe; they live on when the server dies.
type clients map[xmpp.JID]map[xmpp.JID]Group

func (c clients) put(who xmpp.JID, g Group) error {
	if c[who] == nil {
		c[who] = map[xmpp.JID]Group{}
	}
	g.Membership = ""
	c[who][g.Room] = g
	return nil
}

// follower tells the clients, which may fail as a write may.
type follower struct {
	clients
	f *fragile
}

func (c follower) Added(who xmpp.JID, g Group) error {
	return c.f.write("Added", func() error { return c.put(who, g) })
}

func (c follower) Changed(who xmpp.JID, g Group) error {
	return c.f.write("Changed", func() error { return c.put(who, g) })
}

func (c follower) Removed(who xmpp.JID, g Group) error {
	return c.f.write("Removed", func() error { delete(c.clients[who], g.Room); return nil })
}

// town is a server that dies often.
type town struct {
	*testing.T
	rnd     *rand.Rand
	store   *fragile
	folk    directory
	view    clients
	now     time.Time
	ctx     context.Context
	stop    func()
	rooms   *muc.Service
	service *Service
	given   map[string]xmpp.JID   // an alias' time of creation → its room
	since   map[string]membership // by room and member
}

func newTown(t *testing.T, seed uint64) *town {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := sqlite.Open(t.Context(), sqlitetest.Fresh(t, filepath.Join(t.TempDir(), "db")), sqlite.Options{Sync: sqlite.Off, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	w := &town{
		T: t, rnd: rand.New(rand.NewPCG(seed, 1)), store: &fragile{Store: store, left: -1, seen: map[string]bool{}}, view: clients{},
		folk: townDirectory(), now: time.Unix(1_000_000, 0), given: map[string]xmpp.JID{}, since: map[string]membership{},
	}
	t.Cleanup(func() {
		w.die()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.live()
	return w
}

// Account and Each let the town be the directory of accounts, Exists that of the router.
func (w *town) Account(j xmpp.JID) (storage.Account, bool) { return w.folk.Account(j) }

func (w *town) Each(domain string) iter.Seq[storage.Account] { return w.folk.Each(domain) }

func (w *town) Exists(j xmpp.JID) bool { _, ok := w.folk.Account(j); return ok }

// live starts the server.
func (w *town) live() {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.ctx, w.stop = context.WithCancel(context.Background())
	rt := router.New(w.ctx, router.Options{
		Registry: hook.NewRegistry(), Directory: w, Log: w.store, Logger: log,
		Hosts: map[string]hook.Target{"example.com": hook.Server, "example.org": hook.Server, "groups.example.com": "groups", "groups.example.org": "groups"},
	})
	w.rooms = muc.New(muc.Options{
		Store: fragileRooms{w.store.Rooms(), w.store}, Log: w.store, Archive: w.store, Router: rt, Config: config.NewOptions(muc.DefaultConfig()), Logger: log,
		Now: func() time.Time { return w.now },
	})
	w.check(w.rooms.Start(w.ctx))
	w.service = New(Options{
		Store: w.store, Rooms: w.rooms, Router: rt, Accounts: w, Logger: log, Follower: follower{w.view, w.store},
		Local: func(d string) bool { return d != "elsewhere" }, Host: func(d string) string { return "groups." + d },
		Now: func() time.Time { return w.now },
	})
	w.check(w.service.Load(w.ctx))
}

func (w *town) die() {
	w.stop()
	w.rooms.Stop()
}

func (w *town) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// step changes something, and lets the server work on it until it breaks.
func (w *town) step() {
	w.now = w.now.Add(time.Duration(w.rnd.IntN(10)) * 24 * time.Hour)
	for range 1 + w.rnd.IntN(3) {
		w.change()
	}
	dies := w.rnd.IntN(2) == 0
	w.store.left, w.store.late = w.rnd.IntN(16), w.rnd.IntN(2) == 0
	if w.store.kill = nil; dies {
		w.store.kill = w.stop
	}
	w.service.pass(w.ctx)
	broken := w.store.left < 0
	w.store.left, w.store.kill = -1, nil
	if dies && (broken || w.rnd.IntN(4) == 0) {
		w.die()
		w.live()
	}
}

func (w *town) name() xmpp.JID {
	return jid([]string{"sales", "team", "all", "board"}[w.rnd.IntN(4)] + "@" + []string{"example.com", "example.org"}[w.rnd.IntN(2)])
}

// change does one thing that an administrator can do.
func (w *town) change() {
	ctx := context.Background()
	j := w.name()
	al, err := w.store.Alias(ctx, j)
	if errors.Is(err, storage.ErrNotFound) {
		if w.rnd.IntN(6) == 0 {
			w.changeAccount()
			return
		}
		w.now = w.now.Add(time.Second)
		al = storage.Alias{JID: j, GroupChat: w.rnd.IntN(4) > 0, Created: w.now.UTC()}
	}
	switch w.rnd.IntN(10) {
	case 9:
		w.leave(al.Room)
		return
	case 0:
		al.Deleted = w.now.UTC()
	case 1:
		al.Deleted = time.Time{}
	case 2:
		al.GroupChat = !al.GroupChat
	case 3:
		to := w.name()
		if _, err := w.store.RenameAlias(ctx, j, to); err != nil && !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrNotFound) {
			w.Fatal(err)
		}
		return
	case 4:
		if !al.Deleted.IsZero() {
			w.check(w.store.Store.DropAlias(ctx, j))
			return
		}
	case 5, 6:
		w.changeAccount()
		return
	default:
		al.Everyone, al.Announcement = w.rnd.IntN(5) == 0, w.rnd.IntN(2) == 0
		al.Name = []string{"", "Sales", "Team"}[w.rnd.IntN(3)]
		w.decide(&al)
		al.Targets, al.Leads = nil, nil
		for range w.rnd.IntN(4) {
			al.Targets = append(al.Targets, w.name().String())
		}
		for range w.rnd.IntN(4) {
			who := jid(townsfolk[w.rnd.IntN(len(townsfolk))] + "@example.com")
			if al.Targets = append(al.Targets, who.String()); w.rnd.IntN(3) == 0 {
				al.Leads = append(al.Leads, who)
			}
		}
	}
	al.Room = xmpp.JID{} // as somebody who has read it long ago
	w.check(w.store.PutAlias(ctx, al))
}

// decide chooses the policies of a group.
func (w *town) decide(al *storage.Alias) {
	al.Membership = []string{"", "hide", "leave", "leave", "mandatory"}[w.rnd.IntN(5)]
	al.History = []string{"", "all", "30d", "join"}[w.rnd.IntN(4)]
	al.RetentionDays = w.rnd.IntN(2) * 30
	al.FilesOff, al.MentionAllOff = w.rnd.IntN(2) == 0, w.rnd.IntN(2) == 0
}

// leave lets somebody leave a group who may, as far as the server knows.
func (w *town) leave(room xmpp.JID) {
	who := w.folk[w.rnd.IntN(len(w.folk))].JID
	g := w.service.index.group(room)
	if err := w.service.Leave(context.Background(), who, room); err != nil {
		if g != nil && g.membership == mayLeave && g.nicks[who] != "" {
			w.Errorf("%s cannot leave %s: %v", who, room, err)
		}
		return
	}
	if w.rnd.IntN(8) == 0 { // nobody is told
		w.die()
		w.live()
	}
}

// changeAccount changes an account; the server may die before anybody is told.
func (w *town) changeAccount() {
	folk, i := slices.Clone(w.folk), w.rnd.IntN(len(w.folk))
	kind := account.Renamed
	switch w.rnd.IntN(3) {
	case 0:
		folk[i].Disabled = !folk[i].Disabled
	case 1:
		folk[i].ChatOff = !folk[i].ChatOff
	default:
		folk[i].Name = []string{"", "Lan", "Minh"}[w.rnd.IntN(3)]
	}
	if w.folk = folk; w.rnd.IntN(8) == 0 {
		w.die()
		w.live()
		return
	}
	w.service.AccountChanged(account.Event{Kind: kind, Account: folk[i]})
}
