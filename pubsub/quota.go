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
	at    time.Time // when it was added up; zero: never
}

// quota is how many bytes all items of an owner may take; 0 is no limit.
func (s *Service) quota(owner xmpp.JID) int64 {
	if owner.Local() == "" {
		return int64(s.config(owner).ServiceBytes)
	}
	return int64(s.config(owner).AccountBytes)
}

// fits refuses an item for which there is no place, and counts it otherwise: one that replaces another by what it is longer. One
// that is no longer than what it replaces always has a place. The caller holds mu.
func (s *Service) fits(ctx context.Context, st *state, node string, it *storage.Item) error {
	limit := s.quota(st.owner)
	if limit == 0 {
		return nil
	}
	size, now := space(it), s.Now()
	if st.used.at.IsZero() || st.used.bytes+size > limit { // else it need not be known what is replaced
		old, err := s.Store.Items(ctx, st.owner, node, 0, it.ID)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			size -= space(&old[0])
		}
	}
	if size <= 0 && !st.used.at.IsZero() {
		st.used.bytes += size
		return nil
	}
	if st.used.at.IsZero() || st.used.bytes+size > limit && now.Sub(st.used.at) >= recount {
		n, err := s.Store.Usage(ctx, st.owner)
		if err != nil {
			return err
		}
		st.used = usage{n, now}
	}
	if size > 0 && st.used.bytes+size > limit {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf(
			"The items of all nodes may take %d bytes together. Remove some, and try again in a minute.", limit))
	}
	st.used.bytes += size
	return nil
}

// space is about how many bytes an item takes.
func space(it *storage.Item) int64 { return storage.ItemOverhead + int64(len(it.ID)+len(it.Payload)) }
