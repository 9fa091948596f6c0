package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Clients lists the clients that may sign in to an account, as far as they are known, those seen last first.
func (s *Service) Clients(ctx context.Context, j xmpp.JID) ([]storage.Client, error) {
	return s.store.Clients(ctx, j.Bare())
}

// EndClient forgets a client with its tokens; who is told of the event ends its sessions. A client that is not known is no
// error: it may be one that has a session and nothing else.
func (s *Service) EndClient(ctx context.Context, j xmpp.JID, id string) error {
	if err := s.endClient(ctx, j.Bare(), id); err != nil {
		return fmt.Errorf("end client of %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) endClient(ctx context.Context, j xmpp.JID, id string) error {
	s.change.Lock()
	defer s.change.Unlock()
	a, ok := s.Account(j)
	if !ok {
		return storage.ErrNotFound
	}
	if err := s.store.RemoveClient(ctx, j, id); err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	s.barrier.turnBack(j) // it may be on the way in with a token
	s.queue(Event{Kind: ClientEnded, Account: a, Before: a, ID: id})
	return nil
}

// ForgetClients forgets the clients that have not signed in for long, until ctx ends.
func (s *Service) ForgetClients(ctx context.Context) {
	every := time.NewTicker(24 * time.Hour)
	defer every.Stop()
	for {
		now := time.Now()
		for domain := range *s.domains.Load() {
			before := now.AddDate(0, 0, -s.cfg.Of(domain).ClientDays)
			if err := s.store.ForgetClients(ctx, domain, before, now); err != nil && ctx.Err() == nil {
				s.log.Error("old clients not forgotten", "domain", domain, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}
