package privatestorage

import (
	"context"
	"fmt"
	"slices"

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
	list    []*xmpp.Element // bookmarks: those that are items of a node of today say more, and come first
	rooms   map[string]bool // of these
}

const kind = "private documents"

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	if items := e.Child(ns.PubSub, "items"); items != nil {
		return x.items(items), nil
	}
	if !e.Is(ns.Private, "query") {
		return false, nil
	}
	for doc := range e.Elements() {
		if doc.Is(ns.StorageBookmark, "storage") {
			x.list = slices.AppendSeq(x.list, doc.Elements())
			continue
		}
		if err := x.document(ctx, doc); err != nil {
			return true, err
		}
	}
	return true, nil
}

// items looks for bookmarks in items of nodes; it takes those that are a list of before (XEP-0048 § 3.1).
func (x *intake) items(items *xmpp.Element) (taken bool) {
	node := items.Attr("node")
	for item := range items.Elements() {
		switch node {
		case ns.Bookmarks:
			x.rooms[item.Attr("id")] = true
		case ns.StorageBookmark:
			x.list = slices.AppendSeq(x.list, item.Child(ns.StorageBookmark, "storage").Elements())
		}
	}
	return node == ns.StorageBookmark
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
	limits := x.p.config.Of(x.account.Domain())
	switch _, there := have[name(doc)]; {
	case there:
		x.tell(kind, pie.Kept, "")
		return nil
	case len(data) > limits.DocumentBytes:
		x.tell(kind, pie.Refused, fmt.Sprintf("a document may have %d bytes; this one has %d", limits.DocumentBytes, len(data)))
		return nil
	case len(have) >= limits.Documents:
		x.tell(kind, pie.Refused, fmt.Sprintf("an account may have %d documents", limits.Documents))
		return nil
	}
	x.tell(kind, pie.Added, "")
	if x.dry {
		return nil
	}
	return x.p.docs.PutDocs(ctx, x.account, space, map[string][]byte{name(doc): data})
}

// End adds the bookmarks of rooms that the account has none of.
func (x *intake) End(ctx context.Context) error {
	const kind = "bookmarks"
	list := slices.DeleteFunc(x.list, func(c *xmpp.Element) bool {
		j, err := xmpp.ParseJID(c.Attr("jid"))
		known := err == nil && x.rooms[j.Bare().String()]
		if known {
			x.tell(kind, pie.Kept, "")
		}
		return known
	})
	if len(list) == 0 {
		return nil
	}
	return x.p.bookmarks.Add(ctx, x.account, list, x.dry, func(added bool, refused error) {
		switch {
		case refused != nil:
			x.tell(kind, pie.Refused, pie.Why(refused))
		case added:
			x.tell(kind, pie.Added, "")
		default:
			x.tell(kind, pie.Kept, "")
		}
	})
}
