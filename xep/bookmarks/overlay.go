package bookmarks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// conference parses a stored bookmark.
func conference(payload []byte) (*xmpp.Element, error) {
	e, err := xmpp.ParseElement(payload, "")
	if err != nil {
		return nil, err
	}
	if !e.Is(ns.Bookmarks, "conference") {
		return nil, errors.New("parse bookmark: no conference")
	}
	return e, nil
}

// check checks what clients rely on in a bookmark (XEP-0402 § 2).
func check(e *xmpp.Element) error {
	if v, ok := e.LookupAttr("", "autojoin"); ok && !slices.Contains([]string{"true", "false", "1", "0"}, v) {
		return errors.New("check bookmark: autojoin is no boolean")
	}
	return nil
}

// autojoin tells whether clients shall join the room (XEP-0402 § 2).
func autojoin(e *xmpp.Element) bool { return e.Attr("autojoin") == "true" || e.Attr("autojoin") == "1" }

// merge is the bookmark of a group: what the user has said of it where he has, else what the group says. own is nil
// where he has said nothing; then join decides.
func merge(own *xmpp.Element, g Group, join bool) *xmpp.Element {
	e := own
	if e == nil {
		e = xmpp.El(ns.Bookmarks, "conference")
		if join {
			e.Set("autojoin", "true")
		} else {
			e.Set("autojoin", "false")
		}
	}
	if e.Attr("name") == "" && g.Name != "" {
		e.Set("name", g.Name)
	}
	if e.Child(ns.Bookmarks, "nick") == nil && g.Nick != "" {
		setChild(e, "nick", g.Nick)
	}
	return e
}

// strip takes out of a user's bookmark of a group what only repeats what the group says, so that it follows the group
// when that changes. A name that comes from the address is no name that the user has given (XEP-0402 § 2).
func strip(e *xmpp.Element, g Group) {
	// COMPAT(profanity 0.13, 2026): it writes the localpart of the room as the name of a room that it joins.
	if name := e.Attr("name"); name == g.Name || name == g.Room.Local() || name == g.Room.String() {
		e.Attrs = slices.DeleteFunc(e.Attrs, func(a xmpp.Attr) bool { return a.Space == "" && a.Local == "name" })
	}
	if e.ChildText(ns.Bookmarks, "nick") == g.Nick {
		setChild(e, "nick", "")
	}
}

// setChild sets the text of a child, in front of the others where it is new; "" takes it out.
func setChild(e *xmpp.Element, local, text string) {
	e.Nodes = slices.DeleteFunc(e.Nodes, func(n xmpp.Node) bool { return n.Elem.Is(ns.Bookmarks, local) })
	if text != "" {
		e.Nodes = slices.Insert(e.Nodes, 0, xmpp.Node{Elem: xmpp.El(ns.Bookmarks, local).AddText(text)})
	}
}

// Items lays the groups of an account over its stored bookmarks: the groups first, in the order in which they are named,
// then the user's own. It implements pubsub.Virtual, as those below do.
func (b *Bookmarks) Items(_ context.Context, owner xmpp.JID, stored []storage.Item) ([]storage.Item, error) {
	groups := b.groupsOf(owner)
	if len(groups) == 0 {
		return stored, nil
	}
	list := make([]storage.Item, 0, len(groups)+len(stored))
	taken := map[string]bool{}
	for _, g := range groups {
		it := storage.Item{ID: g.Room.String()}
		var own *xmpp.Element
		if i := slices.IndexFunc(stored, func(s storage.Item) bool { return s.ID == it.ID }); i >= 0 {
			it = stored[i]
			own, _ = conference(it.Payload) // what cannot be read counts as nothing
		}
		it.Payload = merge(own, g, true).Append(nil, "")
		list = append(list, it)
		taken[it.ID] = true
	}
	for _, it := range stored {
		if !taken[it.ID] {
			list = append(list, it)
		}
	}
	return list, nil
}

// Publish takes a bookmark that a client publishes (XEP-0402 § 3.3, § 3.4).
func (b *Bookmarks) Publish(ctx context.Context, owner xmpp.JID, it storage.Item) (storage.Item, error) {
	return b.admit(ctx, owner, it, 0)
}

// Import takes a bookmark that comes from another server: as one that is published.
func (b *Bookmarks) Import(ctx context.Context, owner xmpp.JID, it storage.Item) (storage.Item, error) {
	return b.admit(ctx, owner, it, 0)
}

// admit checks a bookmark that is to be kept after some others, and returns what is kept of it.
func (b *Bookmarks) admit(ctx context.Context, owner xmpp.JID, it storage.Item, others int) (storage.Item, error) {
	room, err := xmpp.ParseJID(it.ID)
	if err != nil || !room.IsBare() { // § 2
		return it, xmpp.Refuse(stanza.BadRequest, "A bookmark's id is the address of a room, without a nickname.")
	}
	e, err := conference(it.Payload)
	if err == nil {
		err = check(e)
	}
	if err != nil {
		return it, xmpp.Refuse(stanza.BadRequest, "A bookmark is a conference element, whose autojoin is true or false.").
			WithApp(xmpp.El(ns.PubSubErrors, "invalid-payload")) // XEP-0060 § 7.1.3.6
	}
	it.ID = room.String()
	if err := b.fits(ctx, owner, &it, others); err != nil {
		return it, err
	}
	if g, ok := b.group(owner, it.ID); ok {
		strip(e, g)
		it.Payload = e.Append(nil, "")
	}
	return it, nil
}

// fits tells whether an account may keep a bookmark, after some others that are to come before it. One that is there may be changed.
func (b *Bookmarks) fits(ctx context.Context, owner xmpp.JID, it *storage.Item, others int) error {
	bounds := b.bounds(owner)
	if len(it.Payload) > bounds.BookmarkBytes {
		return xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A bookmark may have %d bytes; this one has %d.", bounds.BookmarkBytes, len(it.Payload))).
			WithApp(xmpp.El(ns.PubSubErrors, "payload-too-big")) // XEP-0060 § 7.1.3.4
	}
	has, err := b.PubSub.Store.HasItem(ctx, owner, ns.Bookmarks, it.ID)
	if has || err != nil && !errors.Is(err, storage.ErrNotFound) { // the node is to be made
		return err
	}
	n, err := b.PubSub.Store.CountItems(ctx, owner, ns.Bookmarks)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if n+others >= bounds.Bookmarks {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("An account may have %d bookmarks.", bounds.Bookmarks))
	}
	return nil
}

// Retract hides a group that the user takes out; other bookmarks go.
func (b *Bookmarks) Retract(ctx context.Context, owner xmpp.JID, id string) (*storage.Item, error) {
	if _, ok := b.group(owner, id); !ok {
		return nil, nil
	}
	stored, err := b.PubSub.Stored(ctx, owner, ns.Bookmarks, id)
	if err != nil {
		return nil, err
	}
	it := storage.Item{ID: id}
	e := xmpp.El(ns.Bookmarks, "conference")
	if len(stored) > 0 {
		if own, err := conference(stored[0].Payload); err == nil {
			e = own
		}
	}
	it.Payload = e.Set("autojoin", "false").Append(nil, "")
	return &it, nil
}
