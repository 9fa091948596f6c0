package blocking

import (
	"errors"
	"fmt"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage/sqlite"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// nobody is told of anything.
type nobody struct{ t *testing.T }

func (n nobody) GoOffline(xmpp.JID, ...xmpp.JID) {
	n.t.Error("shown as offline to somebody who is not blocked")
}
func (n nobody) ComeOnline(xmpp.JID, ...xmpp.JID) {}

// A list that is full takes no more: all of a request is in force or nothing (XEP-0191 § 3.3).
func TestSurplus(t *testing.T) {
	b := New(config.NewOptions(DefaultConfig()), sqlite.Temp(t), nil, nobody{t})
	owner, err := xmpp.ParseJID("romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	var full []xmpp.JID
	for i := range DefaultConfig().MaxAddresses - 1 {
		j, err := xmpp.ParseJID(fmt.Sprintf("p%d@example.com", i))
		if err != nil {
			t.Fatal(err)
		}
		full = append(full, j)
	}
	if _, _, err := b.lists.edit(t.Context(), owner, func([]xmpp.JID) []xmpp.JID { return full }); err != nil {
		t.Fatal(err)
	}
	item := func(j string) *xmpp.Element { return xmpp.El(ns.Blocking, "item").Set("jid", j) }
	q := &hook.Request{Stanza: &xmpp.Stanza{From: owner}, Owner: owner,
		Payload: xmpp.El(ns.Blocking, "block", item("p0@example.com"), item("new@example.com"), item("newer@example.com"))}
	_, err = b.block(t.Context(), q)
	var r *xmpp.Refusal
	if !errors.As(err, &r) || r.Stanza.Condition != stanza.PolicyViolation {
		t.Errorf("got %v", err)
	}
	if list, err := b.lists.of(t.Context(), owner); err != nil || len(list.addresses()) != len(full) {
		t.Errorf("%d addresses, %v", len(list.addresses()), err)
	}
	if len(with(full, full)) != len(full) {
		t.Error("an address that is blocked already counts again")
	}
}
