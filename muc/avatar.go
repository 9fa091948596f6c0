package muc

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/picture"
)

// Where the avatar of a room is kept: the document, and its hash among the configuration.
const (
	docSpace  = storage.SpaceRoom
	docVCard  = "vcard"
	avatarKey = "x-avatar"
)

// vcard answers requests for the room's vCard, which holds its avatar (XEP-0486).
func (r *room) vcard(q *request) (*xmpp.Element, error) {
	var aff Affiliation
	var lasting, closed, group bool
	r.do(func() {
		aff, lasting = r.affiliation(q.From.Bare()), r.conf.Persistent && !r.locked
		closed, group = r.closedTo(q.From), !r.group.IsZero()
	})
	switch {
	case r.s.Docs == nil || !lasting:
		return nil, r.refuse(stanza.ServiceUnavailable, "")
	case q.Type == xmpp.TypeGet && closed:
		return nil, r.refuse(stanza.Forbidden, "Only members see this.")
	case q.Type == xmpp.TypeGet:
		return r.readVCard()
	case aff == Owner, group && aff == Admin:
		return nil, r.writeVCard(q.payload)
	}
	return nil, r.refuse(stanza.Forbidden, "You may not change the picture of this room.") // XEP-0486 § 3.2
}

// card is that of the service itself (XEP-0054 § 3.1), which has a name and no picture.
func card(context.Context, *hook.Request) (*xmpp.Element, error) {
	return xmpp.El(ns.VCard, "vCard", xmpp.El(ns.VCard, "FN").AddText(serviceName)), nil
}

func (r *room) readVCard() (*xmpp.Element, error) {
	b, err := r.s.Docs.Doc(r.s.ctx, r.jid, docSpace, docVCard)
	if errors.Is(err, storage.ErrNotFound) {
		return xmpp.El(ns.VCard, "vCard"), nil
	}
	if err != nil {
		return nil, err
	}
	return xmpp.ParseElement(b, ns.VCard)
}

// writeVCard keeps the pictures, or removes them, and tells everybody by status 104.
func (r *room) writeVCard(e *xmpp.Element) error {
	list, err := r.photos(e)
	if err != nil {
		return err
	}
	return r.changing(func() error { return r.keepPhotos(r.s.ctx, list) })
}

// SetAvatar gives a room a picture, or takes it away: an empty one. Occupants are told (status 104).
func (s *Service) SetAvatar(ctx context.Context, room xmpp.JID, image []byte) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	var list []photo
	if len(image) > 0 {
		list = append(list, photo{picture.Type(image), image})
	}
	return r.changing(func() error { return r.keepPhotos(ctx, list) })
}

// photo is one form of the picture of a room.
type photo struct {
	typ  string
	data []byte
}

// keepPhotos writes the picture of a room, or takes it away. r.change is held.
func (r *room) keepPhotos(ctx context.Context, list []photo) error {
	before, err := r.s.Docs.Doc(ctx, r.jid, docSpace, docVCard)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	var hashes []string
	var card []byte
	if len(list) > 0 {
		e := xmpp.El(ns.VCard, "vCard")
		for _, p := range list {
			sum := sha1.Sum(p.data)
			hashes = append(hashes, hex.EncodeToString(sum[:])) // XEP-0153 § 3.1
			e.Add(xmpp.El(ns.VCard, "PHOTO", xmpp.El(ns.VCard, "TYPE").AddText(p.typ),
				xmpp.El(ns.VCard, "BINVAL").AddText(base64.StdEncoding.EncodeToString(p.data))))
		}
		card = e.Append(nil, "")
	}
	if err := r.putVCard(ctx, card); err != nil {
		return err
	}
	var next settings
	r.do(func() {
		next = r.conf
		next.rest = maps.Clone(next.rest)
	})
	if delete(next.rest, avatarKey); len(hashes) > 0 {
		next.rest[avatarKey] = strings.Join(hashes, " ")
	}
	if err := r.configure(ctx, next); err != nil { // the hashes are still those of the picture before
		return errors.Join(err, r.putVCard(context.WithoutCancel(ctx), before))
	}
	return nil
}

// putVCard writes the card, or removes it.
func (r *room) putVCard(ctx context.Context, card []byte) error {
	if len(card) == 0 {
		return r.s.Docs.DeleteDoc(ctx, r.jid, docSpace, docVCard)
	}
	return r.s.Docs.PutDoc(ctx, r.jid, docSpace, docVCard, card)
}

// maxPhotos is in how many forms a room may have its picture.
const maxPhotos = 4

// photos checks the picture of a card, which may come in several forms (XEP-0486 § 5.1); none is no picture. Drawings come last:
// clients that look at the first form only show the others.
func (r *room) photos(card *xmpp.Element) (list []photo, err error) {
	size := 0
	for e := range card.Elements() {
		if !e.Is(ns.VCard, "PHOTO") {
			continue
		}
		value := strings.Join(strings.Fields(e.ChildText(ns.VCard, "BINVAL")), "")
		if value == "" {
			continue
		}
		most := r.config().PictureBytes
		if size += len(value); size > base64.StdEncoding.EncodedLen(most) || len(list) == maxPhotos {
			return nil, r.refuse(stanza.PolicyViolation, "The picture is too large: "+itoa(most)+" bytes at most, in "+itoa(maxPhotos)+" forms at most.")
		}
		data, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, r.refuse(stanza.BadRequest, "The picture cannot be read.")
		}
		p := photo{picture.Type(data), data} // XEP-0153 § 5: the type is a hint, the image decides
		if p.typ == "" && picture.IsSVG(data) {
			p.typ = picture.SVG
		}
		if p.typ == "" { // XEP-0486 § 4
			return nil, r.refuse(stanza.NotAcceptable, "A picture is PNG, JPEG, GIF, WebP, or SVG that is nothing but a picture.")
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b photo) int { return rankOf(a.typ) - rankOf(b.typ) })
	return list, nil
}

func rankOf(typ string) int {
	if typ == picture.SVG {
		return 1
	}
	return 0
}

// closedTo tells whether the room is none of somebody's business: it is for members, and hidden. r.mu is held.
func (r *room) closedTo(full xmpp.JID) bool {
	return r.conf.MembersOnly && !r.conf.Public && r.affiliation(full.Bare()) < Member && r.seats[full] == nil
}
