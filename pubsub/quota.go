package pubsub

import (
	"context"
	"fmt"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// recount is how often it is added up at most what an owner's items take.
const recount = time.Minute

// usage is about how many bytes the items of an owner take: what they took when that was added up, and what was published
// since. It is never too low; what was replaced and removed since is found out when the limit seems to be met.
type usage struct {
	bytes int64
	by    map[xmpp.JID]int64 // of a service: what each account has published
	at    time.Time          // when it was added up; zero: never
}

// limits are how many bytes all items of an owner may take, and on a service those of one account; 0 is no limit.
func (s *Service) limits(owner xmpp.JID) (all, each int64) {
	cfg := s.config(owner)
	if owner.Local() == "" {
		return int64(cfg.ServiceBytes), int64(cfg.ServiceAccountBytes)
	}
	return int64(cfg.AccountBytes), 0
}

// fits refuses an item for which there is no place, and counts it otherwise: one that replaces another by what it is longer. One
// that is no longer than what it replaces always has a place. The caller holds mu.
func (s *Service) fits(ctx context.Context, st *state, node string, it *storage.Item) error {
	all, each := s.limits(st.owner)
	if all == 0 && each == 0 {
		return nil
	}
	who := it.Publisher.Bare()
	over := func(size int64) bool {
		return all > 0 && st.used.bytes+size > all || each > 0 && st.used.by[who]+size > each
	}
	size, now := space(it), s.Now()
	if st.used.at.IsZero() || over(size) { // else it need not be known what is replaced
		old, err := s.Store.Items(ctx, st.owner, node, 0, it.ID)
		if err != nil {
			return err
		}
		if len(old) > 0 && old[0].Publisher.Bare() == who {
			size -= space(&old[0])
		}
	}
	if size <= 0 && !st.used.at.IsZero() {
		st.used.count(who, size)
		return nil
	}
	if st.used.at.IsZero() || over(size) && now.Sub(st.used.at) >= recount {
		if err := s.addUp(ctx, st, now); err != nil {
			return err
		}
	}
	if size > 0 && over(size) {
		text := fmt.Sprintf("The items of all nodes may take %d bytes together.", all)
		if each > 0 && st.used.by[who]+size > each {
			text = fmt.Sprintf("What one account publishes here may take %d bytes.", each)
		}
		return xmpp.Refuse(stanza.ResourceConstraint, text+" Remove some, and try again in a minute.")
	}
	st.used.count(who, size)
	return nil
}

// addUp reads what the items take.
func (s *Service) addUp(ctx context.Context, st *state, now time.Time) (err error) {
	st.used = usage{at: now}
	if st.owner.Local() != "" {
		st.used.bytes, err = s.Store.Usage(ctx, st.owner)
		return err
	}
	if st.used.by, err = s.Store.UsageBy(ctx, st.owner); err != nil {
		st.used = usage{}
		return err
	}
	for _, n := range st.used.by {
		st.used.bytes += n
	}
	return nil
}

func (u *usage) count(who xmpp.JID, size int64) {
	u.bytes += size
	if u.by != nil {
		u.by[who] += size
	}
}

// space is about how many bytes an item takes.
func space(it *storage.Item) int64 { return storage.ItemOverhead + int64(len(it.ID)+len(it.Payload)) }
