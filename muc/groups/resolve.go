package groups

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// maxDepth is how deep aliases may be nested in each other.
const maxDepth = 10

// Kind says what a target came to.
type Kind string

// The kinds of members.
const (
	Chat     Kind = "chat"     // an account that is in the room
	Mail     Kind = "mail"     // an account whose chat is off
	Disabled Kind = "disabled" // an account that may not sign in
	External Kind = "external" // an address elsewhere: mail only
)

// Member is somebody whom an alias reaches.
type Member struct {
	JID     xmpp.JID
	Kind    Kind
	Via     []xmpp.JID // the aliases on the way, the outermost first; none for a direct target
	Lead    bool
	Account storage.Account // zero for an external one
}

// Resolution is what the targets of an alias come to.
type Resolution struct {
	Members  []Member // each address once, by the shortest way; those nearer come first
	Warnings []string // for the administrator
	Loops    int      // how many of them are about aliases that contain themselves
}

// Accounts knows the accounts, from memory.
type Accounts interface {
	Account(xmpp.JID) (storage.Account, bool)
	// Each goes over the accounts of a domain.
	Each(domain string) iter.Seq[storage.Account]
}

// Snapshot is everything that the members of aliases depend on.
type Snapshot struct {
	Aliases  map[xmpp.JID]*storage.Alias // deleted ones too
	Accounts Accounts
	Local    func(domain string) bool // one of our mail domains
}

// live returns an alias that is in use.
func (s *Snapshot) live(j xmpp.JID) *storage.Alias {
	if al := s.Aliases[j]; al != nil && al.Deleted.IsZero() {
		return al
	}
	return nil
}

// walk is one resolution.
type walk struct {
	*Snapshot
	out   Resolution
	known map[xmpp.JID]bool // members
	seen  map[xmpp.JID]bool // aliases
	queue []step
}

// step is an alias that is still to be looked at.
type step struct {
	alias *storage.Alias
	via   []xmpp.JID
}

// Resolve flattens the targets of an alias. Members are copied, messages never.
func (s *Snapshot) Resolve(alias xmpp.JID) Resolution {
	root := s.Aliases[alias]
	if root == nil {
		return Resolution{}
	}
	w := &walk{Snapshot: s, known: map[xmpp.JID]bool{}, seen: map[xmpp.JID]bool{alias: true}}
	for w.queue = []step{{root, nil}}; len(w.queue) > 0; w.queue = w.queue[1:] {
		w.expand(w.queue[0])
	}
	w.loops(root, nil, map[xmpp.JID]bool{})
	w.lead(root)
	return w.out
}

// warn notes a warning, unless it is noted already.
func (w *walk) warn(format string, args ...any) (fresh bool) {
	text := fmt.Sprintf(format, args...)
	if fresh = !slices.Contains(w.out.Warnings, text); fresh {
		w.out.Warnings = append(w.out.Warnings, text)
	}
	return fresh
}

// expand looks at the targets of one alias.
func (w *walk) expand(st step) {
	for _, target := range st.alias.Targets {
		j, err := xmpp.ParseJID(target)
		if err != nil || j.Local() == "" {
			w.warn("%q, a target of %s, is no address", target, st.alias.JID)
			continue
		}
		w.target(st, j.Bare())
	}
	if st.alias.Everyone {
		for a := range w.Accounts.Each(st.alias.JID.Domain()) {
			w.account(a, st.via)
		}
	}
}

func (w *walk) target(st step, j xmpp.JID) {
	if !w.Local(j.Domain()) {
		w.add(Member{JID: j, Kind: External, Via: st.via})
		return
	}
	if a, ok := w.Accounts.Account(j); ok {
		w.account(a, st.via)
		return
	}
	al := w.live(j)
	switch {
	case al == nil && w.Aliases[j] != nil:
		w.warn("%s, a target of %s, is deleted", j, st.alias.JID)
	case al == nil:
		w.warn("%s, a target of %s, is neither an account nor an alias", j, st.alias.JID)
	case w.seen[j]: // by a way that is not longer, or round a loop
	case len(st.via) >= maxDepth:
		w.warn("%s is nested deeper than %d aliases and was ignored", j, maxDepth)
	default:
		w.seen[j] = true
		w.queue = append(w.queue, step{al, append(slices.Clone(st.via), j)})
	}
}

func (w *walk) account(a storage.Account, via []xmpp.JID) {
	kind := Chat
	switch {
	case a.Disabled:
		kind = Disabled
	case a.ChatOff:
		kind = Mail
	}
	w.add(Member{JID: a.JID, Kind: kind, Via: via, Account: a})
}

func (w *walk) add(m Member) {
	if !w.known[m.JID] {
		w.known[m.JID] = true
		w.out.Members = append(w.out.Members, m)
	}
}

// loops warns of aliases that contain themselves. done are those that were looked at to the end.
func (w *walk) loops(al *storage.Alias, path []xmpp.JID, done map[xmpp.JID]bool) {
	if done[al.JID] || len(path) > maxDepth {
		return
	}
	path = append(path, al.JID)
	for _, target := range al.Targets {
		j, err := xmpp.ParseJID(target)
		if err != nil {
			continue
		}
		if i := slices.Index(path, j.Bare()); i >= 0 {
			var names []string
			for _, p := range append(slices.Clone(path[i:]), j.Bare()) {
				names = append(names, p.String())
			}
			if w.warn("a loop was ignored: %s", strings.Join(names, " → ")) {
				w.out.Loops++
			}
			continue
		}
		if next := w.live(j.Bare()); next != nil {
			w.loops(next, path, done)
		}
	}
	done[al.JID] = true
}

// lead marks the leads.
func (w *walk) lead(root *storage.Alias) {
	for _, j := range root.Leads {
		i := slices.IndexFunc(w.out.Members, func(m Member) bool { return m.JID == j.Bare() })
		if i < 0 {
			w.warn("the lead %s is no member", j)
			continue
		}
		w.out.Members[i].Lead = true
	}
}
