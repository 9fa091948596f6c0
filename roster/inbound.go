package roster

import (
	"context"
	"errors"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// received handles presence for an account: to its bare address, and whatever manages subscriptions or probes.
func (r *Roster) received(p *hook.Packet) error {
	switch {
	case manages(p.Type):
		return r.receivedSubscription(p)
	case p.Type == xmpp.TypeProbe:
		return r.probed(p)
	case p.Type == xmpp.TypeError: // RFC 6121 § 8.5.2.1.2
		return nil
	}
	p.BuildTail()
	r.toAvailable(p.Owner, xmpp.Frame{Kind: xmpp.Presence, Tail: p.Tail, Idle: true})
	return nil
}

// probed answers a probe (RFC 6121 § 4.3.2).
func (r *Roster) probed(p *hook.Packet) error {
	owner, asker := p.To.Bare(), p.From.Bare()
	b := r.open(owner)
	defer r.close(b)
	l, err := r.load(b)
	if err != nil {
		return err
	}
	if owner != asker && !l.from(asker) {
		r.tell(owner, asker, xmpp.TypeUnsubscribed) // from the bare address: a resource would be a leak
		return nil
	}
	if r.blocked(owner, asker) {
		return nil
	}
	found := false
	for _, s := range r.Router.Sessions(owner) {
		pres := s.Presence()
		if pres == nil || !p.To.IsBare() && s.JID() != p.To {
			continue
		}
		found = true
		r.toContact(p.From, xmpp.Frame{Kind: xmpp.Presence, Tail: pres.Tail, Idle: true})
	}
	if !found {
		r.toContact(p.From, r.lastPresence(owner))
	}
	return nil
}

// lastPresence is what is known of an account without available sessions: unavailable, and since when.
func (r *Roster) lastPresence(owner xmpp.JID) xmpp.Frame {
	e := xmpp.NewPresence(owner, xmpp.JID{}, xmpp.TypeUnavailable)
	ctx, cancel := background()
	defer cancel()
	at, status, err := r.lastSeen(ctx, owner)
	if err != nil {
		r.Logger.Warn("last activity not read", "account", owner.String(), "err", err)
	}
	if !at.IsZero() {
		if status != "" {
			e.Add(xmpp.El(ns.Client, "status").AddText(status))
		}
		e.Add(xmpp.El(ns.Delay, "delay").Set("from", owner.String()).Set("stamp", at.UTC().Format("2006-01-02T15:04:05Z")))
	}
	f := xmpp.FrameOf(e)
	f.Idle = true
	return f
}

func (r *Roster) lastSeen(ctx context.Context, owner xmpp.JID) (at time.Time, status string, err error) {
	at, status, err = r.LastSeenOf(ctx, owner)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return at, status, err
}
