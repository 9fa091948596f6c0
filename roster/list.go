package roster

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// list is an account's contacts at one moment: its own items merged with the view of its domain. It never changes.
type list struct {
	owner   xmpp.JID
	items   []*storage.RosterItem // in the order of their addresses
	version int64
	view    *view
	shares  bool // the owner is in the view, so all others in it are colleagues
}

// newList returns a list of own items; it needs a view before it is used.
func newList(owner xmpp.JID, items []storage.RosterItem, version int64) *list {
	l := &list{owner: owner, items: make([]*storage.RosterItem, len(items)), version: version}
	for i := range items {
		l.items[i] = &items[i]
	}
	slices.SortFunc(l.items, func(a, b *storage.RosterItem) int { return cmp.Compare(a.JID.String(), b.JID.String()) })
	return l
}

func (l *list) withView(v *view) *list {
	n := *l
	me, ok := v.find(l.owner)
	n.shares = ok && !me.listed
	n.view = v
	return &n
}

func (l *list) search(j xmpp.JID) (int, bool) {
	return slices.BinarySearchFunc(l.items, j.String(), func(i *storage.RosterItem, s string) int {
		return cmp.Compare(i.JID.String(), s)
	})
}

// item returns an own item, or nil.
func (l *list) item(j xmpp.JID) *storage.RosterItem {
	if i, ok := l.search(j); ok {
		return l.items[i]
	}
	return nil
}

// own is item for an item that may be missing.
func (l *list) own(j xmpp.JID) storage.RosterItem {
	if i := l.item(j); i != nil {
		return *i
	}
	return storage.RosterItem{JID: j}
}

// with returns the list with an item put in place; without takes it out.
func (l *list) with(item *storage.RosterItem, version int64) *list {
	n := *l
	n.version = version
	i, ok := l.search(item.JID)
	if ok {
		n.items = slices.Clone(l.items)
		n.items[i] = item
	} else {
		n.items = slices.Insert(slices.Clone(l.items), i, item)
	}
	return &n
}

func (l *list) without(j xmpp.JID, version int64) *list {
	n := *l
	n.version = version
	if i, ok := l.search(j); ok {
		n.items = slices.Delete(slices.Clone(l.items), i, i+1)
	}
	return &n
}

// colleague returns who an address is in the shared roster.
func (l *list) colleague(j xmpp.JID) (*member, bool) {
	if !l.shares || j == l.owner {
		return nil, false
	}
	if m, ok := l.view.find(j); ok && !m.listed {
		return m, true
	}
	return nil, false
}

// colleagues goes over all others who share the view.
func (l *list) colleagues() iter.Seq[*member] {
	return func(yield func(*member) bool) {
		if !l.shares {
			return
		}
		for i := range l.view.members {
			if m := &l.view.members[i]; m.jid != l.owner && !m.listed && !yield(m) {
				return
			}
		}
	}
}

// from tells whether a contact sees the owner's presence.
func (l *list) from(j xmpp.JID) bool {
	i := l.item(j)
	_, both := l.colleague(j)
	return both || i != nil && i.From
}

// counts returns how many items clients see, and how many only remember a request.
func (l *list) counts() (listed, requests int) {
	for _, i := range l.items {
		if i.Listed() {
			listed++
		} else {
			requests++
		}
	}
	return listed, requests
}

// weight is about how many bytes the owner has written into an item.
func weight(i *storage.RosterItem) int {
	n := len(i.JID.String()) + len(i.Name)
	for _, g := range i.Groups {
		n += len(g)
	}
	return n
}

// heavier tells whether the change makes the list longer than so many bytes. One that was longer may become shorter.
func (e *edit) heavier(most int) bool {
	is, was, all := weight(&e.item), 0, 0
	if i := e.list.item(e.item.JID); i != nil {
		was = weight(i)
	}
	for _, i := range e.items {
		all += weight(i)
	}
	return is > was && all-was+is > most
}

// entry is a contact as clients see it.
type entry struct {
	jid           xmpp.JID
	name          string
	groups        []string
	subscription  string
	ask, approved bool
}

// noGroup stands alone in a stored item that is in no group on purpose: an overlay without groups would leave the
// colleague where the domain puts it, and an own item with nothing to show would only be a request that waits. No client
// can name a group so.
const noGroup = ""

// entry returns a contact as clients see it; ok is false for one that they do not.
func (l *list) entry(j xmpp.JID) (e entry, ok bool) {
	item := l.item(j)
	m, both := l.colleague(j)
	switch {
	case both:
		e = entry{jid: j, name: m.name, groups: []string{m.group}, subscription: "both"}
		if item == nil {
			return e, true
		}
		if item.Name != "" {
			e.name = item.Name
		}
		if len(item.Groups) > 0 {
			e.groups = groups(item)
		}
		return e, true
	case item == nil || item.Shared || !item.Listed():
		return e, false
	}
	e = entry{j, item.Name, groups(item), subscription(item.To, item.From), item.Ask, item.Approved}
	if m, ok := l.view.find(j); ok && m.listed { // somebody of a large domain: as the domain has them, unless told otherwise
		if e.name == "" {
			e.name = m.name
		}
		if len(item.Groups) == 0 {
			e.groups = []string{m.group}
		}
	}
	return e, true
}

// groups are the groups that clients see.
func groups(i *storage.RosterItem) []string {
	if len(i.Groups) == 1 && i.Groups[0] == noGroup {
		return nil
	}
	return i.Groups
}

// from tells whether the contact sees the owner's presence.
func (e *entry) from() bool { return e.subscription == "from" || e.subscription == "both" }

func (e *entry) equal(o *entry) bool {
	return e.jid == o.jid && e.name == o.name && e.subscription == o.subscription && e.ask == o.ask &&
		e.approved == o.approved && slices.Equal(e.groups, o.groups)
}

func subscription(to, from bool) string {
	switch {
	case to && from:
		return "both"
	case to:
		return "to"
	case from:
		return "from"
	}
	return "none"
}

// element is the item of RFC 6121 § 2.1.2.
func (e *entry) element() *xmpp.Element {
	x := xmpp.El(ns.Roster, "item").Set("jid", e.jid.String())
	if e.name != "" {
		x.Set("name", e.name)
	}
	x.Set("subscription", e.subscription)
	if e.ask {
		x.Set("ask", "subscribe") // § 2.1.2.2
	}
	if e.approved {
		x.Set("approved", "true") // § 2.1.2.1
	}
	for _, g := range e.groups {
		x.Add(xmpp.El(ns.Roster, "group").AddText(g))
	}
	return x
}

// entries calls f for all contacts that clients see: own ones, then colleagues without an own item.
func (l *list) entries(f func(*entry)) {
	for _, i := range l.items {
		if e, ok := l.entry(i.JID); ok {
			f(&e)
		}
	}
	for m := range l.colleagues() {
		if l.item(m.jid) != nil {
			continue
		}
		if e, ok := l.entry(m.jid); ok {
			f(&e)
		}
	}
}

// query is the whole roster.
func (l *list) query() *xmpp.Element {
	q := xmpp.El(ns.Roster, "query").Set("ver", l.ver())
	l.entries(func(e *entry) { q.Add(e.element()) })
	return q
}

// ver is the list's version as clients see it (RFC 6121 § 2.6): the own version, and a hash of the shared part.
func (l *list) ver() string { return makeVer(l.version, l.shared()) }

// shared identifies the shared part; 0 is none.
func (l *list) shared() uint64 {
	if !l.shares {
		return 0
	}
	return l.view.hash
}

func makeVer(own int64, shared uint64) string {
	return strconv.FormatInt(own, 10) + "-" + strconv.FormatUint(shared, 36)
}

func parseVer(s string) (own int64, shared uint64, ok bool) {
	a, b, found := strings.Cut(s, "-")
	own, err := strconv.ParseInt(a, 10, 64)
	if err != nil || !found || own < 0 {
		return 0, 0, false
	}
	shared, err = strconv.ParseUint(b, 36, 64)
	return own, shared, err == nil
}
