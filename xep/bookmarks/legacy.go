package bookmarks

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// current is the id of the one item of the node storage:bookmarks (XEP-0048 § 3.1).
const current = "current"

// space and urls are where the bookmarks of web pages are kept (XEP-0048 § 2.2): XEP-0402 has no place for them.
const space, urls = "bookmarks", "urls"

// legacy is the node storage:bookmarks: all bookmarks in one item (XEP-0048, XEP-0411). Nothing of it is stored.
type legacy struct{ b *Bookmarks }

// Items returns the list as one item.
func (l legacy) Items(ctx context.Context, owner xmpp.JID, _ []storage.Item) ([]storage.Item, error) {
	e, err := l.b.list(ctx, owner)
	if err != nil || len(e.Nodes) == 0 {
		return nil, err
	}
	return []storage.Item{{ID: current, Publisher: owner, Payload: e.Append(nil, "")}}, nil
}

// Publish takes a list in. A group that has come since the client signed in, and of which it was not told, is not in its list, and is
// not hidden by that.
func (l legacy) Publish(ctx context.Context, owner xmpp.JID, it storage.Item) (storage.Item, error) {
	e, err := xmpp.ParseElement(it.Payload, "")
	if err != nil || !e.Is(ns.StorageBookmark, "storage") {
		return it, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.PubSubErrors, "invalid-payload"))
	}
	var missed sightings
	if s := l.b.PubSub.Router.Session(it.Publisher); s != nil {
		missed = l.b.missed.Load(s)
	}
	if err := l.b.take(ctx, owner, e, nil, func(id string) bool { _, ok := missed[l.b.hash(id)]; return !ok }); err != nil {
		return it, err
	}
	return it, pubsub.Taken
}

// Import leaves a list that comes from another server to Add, which adds what is in it.
func (legacy) Import(_ context.Context, _ xmpp.JID, it storage.Item) (storage.Item, error) {
	return it, pubsub.Taken
}

// Retract empties the list.
func (l legacy) Retract(ctx context.Context, owner xmpp.JID, _ string) (*storage.Item, error) {
	err := l.b.take(ctx, owner, xmpp.El(ns.StorageBookmark, "storage"), nil, func(string) bool { return true })
	if err == nil {
		err = pubsub.Taken
	}
	return nil, err
}

// Storage is the list for private storage (XEP-0048, XEP-0049). s is the session that asks, or nil.
func (b *Bookmarks) Storage(ctx context.Context, s hook.Session, owner xmpp.JID) (*xmpp.Element, error) {
	e, err := b.list(ctx, owner)
	if err != nil {
		return nil, err
	}
	if s != nil {
		b.seen.Store(s, b.see(e))
	}
	return e, nil
}

// SetStorage takes a list from private storage in. Clients write the list as they have read it, changed: a group that
// came since then is not in it, and is not hidden by that; what other clients or the group have changed since then stays.
func (b *Bookmarks) SetStorage(ctx context.Context, s hook.Session, owner xmpp.JID, e *xmpp.Element) error {
	var seen sightings
	if s != nil {
		seen = b.seen.Load(s)
	}
	hides := func(id string) bool { _, ok := seen[b.hash(id)]; return ok }
	if err := b.take(ctx, owner, e, seen, hides); err != nil {
		return err
	}
	if s != nil {
		b.seen.Store(s, b.see(e))
	}
	return nil
}

// sightings are what a client knows of a list, by the hash of the room's address: a session keeps it until it ends, so it is
// no more than what is asked for.
type sightings map[uint64]sighting

type sighting struct {
	name     uint64 // its hash
	autojoin bool
}

func (b *Bookmarks) hash(s string) uint64 { return maphash.String(b.seed, s) }

// see notes the bookmarks of a list.
func (b *Bookmarks) see(list *xmpp.Element) sightings {
	m := sightings{}
	for c := range list.Elements() {
		if room, err := xmpp.ParseJID(c.Attr("jid")); err == nil {
			m[b.hash(room.Bare().String())] = sighting{b.hash(c.Attr("name")), autojoin(c)}
		}
	}
	return m
}

// list is all bookmarks in the form of before (XEP-0402 § 5.3.1). It is for being read and written out: what clients have
// added to a bookmark is in it as bytes, for a tree of them may be many times as large.
func (b *Bookmarks) list(ctx context.Context, owner xmpp.JID) (*xmpp.Element, error) {
	items, err := b.PubSub.Items(ctx, owner, ns.Bookmarks)
	if err != nil {
		return nil, err
	}
	list := xmpp.El(ns.StorageBookmark, "storage")
	for i := range items {
		if e, err := conference(items[i].Payload); err == nil {
			list.Add(flat(old(items[i].ID, e)))
		}
	}
	pages, err := b.Docs.Doc(ctx, owner, space, urls)
	if err != nil {
		if errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		return list, err
	}
	if e, err := xmpp.ParseElement(pages, ""); err == nil {
		for c := range e.Elements() {
			list.AddRaw(c.Append(nil, ""))
		}
	}
	return list, nil
}

// flat makes bytes of the extensions of a bookmark.
func flat(c *xmpp.Element) *xmpp.Element {
	for i := range c.Nodes {
		if x := c.Nodes[i].Elem; x.Is(ns.Bookmarks, "extensions") {
			c.Nodes[i] = xmpp.Node{Raw: x.Append(nil, "")}
		}
	}
	return c
}

// old is a bookmark as it was before XEP-0402: the address is an attribute, nick and password are in the other namespace.
// Extensions go along as they are.
func old(id string, e *xmpp.Element) *xmpp.Element {
	c := xmpp.El(ns.StorageBookmark, "conference").Set("jid", id)
	if name := e.Attr("name"); name != "" {
		c.Set("name", name)
	}
	c.Set("autojoin", "false")
	if autojoin(e) {
		c.Set("autojoin", "true")
	}
	for _, local := range []string{"nick", "password"} {
		if text := e.ChildText(ns.Bookmarks, local); text != "" {
			c.Add(xmpp.El(ns.StorageBookmark, local).AddText(text))
		}
	}
	return c.Add(e.Child(ns.Bookmarks, "extensions"))
}

// renew is a bookmark of before in the form of now. What the old form has no place for is kept from have, which may
// be nil and is changed.
func renew(c, have *xmpp.Element) *xmpp.Element {
	e := have
	if e == nil {
		e = xmpp.El(ns.Bookmarks, "conference")
	}
	e.Attrs = slices.DeleteFunc(e.Attrs, func(a xmpp.Attr) bool { return a.Space == "" && a.Local == "name" })
	if name := c.Attr("name"); name != "" {
		e.Set("name", name)
	}
	e.Set("autojoin", "false")
	if autojoin(c) {
		e.Set("autojoin", "true")
	}
	setChild(e, "password", c.ChildText(ns.StorageBookmark, "password"))
	setChild(e, "nick", c.ChildText(ns.StorageBookmark, "nick"))
	if x := c.Child(ns.Bookmarks, "extensions"); x != nil {
		e.Nodes = slices.DeleteFunc(e.Nodes, func(n xmpp.Node) bool { return n.Elem.Is(ns.Bookmarks, "extensions") })
		e.Add(x)
	}
	return e
}

// alike tells whether two bookmarks of before say the same.
func alike(a, b *xmpp.Element) bool {
	if a.Attr("name") != b.Attr("name") || autojoin(a) != autojoin(b) {
		return false
	}
	for _, local := range []string{"nick", "password"} {
		if a.ChildText(ns.StorageBookmark, local) != b.ChildText(ns.StorageBookmark, local) {
			return false
		}
	}
	x, y := a.Child(ns.Bookmarks, "extensions"), b.Child(ns.Bookmarks, "extensions")
	return x == nil || y != nil && x.String() == y.String()
}

// update is a bookmark whose writer has seen a list: what the writer has not changed since then is as it is now.
func (b *Bookmarks) update(c *xmpp.Element, seen sightings, id string, now *xmpp.Element) *xmpp.Element {
	base, ok := seen[b.hash(id)]
	if !ok {
		return c
	}
	e := &xmpp.Element{Name: c.Name, Attrs: slices.Clone(c.Attrs), Nodes: c.Nodes}
	if b.hash(c.Attr("name")) == base.name {
		e.Set("name", now.Attr("name"))
	}
	if autojoin(c) == base.autojoin {
		e.Set("autojoin", now.Attr("autojoin"))
	}
	return e
}

// take makes the bookmarks equal to a list in the form of before; what has not changed is left alone (XEP-0402 § 5.3.2).
// seen is what the writer has read; hides tells whether a group that is not in the list is hidden.
func (b *Bookmarks) take(ctx context.Context, owner xmpp.JID, list *xmpp.Element, seen sightings,
	hides func(id string) bool) error {
	pages := xmpp.El(ns.StorageBookmark, "storage")
	for c := range list.Elements() {
		if c.Is(ns.StorageBookmark, "url") {
			pages.Add(c)
		}
	}
	if err := b.bounds(owner).fitPages(pages); err != nil {
		return err
	}
	b.hold(owner, 1)
	defer b.repeatLegacy(owner)
	defer b.hold(owner, -1)
	items, err := b.PubSub.Items(ctx, owner, ns.Bookmarks)
	if err != nil {
		return err
	}
	gone := map[string][]byte{}
	for i := range items {
		gone[items[i].ID] = items[i].Payload
	}
	done := map[string]bool{}
	for c := range list.Elements() {
		room, err := xmpp.ParseJID(c.Attr("jid"))
		room = room.Bare() // some write the room with the nickname to use
		if !c.Is(ns.StorageBookmark, "conference") || err != nil || done[room.String()] {
			continue
		}
		id := room.String()
		done[id] = true
		have, _ := conference(gone[id])
		delete(gone, id)
		if have != nil {
			now := old(id, have)
			if c = b.update(c, seen, id, now); alike(c, now) {
				continue
			}
		}
		it := storage.Item{ID: id, Publisher: owner, Payload: renew(c, have).Append(nil, "")}
		if it, err = b.Publish(ctx, owner, it); err != nil {
			return err
		}
		if err := b.PubSub.Publish(ctx, owner, ns.Bookmarks, it, settings); err != nil {
			return err
		}
	}
	for i := range items { // in their order
		if _, ok := gone[items[i].ID]; ok {
			if err := b.drop(ctx, owner, items[i].ID, hides); err != nil {
				return err
			}
		}
	}
	return b.keepPages(ctx, owner, pages)
}

// drop takes out a bookmark that a list does not have any more.
func (b *Bookmarks) drop(ctx context.Context, owner xmpp.JID, id string, hides func(string) bool) error {
	instead, err := b.Retract(ctx, owner, id)
	if err != nil {
		return err
	}
	if instead == nil {
		err := b.PubSub.Retract(ctx, owner, ns.Bookmarks, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	}
	if !hides(id) {
		return nil
	}
	instead.Publisher = owner
	return b.PubSub.Publish(ctx, owner, ns.Bookmarks, *instead, settings)
}

// fitPages refuses more pages than there may be bookmarks of rooms, or larger ones.
func (c *Config) fitPages(pages *xmpp.Element) error {
	n := 0
	for page := range pages.Elements() {
		if n++; n > c.Bookmarks {
			return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("An account may have %d bookmarks of pages.", c.Bookmarks))
		}
		if size := len(page.Append(nil, "")); size > c.BookmarkBytes {
			return xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A bookmark may have %d bytes; this one has %d.", c.BookmarkBytes, size))
		}
	}
	return nil
}

func (b *Bookmarks) keepPages(ctx context.Context, owner xmpp.JID, pages *xmpp.Element) error {
	if len(pages.Nodes) == 0 {
		return b.Docs.DeleteDoc(ctx, owner, space, urls)
	}
	return b.Docs.PutDoc(ctx, owner, space, urls, pages.Append(nil, ""))
}

// hold keeps the announcement of the list back while it is being changed in many steps.
func (b *Bookmarks) hold(owner xmpp.JID, d int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy[owner] += d; b.busy[owner] == 0 {
		delete(b.busy, owner)
	}
}

// changed follows the node of bookmarks: clients that know only the old list are told (XEP-0411 § 3), and who does not
// want to join a group any more that lets its members leave has left it.
func (b *Bookmarks) changed(c pubsub.Change) {
	b.repeatLegacy(c.Owner)
	if c.Published == nil {
		return
	}
	g, ok := b.group(c.Owner, c.Published.ID)
	if e, err := conference(c.Published.Payload); !ok || !g.MayLeave || err != nil || autojoin(e) {
		return
	}
	b.quietly("group not left", c.Owner, func(ctx context.Context) error { return b.groups.Leave(ctx, c.Owner, g.Room) })
}

// repeatLegacy is announceLegacy for what a client has changed.
func (b *Bookmarks) repeatLegacy(owner xmpp.JID) {
	b.quietly("bookmarks not announced", owner, func(ctx context.Context) error { return b.announceLegacy(ctx, owner) })
}

// announceLegacy tells clients that know only the old list what is in it.
func (b *Bookmarks) announceLegacy(ctx context.Context, owner xmpp.JID) error {
	b.mu.Lock()
	busy := b.busy[owner] > 0
	b.mu.Unlock()
	if busy || !b.PubSub.Listening(owner, ns.StorageBookmark) {
		return nil
	}
	e, err := b.list(ctx, owner)
	if err != nil {
		return err
	}
	return b.PubSub.Announce(ctx, owner, ns.StorageBookmark, storage.Item{ID: current, Payload: e.Append(nil, "")})
}
