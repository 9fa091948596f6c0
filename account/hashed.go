package account

import (
	"context"
	"encoding/binary"
	"time"

	"myna/storage"
)

// hashed is how many accounts of a domain have their passwords hashed how often, for each mechanism, the fewest iterations
// first. Passwords that are set keep their number when the option changes, so a name that had the number of the option would be
// one without an account. It never changes.
type hashed map[[2]string][]storage.HashCount

// recount is how long a change may take to show in decoys.
const recount = time.Minute

func (s *Service) countHashes(ctx context.Context) error {
	list, err := s.store.HashCounts(ctx)
	if err != nil {
		return err
	}
	all := hashed{}
	for _, n := range list {
		key := [2]string{n.Domain, n.Mechanism}
		all[key] = append(all[key], n)
	}
	s.hashed.Store(&all)
	return nil
}

// noteHashes says that passwords have changed.
func (s *Service) noteHashes() {
	select {
	case s.rehashed <- struct{}{}:
	default: // it is said already
	}
}

// CountHashes keeps up with how often passwords are hashed, until ctx ends.
func (s *Service) CountHashes(ctx context.Context) {
	every := time.NewTicker(recount)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		select {
		case <-s.rehashed:
		default:
			continue
		}
		if err := s.countHashes(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("iterations not counted", "error", err)
			s.noteHashes()
		}
	}
}

// usualIterations is a number that accounts of a domain have, as often for names as for accounts. It is the same for a name and
// all mechanisms as long as the accounts are the same, and few names get another one when a few accounts do.
func (s *Service) usualIterations(h scramHash, name, domain string) int {
	list := (*s.hashed.Load())[[2]string{domain, h.name}]
	total := 0
	for _, n := range list {
		total += n.Accounts
	}
	sum := scramHashes[0].mac(s.secret, []byte("iterations"), []byte{0}, []byte(name))
	at := float64(binary.BigEndian.Uint64(sum)>>11) / (1 << 53) * float64(total) // from 0 to less than total
	for _, n := range list {
		if at -= float64(n.Accounts); at < 0 {
			return n.Iterations
		}
	}
	return s.cfg.Of(domain).Iterations
}
