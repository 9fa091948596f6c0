package pubsub

import (
	"context"
	"errors"
	"sync/atomic"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// purging tells whether there are nodes that keep items only while their publishers are online (pubsub#purge_offline): mostly
// there are none, and then nothing is asked when somebody leaves.
type purging struct{ state atomic.Int32 }

// What is known of such nodes.
const (
	purgeUnknown = iota
	purgeNone
	purgeSome
)

// configured looks at the configuration of a node that was written.
func (p *purging) configured(set Settings) {
	if set[fieldPurgeOffline] == "1" {
		p.state.Store(purgeSome)
	}
}

// purges tells whether there are such nodes.
func (s *Service) purges(ctx context.Context) (bool, error) {
	if s.purging.state.Load() != purgeUnknown {
		return s.purging.state.Load() == purgeSome, nil
	}
	list, err := s.Store.NodesWith(ctx, fieldPurgeOffline)
	if err != nil {
		return false, err
	}
	s.purging.state.CompareAndSwap(purgeUnknown, purgeNone)
	for i := range list {
		s.purging.configured(list[i].Config)
	}
	return s.purging.state.Load() == purgeSome, nil
}

// left removes what an account has published in nodes that are so configured when its last session becomes unavailable
// (XEP-0060 § 16.4.4, pubsub#purge_offline).
func (s *Service) left(p hook.Session) {
	who := p.JID().Bare()
	if s.online(who) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := s.purgeOf(ctx, who); err != nil {
		s.Logger.Warn("items of who is offline not removed", "publisher", who.String(), "err", err)
	}
}

func (s *Service) purgeOf(ctx context.Context, who xmpp.JID) error {
	some, err := s.purges(ctx)
	if err != nil || !some {
		return err
	}
	list, err := s.Store.PublishedIn(ctx, who, fieldPurgeOffline, "1")
	if err != nil {
		return err
	}
	for _, at := range list {
		var gone []string
		err := s.onNode(ctx, storage.Node{Owner: at.Owner, Name: at.Node}, func(ctx context.Context, st *state, n *node) (err error) {
			gone, err = s.purgeItems(ctx, st, n, at.IDs)
			return err
		})
		if err != nil {
			return err
		}
		if len(gone) > 0 {
			s.tell(Change{Owner: at.Owner, Node: at.Node, Retracted: gone})
		}
	}
	return nil
}

// purgeItems removes items of a node, and tells of it where that is wanted.
func (s *Service) purgeItems(ctx context.Context, st *state, n *node, ids []string) (gone []string, err error) {
	if !s.on(st, n, fieldPurgeOffline) {
		return nil, nil
	}
	for _, id := range ids {
		err := s.Store.RetractItem(ctx, st.owner, n.name, id)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return gone, err
		}
		gone = append(gone, id)
	}
	if len(gone) == 0 {
		return nil, nil
	}
	n.lastRead = false
	if !s.on(st, n, fieldNotifyRetract) {
		return gone, nil
	}
	return gone, s.broadcast(ctx, st, n, retracted(n.name, gone))
}

// sweepOffline removes what is left of publishers who went with the server, which does not see them leave.
func (s *Service) sweepOffline(ctx context.Context) error {
	some, err := s.purges(ctx)
	if err != nil || !some {
		return err
	}
	list, err := s.Store.NodesWith(ctx, fieldPurgeOffline)
	if err != nil {
		return err
	}
	seen := map[xmpp.JID]bool{}
	for _, n := range list {
		if n.Config[fieldPurgeOffline] != "1" {
			continue
		}
		items, err := s.Store.Items(ctx, n.Owner, n.Name, 0)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		for i := range items {
			who := items[i].Publisher.Bare()
			if seen[who] || !s.account(who) || s.online(who) { // of others it is not known
				continue
			}
			seen[who] = true
			if err := s.purgeOf(ctx, who); err != nil {
				return err
			}
		}
	}
	return nil
}
