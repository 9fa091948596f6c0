package groups

import (
	"context"
	"testing"

	"myna/muc"
	"myna/storage"
	"myna/xmpp"
)

// meddling is a store in which somebody makes a room just before its address is reserved for a group.
type meddling struct {
	Store
	make func()
}

func (m *meddling) PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error {
	if make := m.make; space == spaceRooms && make != nil {
		m.make = nil
		make()
	}
	return m.Store.PutDocs(ctx, owner, space, docs)
}

// A room that somebody makes in the moment in which a group is given an address is not taken over by the group: that gets another one.
func TestClaimMeanwhile(t *testing.T) {
	w := newTown(t, 1)
	al := storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), Targets: []string{"a@example.com"}}
	w.folk = []storage.Account{{JID: jid("a@example.com"), Created: w.now.UTC()}}
	w.check(w.store.PutAlias(w.ctx, al))
	first := jid("sales@groups.example.com")
	w.service.Store = &meddling{w.service.Store, func() { w.check(w.rooms.EnsureRoom(w.ctx, muc.Spec{JID: first, Name: "Mine"})) }}
	if _, ok := w.service.pass(w.ctx); !ok {
		t.Fatal("not up to date")
	}
	al, err := w.store.Alias(w.ctx, al.JID)
	if err != nil || al.Room.String() != "sales-2@groups.example.com" {
		t.Errorf("the group is %s, %v", al.Room, err)
	}
	if rec, err := w.store.Rooms().Room(w.ctx, first); err != nil || !rec.Group.IsZero() || rec.Config["roomname"] != "Mine" {
		t.Errorf("the room is %v, %v", rec, err)
	}
	if claimed, err := w.service.Claimed(w.ctx, first); claimed || err != nil {
		t.Errorf("it is claimed: %t, %v", claimed, err)
	}
}
