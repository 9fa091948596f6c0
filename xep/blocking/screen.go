package blocking

import (
	"context"
	"slices"

	"myna/xmpp"
)

// Screen returns what tells whether an account blocks an address of a host, for services that ask it of each stanza; nil where it
// blocks none there. It is true for the list as it is: Changed tells of another one. A list that cannot be read blocks nobody.
func (b *Blocking) Screen(account xmpp.JID, host string) func(from xmpp.JID) bool {
	list, err := b.lists.of(context.Background(), account.Bare())
	if err != nil {
		return nil
	}
	list = slices.DeleteFunc(slices.Clone(list), func(j xmpp.JID) bool { return j.Domain() != host })
	if len(list) == 0 {
		return nil
	}
	return func(from xmpp.JID) bool { return covers(list, from) }
}

// changed tells that an account has another list.
func (b *Blocking) changed(account xmpp.JID) {
	if b.Changed != nil {
		b.Changed(account)
	}
}
