package privatestorage

import (
	"context"
	"maps"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes the documents of an account (XEP-0227 § 4.6). Bookmarks of that time become those of today (XEP-0402).
func (p *Private) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{p: p, account: account.Bare(), dry: dry, tell: tell, rooms: map[string]bool{}}
}

type intake struct {
	p       *Private
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
	lists   []*xmpp.Element // of bookmarks: those that are items of a node say more, and come first
	rooms   map[string]bool // of these
}

const kind = "private documents"

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	if items := e.Child(ns.PubSub, "items"); items != nil && items.Attr("node") == ns.Bookmarks {
		for item := range items.Elements() {
			x.rooms[item.Attr("id")] = true
		}
	}
	if !e.Is(ns.Private, "query") {
		return false, nil
	}
	for doc := range e.Elements() {
		if doc.Is(ns.StorageBookmark, "storage") {
			x.lists = append(x.lists, doc)
			continue
		}
		if err := x.document(ctx, doc); err != nil {
			return true, err
		}
	}
	return true, nil
}

func (x *intake) document(ctx context.Context, doc *xmpp.Element) error {
	if doc.Space == "" || len(name(doc)) > maxName {
		x.tell(kind, pie.Refused, "a document has no name of its own, or one that is too long")
		return nil
	}
	have, err := x.p.docs.ListDocs(ctx, x.account, space)
	if err != nil {
		return err
	}
	data := doc.Append(nil, "")
	switch _, there := have[name(doc)]; {
	case there:
		x.tell(kind, pie.Kept, "")
		return nil
	case len(data) > x.p.config.Of(x.account.Domain()).DocumentBytes:
		x.tell(kind, pie.Refused, "a document is too long")
		return nil
	case len(have) >= x.p.config.Of(x.account.Domain()).Documents:
		x.tell(kind, pie.Refused, "the account has too many documents")
		return nil
	}
	x.tell(kind, pie.Added, "")
	if x.dry {
		return nil
	}
	return x.p.docs.PutDocs(ctx, x.account, space, map[string][]byte{name(doc): data})
}

// bookmarks adds those of rooms that the account has no bookmark of.
func (x *intake) bookmarks(ctx context.Context, list *xmpp.Element) error {
	const kind = "bookmarks"
	have, err := x.p.bookmarks.Storage(ctx, nil, x.account)
	if err != nil {
		return err
	}
	rooms, added := maps.Clone(x.rooms), 0
	for c := range have.Elements() {
		rooms[c.Attr("jid")+c.Attr("url")] = true // pages of the web have the second
	}
	for c := range list.Elements() {
		j, err := xmpp.ParseJID(c.Attr("jid"))
		switch {
		case c.Is(ns.StorageBookmark, "url"):
			if !rooms[c.Attr("url")] {
				have.Add(c)
				added++
			}
		case !c.Is(ns.StorageBookmark, "conference"):
			x.tell(kind, pie.Refused, "a bookmark is none")
		case err != nil:
			x.tell(kind, pie.Refused, "a bookmark has an address that is none")
		case rooms[j.Bare().String()]:
			x.tell(kind, pie.Kept, "")
		default:
			rooms[j.Bare().String()] = true
			have.Add(c)
			added++
			x.tell(kind, pie.Added, "")
		}
	}
	if x.dry || added == 0 {
		return nil
	}
	return x.p.bookmarks.SetStorage(ctx, nil, x.account, have)
}

// End takes the bookmarks.
func (x *intake) End(ctx context.Context) error {
	for _, list := range x.lists {
		if err := x.bookmarks(ctx, list); err != nil {
			return err
		}
	}
	return nil
}
