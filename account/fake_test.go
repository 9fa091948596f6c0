package account

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

type (
	clients = storage.Clients
	apps    = storage.AppPasswords
)

// memory is storage.Accounts in memory; tests of tokens give it Clients. It has no app passwords.
type memory struct {
	clients
	apps
	mu       sync.Mutex
	accounts map[xmpp.JID]storage.Account
	creds    map[xmpp.JID][]storage.Credential
	invite   string // that can be used
	broken   error  // what reading credentials fails with
}

func newMemory() *memory {
	return &memory{accounts: map[xmpp.JID]storage.Account{}, creds: map[xmpp.JID][]storage.Credential{}}
}

func (m *memory) CreateAccount(ctx context.Context, a storage.Account, creds []storage.Credential) error {
	return m.CreateAccounts(ctx, []storage.Account{a}, [][]storage.Credential{creds})
}

func (m *memory) CreateAccounts(_ context.Context, accounts []storage.Account, creds [][]storage.Credential, _ ...storage.Audit) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range accounts {
		if _, ok := m.accounts[a.JID]; ok {
			return fmt.Errorf("create: %w", storage.ErrConflict)
		}
	}
	for i, a := range accounts {
		m.accounts[a.JID], m.creds[a.JID] = a, creds[i]
	}
	return nil
}

func (m *memory) CreateInvited(ctx context.Context, id string, a storage.Account, creds []storage.Credential, lines ...storage.Audit) error {
	if m.invite != id {
		return storage.ErrNotFound
	}
	m.invite = ""
	return m.CreateAccounts(ctx, []storage.Account{a}, [][]storage.Credential{creds}, lines...)
}

func (m *memory) CreateNoted(ctx context.Context, a storage.Account, creds []storage.Credential, _ string, _ map[string][]byte, lines ...storage.Audit) error {
	return m.CreateAccounts(ctx, []storage.Account{a}, [][]storage.Credential{creds}, lines...)
}

func (m *memory) Account(_ context.Context, j xmpp.JID) (storage.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, ok := m.accounts[j]; ok {
		return a, nil
	}
	return storage.Account{}, storage.ErrNotFound
}

func (m *memory) Accounts(_ context.Context, domain string) ([]storage.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []storage.Account
	for j, a := range m.accounts {
		if domain == "" || j.Domain() == domain {
			list = append(list, a)
		}
	}
	return list, nil
}

func (m *memory) UpdateAccount(_ context.Context, a storage.Account) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[a.JID] = a
	return nil
}

func (m *memory) DeleteAccount(_ context.Context, j xmpp.JID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.accounts, j)
	delete(m.creds, j)
	return nil
}

func (m *memory) Credentials(_ context.Context, j xmpp.JID) ([]storage.Credential, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	c, ok := m.creds[j]
	if !ok {
		return nil, storage.ErrNotFound
	}
	return slices.Clone(c), nil
}

func (m *memory) Verifiers(ctx context.Context, j xmpp.JID) ([]storage.Credential, error) {
	return m.Credentials(ctx, j)
}

func (m *memory) SetCredentials(_ context.Context, j xmpp.JID, c []storage.Credential) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.creds[j] = c
	return nil
}

func (m *memory) AddCredentials(_ context.Context, j xmpp.JID, proved storage.Credential, added []storage.Credential) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.ContainsFunc(m.creds[j], func(c storage.Credential) bool { return bytes.Equal(c.StoredKey, proved.StoredKey) }) {
		return storage.ErrConflict
	}
	m.creds[j] = append(slices.Clone(m.creds[j]), added...)
	return nil
}

func (m *memory) FewCredentials(_ context.Context, fewer int) (map[xmpp.JID][]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	few := map[xmpp.JID][]string{}
	for j, list := range m.creds {
		for _, c := range list {
			if len(list) < fewer {
				few[j] = append(few[j], c.Mechanism)
			}
		}
	}
	return few, nil
}

func (m *memory) HashCounts(context.Context) ([]storage.HashCount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := map[storage.HashCount]int{}
	for j, creds := range m.creds {
		for _, c := range creds {
			n[storage.HashCount{Domain: j.Domain(), Mechanism: c.Mechanism, Iterations: c.Iterations}]++
		}
	}
	list := make([]storage.HashCount, 0, len(n))
	for k, accounts := range n {
		k.Accounts = accounts
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b storage.HashCount) int { return a.Iterations - b.Iterations })
	return list, nil
}

func (m *memory) LastSeen(context.Context, xmpp.JID) (time.Time, string, error) {
	return time.Time{}, "", storage.ErrNotFound
}

func (m *memory) SetLastSeen(context.Context, xmpp.JID, time.Time, string) error { return nil }

const domain = "example.com"

func testOptions(store Store) Options {
	return Options{
		Store: store, Config: config.NewOptions(testConfig()), Secret: []byte("0123456789abcdef"), Logger: slog.New(slog.DiscardHandler),
	}
}

// rounds is how often passwords are hashed: tests have no thieves.
const rounds = 50

func testConfig() Config {
	c := DefaultConfig()
	c.Iterations = rounds
	c.Plain = true
	c.FailedLoginsPerMinute, c.MinPassword = 0, 1
	return c
}

// house is a service with the account lan@example.com, password "xin chào", and what it logs.
type house struct {
	*Service
	store *memory
	log   *bytes.Buffer
}

func newHouse(t testing.TB, edit func(*Config)) house {
	t.Helper()
	h := house{store: newMemory(), log: &bytes.Buffer{}}
	cfg := testConfig()
	if edit != nil {
		edit(&cfg)
	}
	o := testOptions(h.store)
	o.Config, o.Logger = config.NewOptions(cfg), slog.New(slog.NewTextHandler(h.log, nil))
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	h.Service = s
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), storage.Account{JID: lan(t), Name: "Lan"}, "xin chào"); err != nil {
		t.Fatal(err)
	}
	return h
}

func lan(t testing.TB) xmpp.JID { return address(t, "lan@"+domain) }

func address(t testing.TB, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
