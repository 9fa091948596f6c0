package vcard

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/picture"
)

// avatar is what the metadata of an avatar say of the image that the node of data holds.
type avatar struct{ id, typ string }

// described reads metadata (XEP-0084 § 4.2): the image that is no link to elsewhere (XEP-0398 § 3.1); the zero avatar
// where none is.
func described(payload []byte) avatar {
	e, err := xmpp.ParseElement(payload, "")
	if err != nil || !e.Is(ns.AvatarMeta, "metadata") {
		return avatar{}
	}
	for i := range e.Elements() {
		id := strings.ToLower(i.Attr("id"))
		if raw, err := hex.DecodeString(id); !i.Is(ns.AvatarMeta, "info") || i.Attr("url") != "" || err != nil || len(raw) != sha1.Size {
			continue
		}
		return avatar{id, i.Attr("type")}
	}
	return avatar{}
}

// avatar returns the present avatar of an account; there tells whether it has metadata of one.
func (v *VCard) avatar(ctx context.Context, owner xmpp.JID) (a avatar, there bool, err error) {
	list, err := v.PubSub.Stored(ctx, owner, ns.AvatarMeta)
	if err != nil || len(list) == 0 {
		return avatar{}, false, err
	}
	return described(list[len(list)-1].Payload), true, nil
}

// photo is the avatar as a card has it, for somebody who may see it (XEP-0398 § 5.2); nil where there is none.
func (v *VCard) photo(ctx context.Context, owner, asker xmpp.JID) (*xmpp.Element, error) {
	for _, node := range []string{ns.AvatarMeta, ns.AvatarData} {
		if ok, err := v.PubSub.MayRead(ctx, owner, node, asker); err != nil || !ok {
			return nil, err
		}
	}
	a, _, err := v.avatar(ctx, owner)
	if err != nil || a == (avatar{}) {
		return nil, err
	}
	list, err := v.PubSub.Stored(ctx, owner, ns.AvatarData, a.id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	e, err := xmpp.ParseElement(list[0].Payload, "")
	if err != nil {
		return nil, nil
	}
	image, err := image(e.Text())
	if err != nil || len(image) == 0 || hash(image) != a.id { // XEP-0398 § 3.1
		return nil, nil
	}
	p := xmpp.El(ns.VCard, "PHOTO")
	if a.typ != "" {
		p.Add(xmpp.El(ns.VCard, "TYPE").AddText(a.typ))
	}
	return p.Add(xmpp.El(ns.VCard, "BINVAL").AddText(base64.StdEncoding.EncodeToString(image))), nil
}

// image decodes what may be broken into lines (XEP-0153 § 4.6).
func image(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, text))
}

func hash(image []byte) string {
	sum := sha1.Sum(image)
	return hex.EncodeToString(sum[:])
}

// setPhoto publishes the photo of a card that its owner writes as the avatar (XEP-0398 § 3.2). An empty one takes the
// avatar away; one that is a link is nothing to us.
func (v *VCard) setPhoto(ctx context.Context, from xmpp.JID, photo *xmpp.Element) error {
	if photo.Child(ns.VCard, "EXTVAL") != nil {
		return nil
	}
	data, err := image(photo.ChildText(ns.VCard, "BINVAL"))
	if err != nil {
		return xmpp.Refuse(stanza.BadRequest, "The photo is not written in base64.")
	}
	have, _, err := v.avatar(ctx, from.Bare())
	if err != nil {
		return err
	}
	if len(data) == 0 {
		if have == (avatar{}) {
			return nil
		}
		meta := xmpp.El(ns.AvatarMeta, "metadata") // XEP-0084 § 3.5
		return v.publish(ctx, from, ns.AvatarMeta, xmpp.NewID(), meta)
	}
	id := hash(data)
	if have.id == id {
		return nil
	}
	typ := picture.Type(data)
	if typ == "" { // XEP-0153 § 5: the type is a hint, the image decides
		return xmpp.Refuse(stanza.NotAcceptable, "The photo is no PNG, JPEG, GIF or WebP image.")
	}
	e := xmpp.El(ns.AvatarData, "data").AddText(base64.StdEncoding.EncodeToString(data))
	if err := v.publish(ctx, from, ns.AvatarData, id, e); err != nil {
		return err
	}
	info := xmpp.El(ns.AvatarMeta, "info").Set("bytes", strconv.Itoa(len(data))).Set("id", id).Set("type", typ)
	return v.publish(ctx, from, ns.AvatarMeta, id, xmpp.El(ns.AvatarMeta, "metadata", info))
}

func (v *VCard) publish(ctx context.Context, from xmpp.JID, node, id string, e *xmpp.Element) error {
	it := storage.Item{ID: id, Publisher: from, Payload: e.Append(nil, "")}
	return v.PubSub.Publish(ctx, from.Bare(), node, it, pubsub.Settings{})
}
