// Package bookmarks keeps the rooms that a user wants to find again and to join: XEP-0402, with the same set in the forms
// of before, in private storage (XEP-0048, XEP-0049) and in one item of the node storage:bookmarks (XEP-0411).
//
// The groups that somebody is a member of are among them without being stored: they are laid over what is stored when it
// is read. What users change about such a bookmark, their own name for it or that they do not want to join, is stored
// under the same id and merged into it. Members who take the bookmark out hide the group; they stay members, unless the
// group lets its members leave.
package bookmarks

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"maps"
	"sync"
	"time"

	"myna/config"
	"myna/hook"
	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Group is a room that an account is in because somebody else decides it.
type Group struct {
	Room      xmpp.JID
	Name      string // display name
	Nick      string // the reserved nick in the room; "" for none
	Mandatory bool   // who hides it gets it back at the next session
	MayLeave  bool   // who does not want to join it any more is not a member any more
}

// Groups knows the groups of accounts. GroupsOf answers from memory and must not call back.
type Groups interface {
	GroupsOf(account xmpp.JID) []Group
	// Leave ends the membership of an account in a group that lets members do that.
	Leave(ctx context.Context, account, room xmpp.JID) error
}

// Options are what Bookmarks are made of.
type Options struct {
	Config *config.Options[Config]
	PubSub *pubsub.Service
	Docs   storage.Docs
	Logger *slog.Logger
}

// Bookmarks is the module.
type Bookmarks struct {
	Options
	groups Groups                // nil: there are none
	seen   hook.Value[sightings] // what the session has read from private storage
	missed hook.Value[sightings] // groups that have come during the session, and of which it was not told in the old form
	seed   maphash.Seed

	mu   sync.Mutex
	busy map[xmpp.JID]int // accounts whose old-style list is being taken in; guarded by mu
}

// settings are those that XEP-0402 § 3.3 asks for: nobody but the account itself, and as many as may be.
var settings = pubsub.Settings{
	pubsub.FieldAccess: pubsub.AccessWhitelist, pubsub.FieldPersist: "1", pubsub.FieldMaxItems: "max", pubsub.FieldSendLast: pubsub.LastNever,
}

// legacySettings are those of XEP-0048 § 3.1; the list is sent at each sign-in.
var legacySettings = pubsub.Settings{pubsub.FieldAccess: pubsub.AccessWhitelist, pubsub.FieldPersist: "1"}

// New returns the module, and registers its nodes.
func New(o Options) *Bookmarks {
	b := &Bookmarks{Options: o, busy: map[xmpp.JID]int{}, seed: maphash.MakeSeed()}
	o.PubSub.Own(pubsub.Node{Name: ns.Bookmarks, Settings: settings, Virtual: b})
	o.PubSub.Own(pubsub.Node{Name: ns.StorageBookmark, Settings: legacySettings, Virtual: legacy{b}})
	o.PubSub.OnPublish(ns.Bookmarks, b.changed)
	return b
}

// Follow sets who knows the groups. It is called while the server is built.
func (b *Bookmarks) Follow(g Groups) { b.groups = g }

// Register names what it does.
func (b *Bookmarks) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0402", Version: "1.2.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0048", Version: "1.2", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0411", Version: "1.1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0492", Version: "0.2.0", Status: hook.Complete, Note: "obeyed by push, as for a phone"})
	r.Feature(hook.Account, ns.BookmarksCompat, ns.BookmarksPEP, ns.BookmarkConv) // XEP-0402 § 6, XEP-0411 § 2
	r.On(hook.Bound, b.restore)
}

// bounds are what an account may have.
func (b *Bookmarks) bounds(owner xmpp.JID) *Config { return b.Config.Of(owner.Domain()) }

func (b *Bookmarks) groupsOf(account xmpp.JID) []Group {
	if b.groups == nil {
		return nil
	}
	return b.groups.GroupsOf(account)
}

func (b *Bookmarks) group(account xmpp.JID, id string) (Group, bool) {
	for _, g := range b.groupsOf(account) {
		if g.Room.String() == id {
			return g, true
		}
	}
	return Group{}, false
}

// storeTime bounds what is done without a request.
const storeTime = 10 * time.Second

// Added tells the clients of an account that it has become a member of a group: they join (XEP-0402 § 4). Where storage fails, it is
// to be called again, as the next two are.
func (b *Bookmarks) Added(account xmpp.JID, g Group) error {
	b.miss(account.Bare(), g)
	return b.Changed(account, g)
}

// miss notes which clients do not hear that a group has come, because they do not follow the old list.
func (b *Bookmarks) miss(account xmpp.JID, g Group) {
	id := b.hash(g.Room.String())
	for _, s := range b.PubSub.Router.Sessions(account) {
		if hears, _ := b.PubSub.Interested(s.JID(), ns.StorageBookmark); hears {
			continue
		}
		b.missed.Update(s, func(m sightings) sightings {
			more := maps.Clone(m) // a reader may have it
			if more == nil {
				more = sightings{}
			}
			more[id] = sighting{}
			return more
		})
	}
}

// Changed tells the clients of an account that groups of it have changed, all of them where none is named.
func (b *Bookmarks) Changed(account xmpp.JID, groups ...Group) error {
	account = account.Bare()
	if len(groups) == 0 {
		groups = b.groupsOf(account)
	}
	ids := make([]string, 0, len(groups))
	for _, g := range groups {
		ids = append(ids, g.Room.String())
	}
	return bounded("announce bookmarks", func(ctx context.Context) error {
		if len(ids) == 0 || !b.PubSub.Listening(account, ns.Bookmarks) {
			return b.announceLegacy(ctx, account)
		}
		items, err := b.PubSub.Items(ctx, account, ns.Bookmarks, ids...)
		if err != nil {
			return err
		}
		for i := range items {
			if err := b.PubSub.Announce(ctx, account, ns.Bookmarks, items[i]); err != nil {
				return err
			}
		}
		return b.announceLegacy(ctx, account)
	})
}

// Removed tells the clients of an account that it is not a member of a group any more: first that it is not to be joined,
// for clients that leave a room by that, then that the bookmark is gone. It is called when GroupsOf does not name the
// group any more. What the user has changed about the bookmark goes with it.
func (b *Bookmarks) Removed(account xmpp.JID, g Group) error {
	account = account.Bare()
	id := g.Room.String()
	return bounded("remove bookmark", func(ctx context.Context) error {
		stored, err := b.PubSub.Stored(ctx, account, ns.Bookmarks, id)
		if err != nil {
			return err
		}
		last := storage.Item{ID: id, Payload: merge(nil, g, false).Append(nil, "")}
		if err := b.PubSub.Announce(ctx, account, ns.Bookmarks, last); err != nil {
			return err
		}
		gone := storage.ErrNotFound
		if len(stored) > 0 {
			gone = b.PubSub.Retract(ctx, account, ns.Bookmarks, id)
		}
		if errors.Is(gone, storage.ErrNotFound) { // it was laid over only, or the user was faster
			gone = b.PubSub.AnnounceRetract(ctx, account, ns.Bookmarks, id)
		}
		if gone != nil {
			return gone
		}
		return b.announceLegacy(ctx, account)
	})
}

// restore brings back mandatory groups that were hidden in an earlier session: once for each session, before its client
// reads its bookmarks, so that no client is fought.
func (b *Bookmarks) restore(s hook.Session) {
	account := s.JID().Bare()
	var ids []string
	for _, g := range b.groupsOf(account) {
		if g.Mandatory {
			ids = append(ids, g.Room.String())
		}
	}
	if len(ids) == 0 {
		return
	}
	b.quietly("group not restored", account, func(ctx context.Context) error {
		stored, err := b.PubSub.Stored(ctx, account, ns.Bookmarks, ids...)
		if err != nil {
			return err
		}
		for _, it := range stored {
			e, err := conference(it.Payload)
			if err != nil || autojoin(e) {
				continue
			}
			it.Payload = e.Set("autojoin", "true").Append(nil, "")
			if err := b.PubSub.Publish(ctx, account, ns.Bookmarks, it, settings); err != nil {
				return err
			}
		}
		return nil
	})
}

// quietly does what nobody waits for.
func (b *Bookmarks) quietly(failed string, account xmpp.JID, f func(context.Context) error) {
	if err := bounded("bookmarks", f); err != nil {
		b.Logger.Error(failed, "account", account.String(), "err", err)
	}
}

// bounded does what must not take for ever.
func bounded(what string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := f(ctx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
