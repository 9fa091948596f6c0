package upload

import (
	"context"
	"time"
)

const (
	sweepTime  = 10 * time.Minute
	sweepBatch = 500
)

// Sweep removes expired files and slots that were never filled, now and every ten minutes until ctx ends.
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
		}
	}
}

// Expire removes what is expired now.
func (s *Service) Expire(ctx context.Context) error {
	for {
		now := s.Now()
		list, err := s.Store.ExpiredUploads(ctx, now, now.Add(-2*slotTime), sweepBatch)
		if err != nil {
			return err
		}
		gone := 0
		for _, u := range list {
			if _, busy := s.filling.Load(u.ID); busy { // slow: it still counts against the quotas
				continue
			}
			gone++
			if err := s.remove(ctx, &u); err != nil {
				return err
			}
		}
		if len(list) < sweepBatch || gone == 0 {
			return nil
		}
	}
}
