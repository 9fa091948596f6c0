package muc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsVersions are the versions of a room's affiliations (XEP-0463), for clients that ask for them when they enter.
const nsVersions = "urn:xmpp:muc:affiliations:1"

// Bounds of versions.
const (
	maxTurns   = 128 // changes that a room in memory remembers; who has seen less gets everything
	maxItemsOf = 500 // items of one message
	maxVersion = 64  // bytes
)

// view says which lists of affiliations somebody may read, a bit for each; 0: none. Versions are those of a view, so that
// nobody learns from them of changes that are not shown.
type view uint8

func (v view) has(a Affiliation) bool { return v&(1<<(a+1)) != 0 }

// shown is an affiliation as the view has it.
func (v view) shown(a Affiliation) Affiliation {
	if v.has(a) {
		return a
	}
	return None
}

// viewOf is what an occupant may read (XEP-0463 § 5.2.3: as XEP-0045 § 9 and § 10 have it).
func (r *room) viewOf(o *occupant) (v view) {
	for _, a := range [...]Affiliation{Outcast, Member, Admin, Owner} {
		if mayRead(party{o.aff, o.role}, a, &r.conf) {
			v |= 1 << (a + 1)
		}
	}
	return v
}

// ledger knows the versions of a room's affiliations. A version is made of what they are, by the room's secret: nothing of it
// is stored, and it survives restarts. room.mu guards it.
type ledger struct {
	sums  map[view]*[sha256.Size]byte // of the views that somebody has asked for
	turns []*turn                     // the last changes
	whole map[view][]xmpp.Frame       // what brings everything, until an affiliation changes
	open  *turn                       // the one that is being told; nil: none

	untold []*turn // of which nobody knows yet, one after another
}

// turn is a change of one affiliation, from one version to the next.
type turn struct {
	jid          xmpp.JID
	from, to     Affiliation
	away         bool // nobody of that address is in the room
	since, until map[view]string
	told         bool               // those who follow the versions know it
	fresh        map[*occupant]bool // who need not be told: they have got whole lists, with this change
}

// entered adds an affiliation to a sum, or takes it out again.
func (r *room) entered(sum *[sha256.Size]byte, v view, j xmpp.JID, a Affiliation) {
	if a = v.shown(a); a == None || j == r.jid.DomainJID() {
		return
	}
	m := hmac.New(sha256.New, r.secret)
	m.Write([]byte("affiliation " + a.String() + " " + j.String()))
	for i, b := range m.Sum(nil) {
		sum[i] ^= b
	}
}

// version is the current one of a view. r.mu is held.
func (r *room) version(v view) string {
	sum := r.ledger.sums[v]
	if sum == nil {
		sum = new([sha256.Size]byte)
		for j, st := range r.affs {
			r.entered(sum, v, j, st.aff)
		}
		if r.ledger.sums == nil {
			r.ledger.sums = map[view]*[sha256.Size]byte{}
		}
		r.ledger.sums[v] = sum
	}
	m := hmac.New(sha256.New, r.secret)
	m.Write(append([]byte("version "), byte(v)))
	m.Write(sum[:])
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:15])
}

func (r *room) versions() map[view]string {
	all := make(map[view]string, len(r.ledger.sums))
	for v := range r.ledger.sums {
		all[v] = r.version(v)
	}
	return all
}

// turnTo is stand, and what it changes for those who follow the versions; nil for nothing. r.mu is held.
func (r *room) turnTo(j xmpp.JID, to standing) *turn {
	from := r.affs[j].aff
	if from == to.aff || len(r.ledger.sums) == 0 || j == r.jid.DomainJID() {
		r.stand(j, to)
		return nil
	}
	t := &turn{jid: j, from: from, to: to.aff, away: len(r.of(j)) == 0, since: r.versions(), fresh: map[*occupant]bool{}}
	r.ledger.open = t
	r.stand(j, to)
	for v, sum := range r.ledger.sums {
		r.entered(sum, v, j, from)
		r.entered(sum, v, j, to.aff)
	}
	t.until = r.versions()
	if r.ledger.turns = append(r.ledger.turns, t); len(r.ledger.turns) > maxTurns {
		r.ledger.turns = r.ledger.turns[1:]
	}
	return t
}

// saidBy tells whether presence with an affiliation says what a change is, to everybody who follows the versions. It does not where
// the address is still what its domain is, or where it is what some may not read.
func (t *turn) saidBy(aff Affiliation) bool {
	for v, since := range t.since {
		if since != t.until[v] && v.shown(aff) != aff {
			return false
		}
	}
	return aff == t.to
}

// tellTurn ends what turnTo has begun. Of a change that did not go out with presence tellTurns tells (XEP-0463 § 5.2.2). r.mu is held.
func (r *room) tellTurn(t *turn) {
	r.ledger.open = nil
	if t != nil && !t.told {
		r.ledger.untold = append(r.ledger.untold, t)
	}
}

// tellTurns tells by message of the changes that wait for it: of many at once, with few messages. It is called before anything else is
// said of versions, and before r.mu is released. r.mu is held.
func (r *room) tellTurns() {
	list := r.ledger.untold
	r.ledger.untold = nil
	r.writeTurns(list...)
}

// writeTurn tells by message of a change, now. r.mu is held.
func (r *room) writeTurn(t *turn) {
	r.tellTurns()
	r.writeTurns(t)
}

// writeTurns tells by message of changes that follow each other. r.mu is held.
func (r *room) writeTurns(list ...*turn) {
	if len(list) == 0 {
		return
	}
	first, last := list[0], list[len(list)-1]
	frames := map[view][]xmpp.Frame{}
	for v, since := range first.since {
		if until := last.until[v]; since != until {
			frames[v] = r.inParts(since, until, itemsOf(v, list))
		}
	}
	for _, t := range list {
		t.told = true
	}
	to := r.everybody()
	for i := range to {
		for j := range frames[to[i].view] {
			r.owe(1, &frames[to[i].view][j])
		}
	}
	r.emit(func() {
		for i := range to {
			if last.fresh[to[i].occ] {
				continue
			}
			for _, f := range frames[to[i].view] {
				r.send(&to[i], f)
			}
		}
	})
}

// itemsOf are changes as a view has them: of several about one address the last, in the order of the addresses' first ones.
func itemsOf(v view, list []*turn) (items []*xmpp.Element) {
	at := make(map[xmpp.JID]int, len(list))
	for _, t := range list {
		if t.since[v] == t.until[v] {
			continue
		}
		item := changed(t.jid.String(), v.shown(t.to))
		if t.away {
			item.Set("role", NoRole.String())
		}
		if i, again := at[t.jid]; again {
			items[i] = item
			continue
		}
		at[t.jid] = len(items)
		items = append(items, item)
	}
	return items
}

// inParts are the messages with changes that bring somebody from a version to another; since is "" for whole lists.
func (r *room) inParts(since, until string, items []*xmpp.Element) (frames []xmpp.Frame) {
	for part := 1; ; part++ {
		x := xmpp.El(ns.MUCUser, "x")
		n, next := len(items), until
		if n > maxItemsOf { // the parts are a chain of versions that nobody finds again
			n, next = maxItemsOf, until+"."+itoa(part)
		}
		frames = append(frames, r.fromRoom("", x.Add(mav(since, next)).Add(items[:n]...)))
		if since, items = next, items[n:]; len(items) == 0 {
			return frames
		}
	}
}

func mav(since, until string) *xmpp.Element {
	e := xmpp.El(nsVersions, "mav")
	if since != "" {
		e.Set("since", since)
	}
	return e.Set("until", until)
}

// editions are the frames of one notice: who follows the versions is told of the turn with it.
type editions struct {
	plain xmpp.Frame
	of    map[view]xmpp.Frame
	fresh map[*occupant]bool // who gets the plain one all the same
}

func (n *notice) editions(o *occupant) editions {
	e := editions{plain: n.frame(o)}
	if n.turn == nil {
		return e
	}
	e.of, e.fresh = make(map[view]xmpp.Frame, len(n.turn.since)), n.turn.fresh
	for v, since := range n.turn.since {
		if until := n.turn.until[v]; since != until {
			with := *n
			with.since, with.until = since, until
			e.of[v] = with.frame(o)
		}
	}
	return e
}

// current are the frames of presence for those own sessions of an occupant that follow the versions: it tells the current one
// whenever it has the status 110 (XEP-0463 § 5.2.1). r.mu is held.
func (r *room) current(o *occupant, n notice) map[xmpp.JID]xmpp.Frame {
	if n.typ != "" {
		return nil
	}
	var frames map[xmpp.JID]xmpp.Frame
	for _, st := range o.seats {
		if st.view == 0 {
			continue
		}
		if frames == nil {
			frames = map[xmpp.JID]xmpp.Frame{}
			n.since, n.until = "", r.version(st.view)
		}
		frames[st.full] = n.frame(o)
	}
	return frames
}

func (e *editions) to(t *receiver) xmpp.Frame {
	if f, ok := e.of[t.view]; ok && !e.fresh[t.occ] {
		return f
	}
	return e.plain
}

// review sends those who follow the versions, and may now read other lists than before, what they may. r.mu is held.
func (r *room) review(o *occupant) {
	v := r.viewOf(o)
	for _, st := range o.seats {
		if !st.follows || st.view == v {
			continue
		}
		st.view = v
		r.shift()
		if v == 0 {
			continue
		}
		if r.ledger.open != nil {
			r.ledger.open.fresh[o] = true
		}
		to, frames := r.receiverOf(st), r.everything(v)
		for i := range frames {
			r.owe(1, &frames[i])
		}
		r.emit(func() {
			for _, f := range frames {
				r.send(&to, f)
			}
		})
	}
}

// everything is catchUp for who knows nothing. It is kept until an affiliation changes: many may ask for it at once. r.mu is held.
func (r *room) everything(v view) []xmpp.Frame {
	frames, ok := r.ledger.whole[v]
	if !ok {
		frames = r.catchUp(v, "")
		if r.ledger.whole == nil {
			r.ledger.whole = map[view][]xmpp.Frame{}
		}
		r.ledger.whole[v] = frames
	}
	return frames
}

// follows tells whether a client of an occupant follows the versions.
func (o *occupant) follows() bool {
	return slices.ContainsFunc(o.seats, func(st *seat) bool { return st.follows })
}

// follow is what a client gets first that asks for the versions when it enters (XEP-0463 § 5.2.1). r.mu is held.
func (r *room) follow(st *seat, e *entry) []xmpp.Frame {
	if e.follows || st.follows {
		r.shift()
	}
	if st.follows, st.view = e.follows, 0; !st.follows {
		return nil
	}
	st.view = r.viewOf(st.occ)
	if st.view == 0 { // § 5.2.3
		no, _ := xmpp.ErrorElement(r.refuse(stanza.Forbidden, "You may not see the lists of this room."))
		f := xmpp.NewMessage(r.jid, xmpp.JID{}, xmpp.TypeError, no)
		if e.id != "" {
			f.Set("id", e.id)
		}
		return []xmpp.Frame{xmpp.FrameOf(f)}
	}
	return r.catchUp(st.view, e.since)
}

// catchUp makes the messages that bring somebody from a version to the current one, none for who has it; from a version that
// the room does not know they bring everything. r.mu is held.
func (r *room) catchUp(v view, since string) []xmpp.Frame {
	now := r.version(v)
	if since == now {
		return nil
	}
	items, ok := r.changedSince(v, since)
	if !ok {
		since, items = "", nil
		for _, a := range [...]Affiliation{Owner, Admin, Member, Outcast} {
			if !v.has(a) {
				continue
			}
			for _, it := range r.affiliationList(a) {
				items = append(items, changed(it.Attr("jid"), a))
			}
		}
	}
	return r.inParts(since, now, items)
}

func changed(j string, a Affiliation) *xmpp.Element {
	return xmpp.El(ns.MUCUser, "item").Set("jid", j).Set("affiliation", a.String())
}

// changedSince lists what has changed in a view since a version; false where the room does not know that. r.mu is held.
func (r *room) changedSince(v view, since string) ([]*xmpp.Element, bool) {
	if since == "" || len(since) > maxVersion || strings.Contains(since, ".") {
		return nil, false
	}
	from := len(r.ledger.turns) - 1
	for from >= 0 && r.ledger.turns[from].since[v] != since {
		from--
	}
	if from < 0 {
		return nil, false
	}
	before := map[xmpp.JID]Affiliation{}
	for _, t := range r.ledger.turns[from:] {
		if _, seen := before[t.jid]; !seen {
			before[t.jid] = t.from
		}
	}
	var items []*xmpp.Element
	for j, a := range before {
		if now := v.shown(r.affs[j].aff); now != v.shown(a) {
			items = append(items, changed(j.String(), now))
		}
	}
	return sorted(items, "jid"), len(items) > 0
}
