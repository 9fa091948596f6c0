package roster

import (
	"context"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mellium.im/xmpp/stream"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// memory is a store of rosters, accounts and last activity.
type memory struct {
	mu       sync.Mutex
	rosters  map[xmpp.JID]map[xmpp.JID]storage.RosterItem
	version  int64
	reads    int
	seen     map[xmpp.JID]string
	accounts []storage.Account // in the order of their localparts
	recent   map[xmpp.JID]map[xmpp.JID]bool
	noted    int // pairs that were written
}

func (m *memory) Roster(_ context.Context, owner xmpp.JID) (items []storage.RosterItem, version int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	for _, i := range m.rosters[owner] {
		items = append(items, i)
	}
	return items, m.version, nil
}

func (m *memory) RosterItem(_ context.Context, owner, contact xmpp.JID) (storage.RosterItem, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.rosters[owner][contact]
	if !ok {
		return i, storage.ErrNotFound
	}
	return i, nil
}

func (m *memory) PutRosterItem(_ context.Context, owner xmpp.JID, item storage.RosterItem) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rosters[owner] == nil {
		m.rosters[owner] = map[xmpp.JID]storage.RosterItem{}
	}
	m.rosters[owner][item.JID] = item
	m.version++
	return m.version, nil
}

func (m *memory) DeleteRosterItem(_ context.Context, owner, contact xmpp.JID) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.rosters[owner][contact]; !ok {
		return 0, storage.ErrNotFound
	}
	delete(m.rosters[owner], contact)
	m.version++
	return m.version, nil
}

func (m *memory) RosterSince(context.Context, xmpp.JID, int64) ([]storage.RosterChange, bool, error) {
	return nil, false, nil
}

func (m *memory) LastSeen(_ context.Context, j xmpp.JID) (time.Time, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	status, ok := m.seen[j]
	if !ok {
		return time.Time{}, "", storage.ErrNotFound
	}
	return time.Unix(1, 0), status, nil
}

func (m *memory) SetLastSeen(_ context.Context, j xmpp.JID, _ time.Time, status string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[j] = status
	return nil
}

func (m *memory) Each(domain string) iter.Seq[storage.Account] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Values(slices.DeleteFunc(slices.Clone(m.accounts), func(a storage.Account) bool { return a.JID.Domain() != domain }))
}

func (m *memory) Account(j xmpp.JID) (storage.Account, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := slices.BinarySearchFunc(m.accounts, j.Local(), func(a storage.Account, s string) int { return strings.Compare(a.JID.Local(), s) })
	if !ok || m.accounts[i].JID != j.Bare() {
		return storage.Account{}, false
	}
	return m.accounts[i], true
}

// acquainted is recent contacts as storage keeps them, with no limit.
func (m *memory) acquainted(pairs ...storage.Pair) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range pairs {
		for i := range p {
			if m.recent[p[i]] == nil {
				m.recent[p[i]] = map[xmpp.JID]bool{}
			}
			m.recent[p[i]][p[1-i]] = true
		}
	}
}

func (m *memory) Recent(_ context.Context, account xmpp.JID) ([]xmpp.JID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.recent[account])), nil
}

func (m *memory) IsRecent(_ context.Context, a, b xmpp.JID) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recent[a][b], nil
}

func (m *memory) NoteRecent(_ context.Context, pairs []storage.Pair, _ time.Time, _ int) ([]storage.Pair, error) {
	m.noted += len(pairs)
	pairs = slices.DeleteFunc(slices.Clone(pairs), func(p storage.Pair) bool { return m.recent[p[0]][p[1]] })
	m.acquainted(pairs...)
	return pairs, nil
}

func (m *memory) ForgetRecent(context.Context, time.Time, int) ([]storage.Pair, error) {
	return nil, nil
}

// Exists makes everybody an account.
func (m *memory) Exists(xmpp.JID) bool { return true }

// AppendAsync keeps nothing.
func (m *memory) AppendAsync(_ []storage.Entry, done func([]int64, error)) error {
	done(nil, nil)
	return nil
}

func (m *memory) add(accounts ...storage.Account) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts = append(m.accounts, accounts...)
}

// session is a client session that keeps what is sent to it.
type session struct {
	hook.Slots
	jid      xmpp.JID
	presence atomic.Pointer[hook.Presence]
	in       *router.Inbound
	count    atomic.Int64
	silent   bool // counts only
	pauses   atomic.Int64
	paid     atomic.Int64

	mu  sync.Mutex
	got []string
}

func (s *session) JID() xmpp.JID                { return s.jid }
func (s *session) Presence() *hook.Presence     { return s.presence.Load() }
func (s *session) SetPresence(p *hook.Presence) { s.presence.Store(p) }
func (s *session) Detached() bool               { return false }
func (s *session) Kick(stream.Error)            {}
func (s *session) Client() string               { return "test" }

// Charge counts copies.
func (s *session) Charge(copies, length int) {
	if length > 0 {
		s.paid.Add(int64(copies))
	}
}

func (s *session) Pause() (func(xmpp.Frame) bool, func(int64)) {
	s.pauses.Add(1)
	return s.Send, func(int64) { s.pauses.Add(-1) }
}

func (s *session) Send(f xmpp.Frame) bool {
	s.count.Add(1)
	if s.silent {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(f.Append(nil, "")))
	return true
}

func (s *session) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

// house is a router with nothing but a Roster.
type house struct {
	*Roster
	store *memory
	t     testing.TB
}

func newHouse(t testing.TB, change func(*Options)) *house { return newHouseWith(t, nil, change) }

func newHouseWith(t testing.TB, remote router.Remote, change func(*Options)) *house {
	t.Helper()
	m := &memory{rosters: map[xmpp.JID]map[xmpp.JID]storage.RosterItem{}, seen: map[xmpp.JID]string{},
		recent: map[xmpp.JID]map[xmpp.JID]bool{}}
	reg := hook.NewRegistry()
	log := slog.New(slog.DiscardHandler)
	rt := router.New(t.Context(), router.Options{Registry: reg, Directory: m, Log: m, Remote: remote, Logger: log,
		Hosts: map[string]hook.Target{"example.net": hook.Server}})
	o := Options{Store: m, Router: rt, Registry: reg, Accounts: m, LastSeen: m, Logger: log, Config: config.NewOptions(DefaultConfig())}
	if change != nil {
		change(&o)
	}
	h := &house{Roster: New(o), store: m, t: t}
	reg.Add("contacts", h.Roster)
	return h
}

func parseJID(t testing.TB, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// bind makes a session; come also makes it available.
func (h *house) bind(full string) *session {
	s := &session{jid: parseJID(h.t, full)}
	s.in = router.NewInbound(s)
	h.Router.Bind(s)
	h.Registry.Fire(hook.Bound, s)
	return s
}

func (h *house) come(full string) *session {
	s := h.bind(full)
	h.send(s, `<presence/>`)
	s.take()
	return s
}

func (h *house) end(s *session) {
	h.Router.Unbind(s)
	h.Registry.Fire(hook.Closed, s)
}

// send handles a stanza of a client.
func (h *house) send(s *session, xml string) {
	h.t.Helper()
	st, err := wire.Parse([]byte(xml))
	if err != nil {
		h.t.Fatal(err)
	}
	st.From = s.jid
	if to := st.Attr("to"); to != nil {
		st.To = parseJID(h.t, string(to))
	}
	h.Router.FromClient(s.in, st)
}

// colleagues makes n accounts in the domain: u0000, u0001, …
func (h *house) colleagues(n int) []xmpp.JID {
	var all []xmpp.JID
	for i := range n {
		j := parseJID(h.t, "u"+strconv.Itoa(10000 + i)[1:]+"@example.net")
		h.store.add(storage.Account{JID: j})
		all = append(all, j)
	}
	return all
}
