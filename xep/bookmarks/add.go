package bookmarks

import (
	"context"
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Add adds bookmarks of before (XEP-0048) to those that an account has, each for itself: what cannot be kept does not keep others
// from it. tell is called with what becomes of each: added is false where the account has one of the room already, or with an
// *xmpp.Refusal. Another error ends it. With dry nothing is kept.
func (b *Bookmarks) Add(ctx context.Context, owner xmpp.JID, list []*xmpp.Element, dry bool, tell func(added bool, refused error)) error {
	b.hold(owner, 1)
	if !dry {
		defer b.repeatLegacy(owner)
	}
	defer b.hold(owner, -1)
	have, err := b.list(ctx, owner)
	if err != nil {
		return err
	}
	a := addition{b: b, owner: owner, dry: dry, there: map[string]bool{}, pages: xmpp.El(ns.StorageBookmark, "storage")}
	for c := range have.Elements() {
		a.there[c.Attr("jid")] = true
	}
	if err := a.readPages(ctx); err != nil {
		return err
	}
	for _, c := range list {
		added, err := a.add(ctx, c)
		var refused *xmpp.Refusal
		if err != nil && !errors.As(err, &refused) {
			return err
		}
		tell(added, err)
	}
	if dry || !a.more {
		return nil
	}
	return b.keepPages(ctx, owner, a.pages)
}

// addition is one call of Add.
type addition struct {
	b      *Bookmarks
	owner  xmpp.JID
	dry    bool
	there  map[string]bool // addresses of rooms and pages
	others int             // rooms that were added only for a try
	pages  *xmpp.Element
	more   bool // some of the pages are new
}

// readPages reads the bookmarks of web pages.
func (a *addition) readPages(ctx context.Context) error {
	data, err := a.b.Docs.Doc(ctx, a.owner, space, urls)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if e, err := xmpp.ParseElement(data, ""); err == nil {
		a.pages = e
	}
	for c := range a.pages.Elements() {
		a.there[c.Attr("url")] = true
	}
	return nil
}

// add adds one bookmark; its error is an *xmpp.Refusal where it cannot be kept.
func (a *addition) add(ctx context.Context, c *xmpp.Element) (added bool, err error) {
	if c.Is(ns.StorageBookmark, "url") {
		return a.page(c)
	}
	room, err := xmpp.ParseJID(c.Attr("jid"))
	switch id := room.Bare().String(); {
	case !c.Is(ns.StorageBookmark, "conference"):
		return false, xmpp.Refuse(stanza.BadRequest, "A bookmark is none.")
	case err != nil:
		return false, xmpp.Refuse(stanza.JIDMalformed, "A bookmark has an address that is none.")
	case a.there[id]:
		return false, nil
	default:
		it := storage.Item{ID: id, Publisher: a.owner, Payload: renew(c, nil).Append(nil, "")}
		if it, err = a.b.admit(ctx, a.owner, it, a.others); err != nil {
			return false, err
		}
		a.there[id] = true
		if a.dry {
			a.others++
			return true, nil
		}
		return true, a.b.PubSub.Publish(ctx, a.owner, ns.Bookmarks, it, settings)
	}
}

// page adds the bookmark of a web page (XEP-0048 § 2.2).
func (a *addition) page(c *xmpp.Element) (added bool, err error) {
	if a.there[c.Attr("url")] {
		return false, nil
	}
	next := xmpp.El(ns.StorageBookmark, "storage")
	next.Nodes = append(append(next.Nodes, a.pages.Nodes...), xmpp.Node{Elem: c})
	if err := a.b.bounds(a.owner).fitPages(next); err != nil {
		return false, err
	}
	a.pages, a.more, a.there[c.Attr("url")] = next, true, true
	return true, nil
}
