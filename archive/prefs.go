package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// The values of an account's default (XEP-0441 § 2.1.1).
const (
	always     = "always"
	never      = "never"
	rosterOnly = "roster"
)

// rules are an account's preferences, ready to be asked.
type rules struct {
	preset        string
	always, never map[xmpp.JID]struct{}
}

// prefsCache holds the rules of accounts that have sent or received something; nil for those that never set any.
type prefsCache struct {
	mu sync.RWMutex
	m  map[xmpp.JID]*rules // guarded by mu
}

// maxCached bounds the cache; it starts afresh when it is full.
const maxCached = 1 << 20

func (c *prefsCache) get(owner xmpp.JID) (r *rules, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok = c.m[owner]
	return r, ok
}

func (c *prefsCache) put(owner xmpp.JID, r *rules) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= maxCached {
		clear(c.m)
	}
	c.m[owner] = r
}

func (c *prefsCache) forget(owner xmpp.JID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.m, owner)
}

// wanted tells whether an account wants messages to or from peer in its archive. It reads storage once for each account.
func (a *Archive) wanted(owner, peer xmpp.JID) bool {
	r, ok := a.prefs.get(owner)
	if !ok {
		r = a.loadRules(owner)
	}
	return r == nil || r.match(peer, func() bool {
		return a.Contacts != nil && a.Contacts.OnRoster(owner, peer.Bare())
	})
}

func (a *Archive) loadRules(owner xmpp.JID) *rules {
	ctx, cancel := background()
	defer cancel()
	p, err := a.Store.Prefs(ctx, owner)
	var r *rules
	switch {
	case err == nil:
		r = newRules(p)
	case !errors.Is(err, storage.ErrNotFound):
		a.Logger.Error("archive preferences not read", "owner", owner.String(), "err", err)
		return nil
	}
	a.prefs.put(owner, r)
	return r
}

func newRules(p storage.ArchivePrefs) *rules {
	r := &rules{preset: p.Default, always: map[xmpp.JID]struct{}{}, never: map[xmpp.JID]struct{}{}}
	for _, j := range p.Always {
		r.always[j] = struct{}{}
	}
	for _, j := range p.Never {
		r.never[j] = struct{}{}
	}
	return r
}

// match decides for the other side of a message (XEP-0441 § 2.3): an address with resource is that client only, one
// without is all of them. Who is in both lists is not archived.
func (r *rules) match(peer xmpp.JID, contact func() bool) bool {
	in := func(list map[xmpp.JID]struct{}) bool {
		_, full := list[peer]
		_, bare := list[peer.Bare()]
		return full || bare
	}
	switch {
	case in(r.never):
		return false
	case in(r.always):
		return true
	}
	return r.preset == always || r.preset == rosterOnly && contact()
}

func (a *Archive) getPrefs(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	p, err := a.Store.Prefs(ctx, q.Owner)
	if errors.Is(err, storage.ErrNotFound) {
		p, err = storage.ArchivePrefs{Default: always}, nil
	}
	if err != nil {
		return nil, err
	}
	return prefsElement(p), nil
}

// setPrefs replaces the preferences and answers with what is in force (XEP-0441 § 2.1).
func (a *Archive) setPrefs(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	p, err := parsePrefs(q.Payload, a.Config.Of(q.Owner.Domain()).Preferences)
	if err != nil {
		return nil, err
	}
	if err := a.Store.SetPrefs(ctx, q.Owner, p); err != nil {
		return nil, err
	}
	a.prefs.put(q.Owner, newRules(p))
	return prefsElement(p), nil
}

// parsePrefs reads preferences; most is how many addresses they may name.
func parsePrefs(e *xmpp.Element, most int) (p storage.ArchivePrefs, err error) {
	p.Default = e.Attr("default")
	if !slices.Contains([]string{always, never, rosterOnly}, p.Default) {
		return p, xmpp.Refuse(stanza.BadRequest, "The default is always, never or roster.")
	}
	if p.Always, err = parseList(e.Child(ns.MAM, "always"), most); err != nil {
		return p, err
	}
	if p.Never, err = parseList(e.Child(ns.MAM, "never"), most); err != nil {
		return p, err
	}
	if len(p.Always)+len(p.Never) > most {
		return p, tooMany(most)
	}
	return p, nil
}

func tooMany(most int) error {
	return xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The two lists may name %d addresses together.", most))
}

func parseList(e *xmpp.Element, most int) (list []xmpp.JID, err error) {
	for c := range e.Elements() {
		if !c.Is(ns.MAM, "jid") {
			continue
		}
		j, err := xmpp.ParseJID(c.Text())
		if err != nil {
			return nil, xmpp.Refuse(stanza.BadRequest, "One of the addresses is none.")
		}
		if !slices.Contains(list, j) {
			list = append(list, j)
		}
		if len(list) > most {
			return nil, tooMany(most)
		}
	}
	return list, nil
}

func prefsElement(p storage.ArchivePrefs) *xmpp.Element {
	list := func(name string, all []xmpp.JID) *xmpp.Element {
		e := xmpp.El(ns.MAM, name)
		for _, j := range all {
			e.Add(xmpp.El(ns.MAM, "jid").AddText(j.String()))
		}
		return e
	}
	return xmpp.El(ns.MAM, "prefs", list(always, p.Always), list(never, p.Never)).Set("default", p.Default)
}
