package muc

import (
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// managedText is what people read who try to change a group.
const managedText = "The administrator manages this group."

// Bounds of one request that changes roles or affiliations.
const (
	maxItems  = 1000 // changes
	maxReason = 2000 // bytes
	maxNick   = 1023 // bytes (RFC 7622 § 3.4)
)

// item is one change of a role or an affiliation that somebody asks for.
type item struct {
	aff     string
	role    string
	jid     xmpp.JID
	nick    string
	hasNick bool
	reason  string
}

// adminQuery reads or changes lists of roles and affiliations (§ 8, § 9, § 10.3 to § 10.8).
func (r *room) adminQuery(q *request) (*xmpp.Element, error) {
	items, err := r.readItems(q.payload)
	if err != nil {
		return nil, err
	}
	if q.Type == xmpp.TypeGet {
		return r.readList(q, &items[0])
	}
	roles := 0
	for i := range items {
		it := &items[i]
		switch {
		case (it.aff == "") == (it.role == ""): // § 17.4
			return nil, r.refuse(stanza.BadRequest, "Each item changes either a role or an affiliation.")
		case it.role != "":
			roles++
		}
	}
	switch roles {
	case len(items):
		return nil, r.changeRoles(q, items)
	case 0:
		return nil, r.changeAffiliations(q, items)
	}
	return nil, r.refuse(stanza.BadRequest, "One request changes either roles or affiliations.")
}

func (r *room) readItems(query *xmpp.Element) ([]item, error) {
	var items []item
	for e := range query.Elements() {
		if !e.Is(ns.MUCAdmin, "item") {
			continue
		}
		it := item{aff: e.Attr("affiliation"), role: e.Attr("role"), reason: e.ChildText(ns.MUCAdmin, "reason")}
		it.nick, it.hasNick = e.LookupAttr("", "nick")
		if s := e.Attr("jid"); s != "" {
			j, err := xmpp.ParseJID(s)
			if err != nil {
				return nil, r.refuse(stanza.JIDMalformed, "One of the addresses is none.")
			}
			it.jid = j.Bare() // § 10.6
		}
		switch {
		case len(it.reason) > maxReason:
			return nil, r.refuse(stanza.PolicyViolation, "A reason is too long: "+itoa(maxReason)+" bytes at most.")
		case len(it.nick) > maxNick:
			return nil, r.refuse(stanza.JIDMalformed, "A nickname is too long: "+itoa(maxNick)+" bytes at most.")
		case len(items) == maxItems:
			return nil, r.refuse(stanza.PolicyViolation, "The request has too many items: "+itoa(maxItems)+" at most.")
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, r.refuse(stanza.BadRequest, "The request has no item.")
	}
	return items, nil
}

// standingOf is the affiliation of somebody, and the role of the session or, from another session, the highest one.
func (r *room) standingOf(full xmpp.JID) (p party, o *occupant) {
	p.aff = r.affiliation(full.Bare())
	if st := r.seats[full]; st != nil {
		return party{p.aff, st.occ.role}, st.occ
	}
	for _, other := range r.of(full.Bare()) {
		if other.role > p.role {
			p.role, o = other.role, other
		}
	}
	return p, o
}

// readList answers with everybody of a role or an affiliation.
func (r *room) readList(q *request, it *item) (*xmpp.Element, error) {
	list, err := under(r, func() (*xmpp.Element, error) { return r.listFor(q.From, it) })
	if err == nil {
		n := 0
		for range list.Elements() {
			n++
		}
		hook.Charge(q.Session, n/rowsOfNotice, noticeBytes)
	}
	return list, err
}

// rowsOfNotice is how many rows of a list cost as much as one notice.
const rowsOfNotice = 4

// listFor is readList. r.mu is held.
func (r *room) listFor(reader xmpp.JID, it *item) (*xmpp.Element, error) {
	who, _ := r.standingOf(reader)
	e := xmpp.El(ns.MUCAdmin, "query")
	if role, ok := ParseRole(it.role); ok && it.aff == "" && role != NoRole {
		if who.role != Moderator || role == Moderator && who.aff < Admin { // § 8.5, § 9.8
			return nil, r.refuse(stanza.Forbidden, "Only moderators see this list.")
		}
		return e.Add(r.roleList(role)...), nil
	}
	aff, ok := ParseAffiliation(it.aff)
	if !ok || it.role != "" || aff == None {
		return nil, r.refuse(stanza.BadRequest, "There is no such list.")
	}
	if who.role == NoRole {
		who.role = r.roleFor(reader.Bare(), who.aff) // § 9.5: also who is not in the room
	}
	if !mayRead(who, aff, &r.conf) {
		return nil, r.refuse(stanza.Forbidden, "You may not see this list.")
	}
	return e.Add(r.affiliationList(aff)...), nil
}

// mayRead tells who may see a list of affiliations: bans and members for admins (§ 9.2, § 9.5), admins and owners for
// owners (§ 10.5, § 10.8), and in a non-anonymous room all but the bans for every member whose role may
// (muc#roomconfig_getmemberlist).
func mayRead(who party, list Affiliation, c *settings) bool {
	switch {
	case who.aff >= Owner, who.aff == Admin && list <= Member:
		return true
	case list == Outcast:
		return false
	}
	return c.NonAnonymous && c.MemberList[who.role] && who.aff >= Member
}

func (r *room) roleList(role Role) []*xmpp.Element {
	var list []*xmpp.Element
	for _, o := range r.present {
		if o.role == role { // § 17.4: all four, the full address
			list = append(list, xmpp.El(ns.MUCAdmin, "item").Set("affiliation", o.aff.String()).Set("jid", o.main().full.String()).
				Set("nick", o.nick).Set("role", role.String()))
		}
	}
	return sorted(list, "nick")
}

// affiliationList lists everybody with an affiliation. It is kept until somebody's changes, and nobody changes it. r.mu is held.
func (r *room) affiliationList(aff Affiliation) []*xmpp.Element {
	if list, ok := r.listed[aff]; ok {
		return list
	}
	list := sorted(r.listOf(aff), "jid")
	if r.listed == nil {
		r.listed = map[Affiliation][]*xmpp.Element{}
	}
	r.listed[aff] = list
	return list
}

func (r *room) listOf(aff Affiliation) (list []*xmpp.Element) {
	for j, st := range r.affs {
		// COMPAT(Dino 0.4, 2026): it takes whom the lists name for people: shows them among the members, and encrypts only
		// with the keys of all of them. The owner of a group is the service, which is nobody.
		if st.aff != aff || j == r.jid.DomainJID() {
			continue
		}
		e := xmpp.El(ns.MUCAdmin, "item").Set("affiliation", aff.String()).Set("jid", j.String())
		if st.nick != "" && aff != Outcast {
			e.Set("nick", st.nick)
		}
		if st.reason != "" {
			e.Add(xmpp.El(ns.MUCAdmin, "reason").AddText(st.reason))
		}
		list = append(list, e)
	}
	return list
}

func sorted(list []*xmpp.Element, by string) []*xmpp.Element {
	slices.SortFunc(list, func(a, b *xmpp.Element) int { return strings.Compare(a.Attr(by), b.Attr(by)) })
	return list
}

// denied is the error for what somebody may not do to somebody.
func (r *room) denied(v verdict) error {
	switch v {
	case forbidden:
		return r.refuse(stanza.Forbidden, "You may not do this in this room.")
	case notAllowed:
		return r.refuse(stanza.NotAllowed, "You may not do this to somebody of this rank.")
	case conflict:
		return r.refuse(stanza.Conflict, "You cannot do this to yourself, and a room keeps at least one owner.")
	}
	return nil
}

// changeRoles carries out changes of roles: all of them, or none (§ 8.2 to § 8.5, § 9.6 to § 9.8).
func (r *room) changeRoles(q *request, items []item) error {
	gone, err := under(r, func() (gone []*seat, err error) {
		r.unbilled(func() {
			r.tab = &q.bill
			gone, err = r.stepBy(q, items)
		})
		return gone, err
	})
	r.s.unfollowAll(gone, r)
	r.remembered()
	return err
}

// stepBy is changeRoles; gone are the sessions that are kicked. r.mu is held.
func (r *room) stepBy(q *request, items []item) (gone []*seat, err error) {
	actor, me := r.standingOf(q.From)
	steps := make([]step, 0, len(items))
	for i := range items {
		role, ok := ParseRole(items[i].role)
		if !ok || items[i].nick == "" {
			return nil, r.refuse(stanza.BadRequest, "An item needs a nickname and a role.")
		}
		o := r.occupants[nickKey(items[i].nick)]
		var err error
		if actor.role != Moderator {
			err = r.denied(forbidden)
		} else if o == nil {
			err = r.refuse(stanza.ItemNotFound, "Nobody here has this nickname.")
		} else {
			err = r.denied(changeRole(actor, party{o.aff, o.role}, role, o == me))
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{o, role, items[i].reason})
	}
	return r.takeSteps(q, steps, me.nick), nil
}

// step is one change of a role.
type step struct {
	o      *occupant
	role   Role
	reason string
}

// takeSteps carries out changes of roles, in the order of § 8.2: those who are kicked learn it first, then the moderator
// that all is done, then everybody else. r.mu is held.
func (r *room) takeSteps(q *request, steps []step, actor string) (gone []*seat) {
	notices := make([]notice, len(steps))
	kicked := map[*occupant]bool{}
	for i, st := range steps {
		notices[i] = notice{aff: st.o.aff, actor: actor, reason: st.reason}
		if st.role != NoRole || kicked[st.o] {
			continue
		}
		kicked[st.o] = true
		n := &notices[i]
		n.typ, n.codes = xmpp.TypeUnavailable, []int{codeKicked}
		r.castSelf(st.o, *n)
	}
	q.granted()
	for i, st := range steps {
		switch {
		case r.occupants[st.o.key] != st.o: // named twice
		case st.role != NoRole && !kicked[st.o]:
			r.promote(st.o, st.o.aff, st.role, &notices[i])
			r.keepRole(st.o)
		case st.role == NoRole:
			r.castOthers(st.o, notices[i], st.o.role)
			r.forget(st.o)
			gone = append(gone, st.o.seats...)
		}
	}
	return gone
}
