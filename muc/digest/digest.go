package digest

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"myna/config"
	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// Store is what digest needs of storage.
type Store interface {
	// LastSeen is that of storage.Accounts.
	LastSeen(context.Context, xmpp.JID) (at time.Time, status string, err error)
	// Query and Bounds are those of storage.Archive.
	Query(context.Context, storage.Query) ([]storage.Record, storage.Page, error)
	Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error)
	Docs
}

// Group is a group of an account.
type Group struct {
	Room xmpp.JID
	Name string
	Nick string // the account's
}

// Options are what a Digest is made of.
type Options struct {
	Store  Store
	Config *config.Options[Config]
	Logger *slog.Logger
	// Sessions are the clients of an account.
	Sessions func(account xmpp.JID) []hook.Session
	// Groups are the groups of an account.
	Groups func(account xmpp.JID) []Group
	// Since is when an account became a member of a group; zero: not known, or long ago.
	Since func(ctx context.Context, account, room xmpp.JID) (time.Time, error)
	// Account returns one that may sign in.
	Account func(xmpp.JID) (storage.Account, bool)
	// Everybody lists the accounts of the server.
	Everybody func() []xmpp.JID
	// Wants tells whether somebody wants to hear of what is said in a room (XEP-0492).
	Wants func(ctx context.Context, account, room xmpp.JID, mentioned bool) bool
	// Chat is the address of the web chat of a domain.
	Chat func(domain string) string
	// Send hands a mail to the relay.
	Send func(context.Context, *Mail) error
	Now  func() time.Time // nil: time.Now
}

// Digest tells people by mail what they have missed.
type Digest struct {
	Options
	mu   guard.Mutex
	wait map[xmpp.JID]*waiting // who gets a mail; guarded by mu
	wake chan struct{}         // holds one
}

// waiting is somebody who gets a mail.
type waiting struct {
	since    time.Time         // the first message that he or she may not have seen
	look     time.Time         // when to look whether it is time for the mail
	mentions map[xmpp.JID]bool // rooms in which the account was mentioned
	told     bool              // the mail is being sent
	again    time.Time         // the first message since that began
	failures int
}

// New returns a Digest. Run sends the mails.
func New(o Options) *Digest {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Digest{Options: o, wait: map[xmpp.JID]*waiting{}, wake: make(chan struct{}, 1)}
}

// Missed notes that something was said in a group of an account, which may mention it. It does not block: what the account
// has chosen is read when the shortest rhythm has passed.
func (d *Digest) Missed(account, room xmpp.JID, mentioned bool) {
	if !d.Works() || d.there(account) {
		return
	}
	now, fresh := d.Now(), false
	d.mu.Do(func() {
		w := d.wait[account]
		if fresh = w == nil; fresh {
			w = &waiting{since: now, look: now.Add(pause(Short))}
			d.wait[account] = w
		}
		if w.told && w.again.IsZero() {
			w.again = now
		}
		if mentioned {
			if w.mentions == nil {
				w.mentions = map[xmpp.JID]bool{}
			}
			w.mentions[room] = true
		}
	})
	if fresh {
		d.rouse()
	}
}

// Came is told when somebody is there, or is there again (hook.Available, hook.Resumed): a client shows what was said.
func (d *Digest) Came(s hook.Session) { d.mu.Do(func() { delete(d.wait, s.JID().Bare()) }) }

// there tells whether a client of an account is connected. One that waits to be resumed is not.
func (d *Digest) there(account xmpp.JID) bool {
	for _, s := range d.Sessions(account) {
		if !s.Detached() && s.Presence() != nil {
			return true
		}
	}
	return false
}

func (d *Digest) rouse() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run sends mails until ctx ends.
func (d *Digest) Run(ctx context.Context) {
	guard.Keep(ctx, d.Logger, "mails about groups", func(ctx context.Context) {
		d.recover(ctx)
		for ctx.Err() == nil {
			t := time.NewTimer(d.rest())
			select {
			case <-ctx.Done():
			case <-d.wake:
			case <-t.C:
				d.pass(ctx)
			}
			t.Stop()
		}
	})
}

// rest is how long nothing is due.
func (d *Digest) rest() time.Duration {
	next := d.Now().Add(time.Hour)
	d.mu.Do(func() {
		for _, w := range d.wait {
			if w.look.Before(next) {
				next = w.look
			}
		}
	})
	return max(next.Sub(d.Now()), time.Second) // those that are due about now go together
}

// pass sends the mails that are due, of those that are looked at.
func (d *Digest) pass(ctx context.Context) {
	due := map[xmpp.JID]waiting{}
	now := d.Now()
	d.mu.Do(func() {
		for who, w := range d.wait {
			if !w.look.After(now) {
				w.told = true
				due[who] = waiting{since: w.since, mentions: maps.Clone(w.mentions)}
			}
		}
	})
	for who, w := range due {
		if ctx.Err() != nil {
			return
		}
		var again time.Time
		err := guard.Error(d.Logger, "mail about groups", func() (err error) {
			if again, err = d.early(ctx, who, &w); err != nil || !again.IsZero() {
				return err
			}
			return d.tell(ctx, who, &w)
		})
		if err != nil && ctx.Err() == nil {
			d.Logger.Error("mail about groups not sent", "account", who.String(), "err", err)
		}
		d.settle(who, again, err)
	}
}

// early is when to look again at somebody for whom it is too early, or who gets no mails; zero: it is time. An hour is the
// most, so that a choice that was made on another node, or in the configuration, counts before long.
func (d *Digest) early(ctx context.Context, who xmpp.JID, w *waiting) (time.Time, error) {
	rhythm, err := d.rhythm(ctx, who)
	if err != nil {
		return time.Time{}, err
	}
	now := d.Now()
	again, after := now.Add(time.Hour), pause(rhythm)
	if after == 0 {
		return again, nil
	}
	due := w.since.Add(after)
	if !due.After(now) {
		return time.Time{}, nil
	}
	if due.Before(again) {
		again = due
	}
	return again, nil
}

// settle notes that somebody was told, or is looked at again: then, or sooner or later after an error.
func (d *Digest) settle(who xmpp.JID, again time.Time, err error) {
	d.mu.Do(func() {
		w := d.wait[who]
		if w == nil { // is there meanwhile
			return
		}
		w.told = false
		switch {
		case err != nil:
			w.failures++
			w.look = d.Now().Add(min(time.Minute<<min(w.failures, 6), time.Hour))
		case !again.IsZero():
			w.look, w.again = again, time.Time{}
		case w.again.IsZero():
			delete(d.wait, who)
		default:
			d.wait[who] = &waiting{since: w.again, look: w.again.Add(pause(Short))}
		}
	})
}

// recover finds who would have got a mail when the server was stopped.
func (d *Digest) recover(ctx context.Context) {
	if !d.Works() {
		return
	}
	last := map[xmpp.JID]time.Time{}
	for _, who := range d.Everybody() {
		if ctx.Err() != nil {
			return
		}
		since, err := d.unseen(ctx, who, last)
		if err != nil {
			d.Logger.Error("mails about groups not looked for", "account", who.String(), "err", err)
			continue
		}
		if since.IsZero() || d.there(who) {
			continue
		}
		d.mu.Do(func() {
			if d.wait[who] == nil {
				d.wait[who] = &waiting{since: since, look: d.Now().Add(pause(Short))}
			}
		})
	}
}

// unseen is since when something was said in the groups of an account that it has not seen and was not told of; zero: nothing.
func (d *Digest) unseen(ctx context.Context, who xmpp.JID, last map[xmpp.JID]time.Time) (time.Time, error) {
	seen, _, err := d.Store.LastSeen(ctx, who)
	if err != nil && !errors.Is(err, storage.ErrNotFound) || seen.IsZero() {
		return time.Time{}, ignore(err) // who was never here is not told of the years before
	}
	sent, err := d.sent(ctx, who)
	if err != nil {
		return time.Time{}, err
	}
	if sent.After(seen) {
		seen = sent
	}
	for _, g := range d.Groups(who) {
		at, known := last[g.Room]
		if !known {
			_, rec, err := d.Store.Bounds(ctx, g.Room)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return time.Time{}, err
			}
			if rec.ID > 0 {
				at = rec.Time()
			}
			last[g.Room] = at
		}
		if at.After(seen) {
			return seen, nil
		}
	}
	return time.Time{}, nil
}
