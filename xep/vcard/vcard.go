// Package vcard keeps the cards on which people say who they are (XEP-0054). The photo of a card and the avatar of the
// account (XEP-0084) are one thing (XEP-0398): it is kept as avatar, put into the card when somebody reads it, and its
// hash stands in the presence of the account (XEP-0153).
package vcard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// conversion is the feature by which clients know that they need to keep one avatar only (XEP-0398 § 2).
const conversion = "urn:xmpp:pep-vcard-conversion:0"

// space and key are where a card is kept, without its photo.
const space, key = "vcard", "vcard"

// Options are what the module is made of.
type Options struct {
	Config *config.Options[Config]
	Docs   storage.Docs
	PubSub *pubsub.Service
	// Visible tells whether somebody may read the card of an account, whether it exists or not: people of its domain,
	// services of this server, and who sees its presence.
	Visible func(owner, asker xmpp.JID) bool
	// Name is the display name that the administrator has given an account; "" for none.
	Name   func(account xmpp.JID) string
	Logger *slog.Logger
}

// VCard is the module.
type VCard struct {
	Options
	hashes hashes
}

// New returns the module; it follows the avatars of accounts.
func New(o Options) *VCard {
	v := &VCard{Options: o}
	o.PubSub.OnPublish(ns.AvatarMeta, v.avatarChanged)
	return v
}

// Register names what it does.
func (v *VCard) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0054", Version: "1.3.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0084", Version: "1.1.4", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0153", Version: "1.1.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0398", Version: "1.0.0", Status: hook.Complete})
	r.Feature(hook.Server, ns.VCard)
	r.Feature(hook.Account, ns.VCard, conversion)
	r.PublicIQ(xmpp.TypeGet, ns.VCard, "vCard", v.read)
	r.IQ(hook.Account, xmpp.TypeSet, ns.VCard, "vCard", v.write)
	r.Sent(hook.Screen, v.stamp)
}

// read answers with a card (§ 3.1, § 3.3).
func (v *VCard) read(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	own := q.Own()
	if !own && !v.Visible(q.Owner, q.From.Bare()) {
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "") // § 3.3: as if there were no account
	}
	card, err := v.card(ctx, q.Owner)
	if err != nil {
		return nil, err
	}
	photo, err := v.photo(ctx, q.Owner, q.From)
	if err != nil {
		return nil, err
	}
	card.Add(photo)
	if len(card.Nodes) == 0 {
		if own {
			return nil, xmpp.Refuse(stanza.ItemNotFound, "") // § 3.1
		}
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "") // § 3.3
	}
	return card, nil
}

// card is what an account has stored, or what the server knows of it.
func (v *VCard) card(ctx context.Context, owner xmpp.JID) (*xmpp.Element, error) {
	data, err := v.Docs.Doc(ctx, owner, space, key)
	if err == nil {
		return xmpp.ParseElement(data, "")
	}
	if !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	card := xmpp.El(ns.VCard, "vCard")
	if name := v.Name(owner); name != "" {
		card.Add(xmpp.El(ns.VCard, "FN").AddText(name))
	}
	return card, nil
}

// write keeps the account's own card (§ 3.2).
func (v *VCard) write(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	card := q.Payload
	photo := card.Child(ns.VCard, "PHOTO")
	card.Nodes = slices.DeleteFunc(card.Nodes, func(n xmpp.Node) bool { return n.Elem.Is(ns.VCard, "PHOTO") })
	data := card.Append(nil, "")
	if most := v.Config.Of(q.Owner.Domain()).CardBytes; len(data) > most {
		return nil, xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("A card may have %d bytes beside its picture; this one has %d.", most, len(data)))
	}
	if photo != nil {
		if err := v.setPhoto(ctx, q.From, photo); err != nil {
			return nil, err
		}
	}
	return nil, v.Docs.PutDoc(ctx, q.Owner, space, key, data)
}
