package muc

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"strings"

	"mellium.im/xmpp/stanza"

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

// writeVCard keeps the picture, or removes it, and tells everybody by status 104.
func (r *room) writeVCard(e *xmpp.Element) error {
	data, err := r.photo(e.Child(ns.VCard, "PHOTO"))
	if err != nil {
		return err
	}
	return r.changing(func() error { return r.keepPhoto(r.s.ctx, data) })
}

// SetAvatar gives a room a picture, or takes it away: an empty one. Occupants are told (status 104).
func (s *Service) SetAvatar(ctx context.Context, room xmpp.JID, image []byte) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	return r.changing(func() error { return r.keepPhoto(ctx, image) })
}

// keepPhoto writes a picture. r.change is held.
func (r *room) keepPhoto(ctx context.Context, data []byte) (err error) {
	hash := ""
	if len(data) == 0 {
		err = r.s.Docs.DeleteDoc(ctx, r.jid, docSpace, docVCard)
	} else {
		sum := sha1.Sum(data)
		hash = hex.EncodeToString(sum[:]) // XEP-0153 § 3.1
		photo := xmpp.El(ns.VCard, "PHOTO", xmpp.El(ns.VCard, "TYPE").AddText(picture.Type(data)),
			xmpp.El(ns.VCard, "BINVAL").AddText(base64.StdEncoding.EncodeToString(data)))
		err = r.s.Docs.PutDoc(ctx, r.jid, docSpace, docVCard, xmpp.El(ns.VCard, "vCard", photo).Append(nil, ""))
	}
	if err != nil {
		return err
	}
	var next settings
	r.do(func() {
		next = r.conf
		next.rest = maps.Clone(next.rest)
	})
	if delete(next.rest, avatarKey); hash != "" {
		next.rest[avatarKey] = hash
	}
	return r.configure(ctx, next)
}

// photo checks a picture and returns it; nil for none.
func (r *room) photo(e *xmpp.Element) ([]byte, error) {
	value := strings.Join(strings.Fields(e.ChildText(ns.VCard, "BINVAL")), "")
	if value == "" {
		return nil, nil
	}
	if most := r.config().PictureBytes; len(value) > base64.StdEncoding.EncodedLen(most) {
		return nil, r.refuse(stanza.PolicyViolation, "The picture is too large: "+itoa(most)+" bytes at most.")
	}
	data, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, r.refuse(stanza.BadRequest, "The picture cannot be read.")
	}
	if picture.Type(data) == "" { // XEP-0153 § 5: the type is a hint, the image decides
		return nil, r.refuse(stanza.NotAcceptable, "A picture is PNG, JPEG, GIF or WebP.")
	}
	return data, nil
}

// closedTo tells whether the room is none of somebody's business: it is for members, and hidden. r.mu is held.
func (r *room) closedTo(full xmpp.JID) bool {
	return r.conf.MembersOnly && !r.conf.Public && r.affiliation(full.Bare()) < Member && r.seats[full] == nil
}
