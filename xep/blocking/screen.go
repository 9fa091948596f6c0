package blocking

import (
	"context"
	"slices"

	"myna/xmpp"
)

// Screen returns what tells whether an account blocks an address of a host, for services that ask it of each stanza; nil where it
// blocks none there. It is true for the list as it is: Changed tells of another one. A list that cannot be read blocks nobody.
func (b *Blocking) Screen(account xmpp.JID, host string) func(from xmpp.JID) bool {
	all, err := b.lists.of(context.Background(), account.Bare())
	if err != nil {
		return nil
	}
	list := newList(slices.DeleteFunc(slices.Clone(all.addresses()), func(j xmpp.JID) bool { return j.Domain() != host }))
	if list == nil {
		return nil
	}
	return list.covers
}

// changed tells that an account has another list.
func (b *Blocking) changed(account xmpp.JID) {
	if b.Changed != nil {
		b.Changed(account)
	}
}
