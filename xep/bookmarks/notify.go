package bookmarks

import (
	"context"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsNotify is the namespace of what somebody wants to hear of a conversation (XEP-0492).
const nsNotify = "urn:xmpp:notification-settings:1"

// Wants tells whether somebody wants to hear of a message in a room: what the bookmark says (XEP-0492 § 2), nothing of a
// room that is hidden. Without a word all of a room that has a bookmark (XEP-0492 § 3). It reads storage.
func (b *Bookmarks) Wants(ctx context.Context, account, room xmpp.JID, mentioned bool) bool {
	stored, err := b.PubSub.Stored(ctx, account.Bare(), ns.Bookmarks, room.String())
	if err != nil {
		b.Logger.Error("bookmark not read", "account", account.String(), "err", err)
		return true
	}
	if len(stored) == 0 {
		return true
	}
	e, err := conference(stored[0].Payload)
	if err != nil {
		return true
	}
	switch setting(e.Child(ns.Bookmarks, "extensions").Child(nsNotify, "notify")) {
	case "never":
		return false
	case "on-mention":
		return mentioned
	case "always":
		return true
	}
	return autojoin(e)
}

// setting is the setting that counts for an app on a phone, the most specific one (XEP-0492 § 3).
func setting(notify *xmpp.Element) string {
	best, rank := "", -1
	for e := range notify.Elements() {
		category, typ := e.Attr("identity-category"), e.Attr("identity-type")
		n := -1
		switch {
		case e.Space != nsNotify:
		case category == "" && typ == "":
			n = 0
		case category == "client" && typ == "":
			n = 1
		case category == "client" && typ == "phone":
			n = 2
		}
		if n > rank {
			best, rank = e.Local, n
		}
	}
	return best
}
