package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"myna/xmpp"
)

const (
	sweepTime  = 10 * time.Minute
	sweepBatch = 500
)

// Forgotten is told that an account was deleted: its files are expired, and are removed at once. It does not block.
func (s *Service) Forgotten(xmpp.JID) {
	select {
	case s.wake <- struct{}{}:
	default: // a sweep is due already
	}
}

// Sweep removes expired files and slots that were never filled, now, every ten minutes and when Forgotten is called, until ctx ends.
func (s *Service) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepTime)
	defer tick.Stop()
	for {
		if err := s.Expire(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Error("expired files not removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// Expire removes what is expired now. A file that cannot be removed does not keep the others.
func (s *Service) Expire(ctx context.Context) error {
	for {
		now := s.Now()
		list, err := s.Store.ExpiredUploads(ctx, now, now.Add(-2*slotTime), sweepBatch)
		if err != nil {
			return err
		}
		gone := 0
		var errs []error
		for _, u := range list {
			if _, busy := s.filling.Load(u.ID); busy { // slow: it still counts against the quotas
				continue
			}
			if err := s.remove(ctx, &u); err != nil {
				errs = append(errs, fmt.Errorf("remove file %s: %w", u.ID, err))
				continue
			}
			gone++
		}
		if len(list) < sweepBatch || gone == 0 {
			return errors.Join(errs...)
		}
	}
}
