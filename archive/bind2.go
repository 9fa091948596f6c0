package archive

import (
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// bound2 tells a client that binds by XEP-0386 what its archive holds, and clears what waited for it as offline messages: it
// finds them there (§ 3.2). What waits without being in the archive is given to it as ever.
func (a *Archive) bound2(s hook.Session) *xmpp.Element {
	ctx, cancel := background()
	defer cancel()
	owner := s.JID().Bare()
	turn := a.turn(owner)
	turn.Lock()
	defer turn.Unlock()
	metadata, last, err := a.describe(ctx, owner, time.Time{})
	if err == nil && last != 0 {
		a.synced.Store(s, last)
		err = a.clear(owner, last)
	}
	if err != nil {
		a.Logger.Error("archive not described to a new session", "session", s.JID().String(), "err", err)
	}
	return metadata
}

// clear confirms what waits up to a row, as far as all of it is in the archive. Where another session has been given it,
// that one confirms it.
func (a *Archive) clear(owner xmpp.JID, last int64) error {
	others := false
	a.boxes.with(owner, func(m *mailbox) { others = m != nil && m.caught > 0 })
	if others {
		return nil
	}
	ctx, cancel := background()
	defer cancel()
	for at := int64(0); ; {
		list, others, err := a.Store.Waiting(ctx, owner, at, storage.Most{Records: pageRows, Heads: true})
		if err != nil {
			return err
		}
		before := at
		for i := range list {
			if list[i].ID > last || list[i].Flags&storage.Hidden != 0 {
				break
			}
			at = list[i].ID
		}
		if at != before {
			a.Store.Confirm(owner, at)
		}
		if at == before || !others {
			return nil
		}
	}
}
