package vcard

import (
	"context"
	"errors"
	"slices"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes the card of an account (XEP-0227 § 4.7). Its photo becomes the avatar unless there is one (XEP-0398).
func (v *VCard) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{v: v, account: account.Bare(), dry: dry, tell: tell}
}

type intake struct {
	v       *VCard
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
	card    *xmpp.Element // until End: an avatar that is an item of a node says more, and comes first
	has     bool          // such an avatar
}

// Take takes an element of a user.
func (x *intake) Take(_ context.Context, e *xmpp.Element) (bool, error) {
	if items := e.Child(ns.PubSub, "items"); items != nil && items.Attr("node") == ns.AvatarMeta {
		x.has = x.has || len(items.Nodes) > 0
	}
	if !e.Is(ns.VCard, "vCard") {
		return false, nil
	}
	x.card = e
	return true, nil
}

// End keeps the card.
func (x *intake) End(ctx context.Context) error {
	if x.card == nil || len(x.card.Nodes) == 0 {
		return nil
	}
	if err := x.photo(ctx); err != nil {
		return err
	}
	const kind = "cards"
	_, err := x.v.Docs.Doc(ctx, x.account, space, key)
	data := x.card.Append(nil, "")
	switch {
	case err == nil:
		x.tell(kind, pie.Kept, "")
		return nil
	case !errors.Is(err, storage.ErrNotFound):
		return err
	case len(data) > x.v.Config.Of(x.account.Domain()).CardBytes:
		x.tell(kind, pie.Refused, "a card is too long")
		return nil
	}
	x.tell(kind, pie.Added, "")
	if x.dry {
		return nil
	}
	return x.v.Docs.PutDoc(ctx, x.account, space, key, data)
}

// photo takes the photo out of the card.
func (x *intake) photo(ctx context.Context) error {
	photo := x.card.Child(ns.VCard, "PHOTO")
	x.card.Nodes = slices.DeleteFunc(x.card.Nodes, func(n xmpp.Node) bool { return n.Elem.Is(ns.VCard, "PHOTO") })
	if photo == nil || photo.ChildText(ns.VCard, "BINVAL") == "" {
		return nil
	}
	const kind = "photos"
	_, there, err := x.v.avatar(ctx, x.account) // without an image it was taken away
	switch {
	case err != nil:
		return err
	case there || x.has:
		x.tell(kind, pie.Kept, "")
		return nil
	case x.dry:
		x.tell(kind, pie.Added, "")
		return nil
	}
	err = x.v.setPhoto(ctx, x.account, photo)
	var refused *xmpp.Refusal
	if errors.As(err, &refused) {
		x.tell(kind, pie.Refused, "the photo of a card is no picture")
		return nil
	}
	x.tell(kind, pie.Added, "")
	return err
}
