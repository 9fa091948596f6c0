package archive

import (
	"context"
	"hash/maphash"
	"time"

	"myna/xmpp"
)

// What is old is removed a part of the archives at a time: each comes once a day.
const (
	firstTrim = 10 * time.Minute
	trimEvery = time.Hour
	trimParts = 24
)

// trim removes, in a part of the archives, what is older than the retention, and hidden rows that were delivered; these
// also in archives that had some since the last time.
func (a *Archive) trim(ctx context.Context, round int) {
	used := a.waiting.takeUsed()
	owners, err := a.Owners(ctx)
	if err != nil {
		a.Logger.Error("archives not trimmed", "err", err)
		return
	}
	for _, o := range owners {
		if _, ok := used[o.JID]; !ok && a.part(o.JID) != round%trimParts {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		a.trimOne(ctx, o.JID, a.oldest(o))
	}
}

// oldest is when the messages of an archive begin that are kept.
func (a *Archive) oldest(o Owner) time.Time {
	days := o.Retention
	if days == 0 {
		days = a.Config.Of(o.JID.Domain()).RetentionDays
	}
	if days == 0 {
		return time.Unix(0, 0)
	}
	return a.Now().Add(-time.Duration(days) * 24 * time.Hour)
}

func (a *Archive) part(owner xmpp.JID) int {
	return int(maphash.String(a.seed, owner.String()) % trimParts)
}

func (a *Archive) trimOne(ctx context.Context, owner xmpp.JID, limit time.Time) {
	removed, err := a.Store.Trim(ctx, owner, limit)
	if err != nil && ctx.Err() == nil {
		a.Logger.Error("archive not trimmed", "owner", owner.String(), "err", err)
		return
	}
	if removed > 0 {
		a.Logger.Debug("archive trimmed", "owner", owner.String(), "removed", removed)
	}
}
