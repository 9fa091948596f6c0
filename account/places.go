package account

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// Docs keeps the usual places of accounts, and their certificates (storage.Docs).
type Docs interface {
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
}

// Where the usual places of an account are kept: a prefix in a line, the one of the last sign-in first.
const (
	placesSpace = "sign-in"
	placesKey   = "places"
)

// places are the usual ones of an account.
type places struct {
	list   []*place // the last first
	stored bool     // list holds what is stored, too
}

// recall brings the stored places of an account into memory, once. It is called when an attempt was refused: only who is
// under attack costs a look into storage. It is true when there may be more now than before.
func (s *Service) recall(ctx context.Context, j xmpp.JID) bool {
	if s.docs == nil || s.limiter.recalled(j.String()) {
		return false
	}
	list, err := s.storedPlaces(ctx, j)
	if err != nil {
		s.log.Error("usual places not readable", "account", j.String(), "error", err)
		return false
	}
	s.limiter.remember(j.String(), list)
	return true
}

func (s *Service) storedPlaces(ctx context.Context, j xmpp.JID) ([]netip.Prefix, error) {
	b, err := s.docs.Doc(ctx, j, placesSpace, placesKey)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	var list []netip.Prefix
	for _, line := range strings.Fields(string(b)) {
		if p, err := netip.ParsePrefix(line); err == nil && len(list) < maxPlaces {
			list = append(list, p)
		}
	}
	return list, nil
}

// KeepPlaces stores the usual places of accounts that sign in from a new one, until ctx ends. Signing in does not wait for it.
func (s *Service) KeepPlaces(ctx context.Context) {
	if s.docs == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.limiter.news:
		}
		for _, name := range s.limiter.takeFresh() {
			if j, err := xmpp.ParseJID(name); err == nil {
				if err := s.keepPlaces(ctx, j); err != nil && ctx.Err() == nil {
					s.log.Error("usual places not stored", "account", name, "error", err)
				}
			}
		}
	}
}

// keepPlaces stores the places of one account, unless they are what is stored.
func (s *Service) keepPlaces(ctx context.Context, j xmpp.JID) error {
	was, err := s.storedPlaces(ctx, j)
	if err != nil {
		return err
	}
	list, fresh := s.limiter.remember(j.String(), was)
	if !fresh {
		return nil // only new since the start
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.String() + "\n")
	}
	s.change.Lock() // nothing is written for an account that is being deleted
	defer s.change.Unlock()
	if !s.Exists(j) {
		return nil
	}
	return s.docs.PutDoc(ctx, j, placesSpace, placesKey, []byte(b.String()))
}

// recalled tells whether the places of an account are in memory with all that is stored.
func (l *limiter) recalled(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.usual[name]
	return u != nil && u.stored
}

// remember adds stored places behind those that are in memory. It returns them all, and whether one is not stored.
func (l *limiter) remember(name string, stored []netip.Prefix) (list []netip.Prefix, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	u := l.usual[name]
	if u == nil {
		u = &places{}
		l.usual[name] = u
	}
	u.stored = true
	left := map[netip.Prefix]bool{}
	for _, p := range stored {
		left[p] = true
	}
	for _, p := range u.list {
		fresh = fresh || !left[p.prefix]
		delete(left, p.prefix)
	}
	for _, p := range stored {
		if left[p] && len(u.list) < maxPlaces {
			u.list = append(u.list, &place{prefix: p, bucket: bucket{tokens: l.size, at: l.now()}})
		}
	}
	for _, p := range u.list {
		list = append(list, p.prefix)
	}
	return list, fresh
}

// takeFresh returns the accounts that have signed in from a place that was not in memory.
func (l *limiter) takeFresh() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := make([]string, 0, len(l.fresh))
	for name := range l.fresh {
		names = append(names, name)
	}
	clear(l.fresh)
	return names
}
