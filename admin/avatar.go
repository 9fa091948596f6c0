package admin

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/picture"
)

// checkPicture checks one that may have so many bytes.
func checkPicture(data []byte, most int) error {
	switch {
	case len(data) > most:
		return refuse(Invalid, "picture-too-large", "the picture has %d bytes; %d are possible", len(data), most)
	case len(data) > 0 && picture.Type(data) == "":
		return refuse(Invalid, "picture-wrong", "the picture is no PNG, JPEG, GIF or WebP image")
	}
	return nil
}

// avatar is the picture of an alias; zero for none.
func (a *Admin) avatar(ctx context.Context, al *storage.Alias) (v storage.AliasAvatar, err error) {
	b, err := a.Store.Doc(ctx, al.JID.DomainJID(), storage.SpaceAliasAvatar, avatarKey(al))
	if errors.Is(err, storage.ErrNotFound) {
		return v, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	return v, stored(err, "read picture of alias", al.JID.String())
}

// Picture is the picture of an alias.
type Picture struct {
	Type string // as a media type
	Data []byte
}

// AliasPicture returns the picture of an alias.
func (a *Admin) AliasPicture(ctx context.Context, who Actor, r Identified) (Picture, error) {
	al, err := a.alias(ctx, who, r.Address, true)
	if err != nil {
		return Picture{}, err
	}
	v, err := a.avatar(ctx, &al)
	if err != nil {
		return Picture{}, err
	}
	data, err := a.Store.Doc(ctx, al.JID.DomainJID(), storage.SpaceAliasImage, avatarKey(&al))
	if v.Hash == "" || errors.Is(err, storage.ErrNotFound) {
		return Picture{}, refuse(NotFound, "no-picture", "%s has no picture", al.JID)
	}
	return Picture{v.Type, data}, stored(err, "read picture of alias", al.JID.String())
}

func avatarKey(al *storage.Alias) string { return strconv.FormatInt(al.Created.UnixMicro(), 10) }

// putAvatar writes the picture of an alias, an empty one for none. It tells whether that is another one than before.
func (a *Admin) putAvatar(ctx context.Context, who Actor, al *storage.Alias, data []byte) (changed bool, err error) {
	before, err := a.avatar(ctx, al)
	if err != nil {
		return false, err
	}
	after := storage.AliasAvatar{}
	if len(data) > 0 {
		sum := sha1.Sum(data)
		after = storage.AliasAvatar{Hash: hex.EncodeToString(sum[:]), Type: picture.Type(data)}
	}
	if before == after {
		return false, nil
	}
	owner, key := al.JID.DomainJID(), avatarKey(al)
	if after.Hash == "" {
		err = a.dropAvatar(ctx, owner, key)
	} else if err = a.Store.PutDoc(ctx, owner, storage.SpaceAliasImage, key, data); err == nil { // first: what is said of it is true
		b, _ := json.Marshal(after) // strings only
		err = a.Store.PutDoc(ctx, owner, storage.SpaceAliasAvatar, key, b)
	}
	if err != nil {
		return false, stored(err, "write picture of alias", al.JID.String())
	}
	a.audit(ctx, who, "alias.avatar", al.JID, before, after)
	return true, nil
}

func (a *Admin) dropAvatar(ctx context.Context, owner xmpp.JID, key string) error {
	return errors.Join(a.Store.DeleteDoc(ctx, owner, storage.SpaceAliasAvatar, key), a.Store.DeleteDoc(ctx, owner, storage.SpaceAliasImage, key))
}
