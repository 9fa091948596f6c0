package roster

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"myna/xmpp"
)

// view is a domain's shared roster, or the part of it that one account has, at one moment. It never changes.
type view struct {
	members  []member // in the order of their localparts
	hash     uint64   // of the members; not 0
	large    bool     // of a domain with too many for everybody to have everybody: each account has a view of its own
	personal bool     // such a view
}

// member is an account in its domain's view.
type member struct {
	jid         xmpp.JID
	name, group string
	listed      bool // in a personal view: it is there for the name of an own item, and no colleague
}

// find returns the member with a bare address. It may be called on nil.
func (v *view) find(j xmpp.JID) (*member, bool) {
	if v == nil {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(v.members, j.Local(), func(m member, s string) int {
		return cmp.Compare(m.jid.Local(), s)
	})
	if !ok || v.members[i].jid != j {
		return nil, false
	}
	return &v.members[i], true
}

// compute reads a domain's view from its accounts: all that chat, unless there are too many.
func (r *Roster) compute(domain string) *view {
	cfg := r.Config.Of(domain)
	v := &view{}
	if cfg.Shared && r.Accounts != nil {
		for a := range r.Accounts.Each(domain) {
			if a.Disabled || a.ChatOff {
				continue
			}
			if len(v.members) == cfg.SharedLimit {
				v.members, v.large = nil, true
				break
			}
			v.members = append(v.members, r.memberOf(&a))
		}
	}
	v.hash = hashOf(v.members)
	return v
}

// hashOf is the same over restarts and on all nodes, so that versions stay valid.
func hashOf(members []member) uint64 {
	h := fnv.New64a()
	var b []byte
	for i := range members {
		m := &members[i]
		b = b[:0]
		for _, s := range [...]string{m.jid.String(), m.name, m.group} {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
		if m.listed {
			b = append(b, 1)
		}
		h.Write(b)
	}
	return max(1, h.Sum64())
}

// view returns a domain's view; it is read once and then follows AccountChanged.
func (r *Roster) view(domain string) *view {
	r.mu.Lock()
	v := r.views[domain]
	r.mu.Unlock()
	if v != nil {
		return v
	}
	v = r.compute(domain)
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.views[domain]; have != nil {
		return have
	}
	r.views[domain] = v
	return v
}

// differ returns the addresses that two views do not have in common, or not equally.
func differ(a, b *view) []xmpp.JID {
	var diff []xmpp.JID
	for i := range a.members {
		if m, ok := b.find(a.members[i].jid); !ok || *m != a.members[i] {
			diff = append(diff, a.members[i].jid)
		}
	}
	for i := range b.members {
		if _, ok := a.find(b.members[i].jid); !ok {
			diff = append(diff, b.members[i].jid)
		}
	}
	return diff
}
