package vcard

import (
	"context"
	"sync"
	"time"

	"myna/hook"
	"myna/pubsub"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxHashes is how many accounts' hashes stay in memory.
const maxHashes = 100_000

// readTime bounds a read of storage on the way of presence.
const readTime = 5 * time.Second

// hashes are the ids of avatars: "" where an account has none.
type hashes struct {
	mu sync.RWMutex
	m  map[xmpp.JID]string // guarded by mu
}

func (h *hashes) load(account xmpp.JID) (id string, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	id, ok = h.m[account]
	return id, ok
}

func (h *hashes) store(account xmpp.JID, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil || len(h.m) >= maxHashes {
		h.m = map[xmpp.JID]string{}
	}
	h.m[account] = id
}

// Forget drops what is in memory of an account that was deleted.
func (v *VCard) Forget(account xmpp.JID) {
	v.hashes.mu.Lock()
	defer v.hashes.mu.Unlock()
	delete(v.hashes.m, account.Bare())
}

// avatarChanged follows the metadata of avatars.
func (v *VCard) avatarChanged(c pubsub.Change) {
	id := ""
	if c.Published != nil {
		id = described(c.Published.Payload).id
	}
	v.hashes.store(c.Owner, id)
}

// hash is the hash of an account's avatar, "" for none. It is read once.
func (v *VCard) hash(account xmpp.JID) string {
	if id, ok := v.hashes.load(account); ok {
		return id
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	a, err := v.avatar(ctx, account)
	if err != nil {
		v.Logger.Warn("avatar not read", "account", account.String(), "err", err)
		return ""
	}
	v.hashes.store(account, a.id)
	return a.id
}

// stamp writes the hash of the avatar into available presence that a client sends (XEP-0398 § 4), directed presence too. Where there
// is none, that is said for clients that do not know yet what to say.
func (v *VCard) stamp(p *hook.Packet) error {
	if p.Kind != xmpp.Presence || p.Type != "" {
		return nil
	}
	id, empty := v.hash(p.Owner), false
	for i := range p.Children {
		c := &p.Children[i]
		if !c.Is(ns.VCardUpd, "x") || i >= hook.MaxChildren {
			continue
		}
		e, err := p.Element(c)
		if err != nil {
			return nil
		}
		photo := e.Child(ns.VCardUpd, "photo")
		if photo != nil && (id == "" || photo.Text() == "" || photo.Text() == id) {
			return nil // no avatar is to be shown, or it is right, or kept elsewhere
		}
		p.Strip(i)
		empty = true
	}
	if id == "" && !empty {
		return nil
	}
	x := xmpp.El(ns.VCardUpd, "x", xmpp.El(ns.VCardUpd, "photo").AddText(id))
	p.Append(x.Append(nil, ""))
	return nil
}
