package roster

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"

	"myna/xmpp"
)

// view is a domain's shared roster at one moment. It never changes.
type view struct {
	members []member // in the order of their localparts
	hash    uint64   // of the members; not 0
}

// member is an account in its domain's view.
type member struct {
	jid         xmpp.JID
	name, group string
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

// compute reads a domain's view from its accounts: all that chat, or nobody where there are too many.
func (r *Roster) compute(domain string) *view {
	cfg := r.Config.Of(domain)
	v := &view{}
	if cfg.Shared && r.Accounts != nil {
		for a := range r.Accounts.Each(domain) {
			if a.Disabled || a.ChatOff {
				continue
			}
			if len(v.members) == cfg.SharedLimit {
				v.members = nil
				break
			}
			m := member{jid: a.JID, name: a.Name, group: a.Department}
			if m.name == "" {
				m.name = a.JID.Local()
			}
			if m.group == "" || cfg.SharedGroup == ByDomain {
				m.group = domain
			}
			v.members = append(v.members, m)
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
