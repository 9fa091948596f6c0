package groups

import (
	"context"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// fragile is a store of which one write fails: before it is done, or after it as when the answer is lost.
type fragile struct {
	storage.Store
	left int             // writes until then; negative: none fails
	late bool            // after
	kill func()          // called then; nil: the process lives on
	seen map[string]bool // writes that have failed, by name
}

var errBroken = errors.New("the disk is gone")

func (f *fragile) write(name string, do func() error) error {
	if f.left != 0 {
		f.left--
		return do()
	}
	f.left, f.seen[name] = -1, true
	if f.kill != nil {
		f.kill()
	}
	if f.late {
		if err := do(); err != nil {
			return err
		}
	}
	return errBroken
}

func (f *fragile) SetAliasRoom(ctx context.Context, alias, room xmpp.JID) error {
	return f.write("SetAliasRoom", func() error { return f.Store.SetAliasRoom(context.WithoutCancel(ctx), alias, room) })
}

func (f *fragile) DropAlias(ctx context.Context, j xmpp.JID) error {
	return f.write("DropAlias", func() error { return f.Store.DropAlias(context.WithoutCancel(ctx), j) })
}

func (f *fragile) ClearDirty(ctx context.Context, row storage.DirtyRow) error {
	return f.write("ClearDirty", func() error { return f.Store.ClearDirty(context.WithoutCancel(ctx), row) })
}

func (f *fragile) PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error {
	return f.write("PutDocs "+space, func() error { return f.Store.PutDocs(context.WithoutCancel(ctx), owner, space, docs) })
}

func (f *fragile) Erase(ctx context.Context, owner xmpp.JID) error {
	return f.write("Erase", func() error { return f.Store.Erase(context.WithoutCancel(ctx), owner) })
}

// roomStore is an interface with a method of its own name.
type roomStore = storage.Rooms

// fragileRooms are its rooms.
type fragileRooms struct {
	roomStore
	f *fragile
}

func (r fragileRooms) PutRoom(ctx context.Context, room storage.Room, delta ...storage.Affiliation) error {
	return r.f.write("PutRoom", func() error { return r.roomStore.PutRoom(context.WithoutCancel(ctx), room, delta...) })
}

func (r fragileRooms) DeleteRoom(ctx context.Context, j xmpp.JID) error {
	return r.f.write("DeleteRoom", func() error { return r.roomStore.DeleteRoom(context.WithoutCancel(ctx), j) })
}

func (r fragileRooms) SetAffiliations(ctx context.Context, room xmpp.JID, delta []storage.Affiliation) error {
	return r.f.write("SetAffiliations", func() error { return r.roomStore.SetAffiliations(context.WithoutCancel(ctx), room, delta) })
}
