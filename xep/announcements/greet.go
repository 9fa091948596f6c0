package announcements

import (
	"context"
	"errors"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// arrived tells who has come what there is to say.
func (m *Announcements) arrived(s hook.Session) { m.greet(context.Background(), s.JID().Bare()) }

// greet tells an account the standing messages that it was not told. Two clients that come at the same time are told once.
func (m *Announcements) greet(ctx context.Context, j xmpp.JID) {
	if !m.Exists(j) || !m.begin(j) {
		return
	}
	defer m.end(j)
	for _, kind := range []Kind{Welcome, OfTheDay} {
		if err := m.once(ctx, j, kind); err != nil {
			m.Logger.Error("standing message not told", "account", j.String(), "kind", string(kind), "error", err)
		}
	}
}

func (m *Announcements) begin(j xmpp.JID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.telling[j] {
		return false
	}
	m.telling[j] = true
	return true
}

func (m *Announcements) end(j xmpp.JID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.telling, j)
}

// once tells an account a standing message, if there is one and it was not told.
func (m *Announcements) once(ctx context.Context, j xmpp.JID, kind Kind) error {
	s, err := m.read(ctx, j.Domain(), kind)
	if err != nil || s.Text == "" {
		return err
	}
	told, err := m.Docs.Doc(ctx, j, space, string(kind))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if string(told) == s.ID || kind == Welcome && told != nil {
		return nil
	}
	if kind == Welcome { // for who is new (§ 4.27)
		seen, err := m.LastSeen(ctx, j)
		if err != nil && !errors.Is(err, storage.ErrNotFound) || !seen.IsZero() {
			return err
		}
	}
	if err := m.Docs.PutDoc(ctx, j, space, string(kind), []byte(s.ID)); err != nil { // first: rather not told than told at each sign-in
		return err
	}
	return m.tell(j, map[Kind]string{Welcome: "Welcome", OfTheDay: "Message of the day"}[kind], s.Text)
}
