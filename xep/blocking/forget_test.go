package blocking

import (
	"testing"

	"myna/config"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// Who gets the address of a deleted account has an empty list.
func TestForget(t *testing.T) {
	j, err := xmpp.ParseJID("gone@example.net")
	if err != nil {
		t.Fatal(err)
	}
	store := sqlite.Temp(t)
	b := New(config.NewOptions(DefaultConfig()), store, nil, nil)
	if _, _, err := b.lists.edit(t.Context(), j, func([]xmpp.JID) []xmpp.JID { return []xmpp.JID{j.DomainJID()} }); err != nil {
		t.Fatal(err)
	}
	if err := store.DeleteDoc(t.Context(), j, space, key); err != nil {
		t.Fatal(err)
	}
	if !b.Blocked(j, j.DomainJID()) {
		t.Fatal("the list is not in memory")
	}
	b.Forget(j)
	if b.Blocked(j, j.DomainJID()) {
		t.Error("the list of the account before is still there")
	}
}
