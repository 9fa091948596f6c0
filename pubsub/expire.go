package pubsub

import (
	"context"
	"time"

	"myna/guard"
	"myna/storage"
	"myna/xmpp/ns"
)

// sweep is how often it is looked after what has expired: until then it is left out of what is shown.
const sweep = 10 * time.Minute

// warning is how long before its end a subscriber hears of it (XEP-0060 § 12.19).
const warning = 24 * time.Hour

// maxEnding is how many nodes with subscriptions that end are looked at in one go.
const maxEnding = 10_000

// Run removes what expires and ends subscriptions of who cannot be reached, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	s.work(ctx, "chained nodes", s.loadChains)
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.work(ctx, "expired items and subscriptions", s.sweep)
		case <-s.reviews.wake:
			s.work(ctx, "subscriptions of an account", s.reviewNext)
		case <-s.chains.wake:
			s.work(ctx, "chained nodes", s.chainNext)
		case e := <-s.bounces.queue:
			s.work(ctx, "undelivered notification", func(ctx context.Context) error { return s.undelivered(ctx, e) })
		}
	}
}

func (s *Service) work(ctx context.Context, what string, f func(context.Context) error) {
	guard.Call(s.Logger, what, func() {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Error("publish-subscribe not looked after", "what", what, "err", err)
		}
	})
}

// sweep removes items and subscriptions whose time is over.
func (s *Service) sweep(ctx context.Context) error {
	s.chains.emptyQueues(time.Now())
	list, err := s.Store.NodesWith(ctx, fieldItemExpire)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := s.onNode(ctx, n, s.expireItems); err != nil {
			return err
		}
	}
	if err := s.sweepOffline(ctx); err != nil {
		return err
	}
	if list, err = s.Store.NodesEnding(ctx, s.Now().Add(warning), maxEnding); err != nil {
		return err
	}
	for _, n := range list {
		if err := s.onNode(ctx, n, s.warn); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) onNode(ctx context.Context, at storage.Node, f func(context.Context, *state, *node) error) error {
	st := s.open(at.Owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, at.Name)
	if err != nil || n == nil || !n.stored {
		return err
	}
	return f(ctx, st, n)
}

// expireItems removes the items of a node that are too old (pubsub#item_expire).
func (s *Service) expireItems(ctx context.Context, st *state, n *node) error {
	cutoff := s.cutoff(st, n)
	if cutoff.IsZero() {
		return nil
	}
	removed, err := s.Store.ExpireItems(ctx, st.owner, n.name, cutoff)
	if err != nil || len(removed) == 0 {
		return err
	}
	n.lastRead = false
	if !s.on(st, n, fieldNotifyRetract) {
		return nil
	}
	return s.broadcast(ctx, st, n, retracted(n.name, removed))
}

// warn ends the subscriptions of a node whose time is over, and tells those whose time is over soon, once.
func (s *Service) warn(ctx context.Context, st *state, n *node) error {
	if err := s.people(ctx, st, n); err != nil { // which ends them
		return err
	}
	soon := s.Now().Add(warning)
	for _, u := range n.subscriptions {
		if u.Expires.IsZero() || !u.Expires.Before(soon) || u.Expires.Before(soon.Add(-sweep)) {
			continue
		}
		e := n.subscriptionElement(ns.PubSubEvent, u, u.State).Set("expiry", u.Expires.UTC().Format(time.RFC3339))
		s.send(s.frame(st, n, event(e)), u.JID)
	}
	return nil
}
