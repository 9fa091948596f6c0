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

// shown is what the presence of an account says of its avatar.
type shown struct {
	id    string // "": there is none
	taken bool   // there was one, which the account has taken away: who has seen it is to forget it
}

// hashes is what the presence of accounts says.
type hashes struct {
	mu sync.RWMutex
	m  map[xmpp.JID]shown // guarded by mu
}

func (h *hashes) load(account xmpp.JID) (s shown, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	s, ok = h.m[account]
	return s, ok
}

func (h *hashes) store(account xmpp.JID, s shown) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil || len(h.m) >= maxHashes {
		h.m = map[xmpp.JID]shown{}
	}
	h.m[account] = s
}

// Forget drops what is in memory of an account that was deleted.
func (v *VCard) Forget(account xmpp.JID) {
	v.hashes.mu.Lock()
	defer v.hashes.mu.Unlock()
	delete(v.hashes.m, account.Bare())
}

// avatarChanged follows the metadata of avatars.
func (v *VCard) avatarChanged(c pubsub.Change) {
	if c.Published == nil {
		v.hashes.store(c.Owner, shown{})
		return
	}
	v.hashes.store(c.Owner, showing(described(c.Published.Payload)))
}

// showing is what presence says where there are metadata of an avatar, which may be empty (XEP-0084 § 3.5).
func showing(a avatar) shown { return shown{a.id, a.id == ""} }

// shown is what the presence of an account says. It is read once.
func (v *VCard) shown(account xmpp.JID) shown {
	if s, ok := v.hashes.load(account); ok {
		return s
	}
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	a, there, err := v.avatar(ctx, account)
	if err != nil {
		v.Logger.Warn("avatar not read", "account", account.String(), "err", err)
		return shown{}
	}
	var s shown
	if there {
		s = showing(a)
	}
	v.hashes.store(account, s)
	return s
}

// stamp writes the hash of the avatar into available presence that a client sends (XEP-0398 § 4), directed presence too. That there
// is none is said where one was taken away, and for clients that do not know yet what to say (XEP-0153 § 4.1).
func (v *VCard) stamp(p *hook.Packet) error {
	if p.Kind != xmpp.Presence || p.Type != "" {
		return nil
	}
	s := v.shown(p.Owner)
	id, say := s.id, s.id != "" || s.taken
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
		say = true
	}
	if !say {
		return nil
	}
	x := xmpp.El(ns.VCardUpd, "x", xmpp.El(ns.VCardUpd, "photo").AddText(id))
	p.Append(x.Append(nil, ""))
	return nil
}
