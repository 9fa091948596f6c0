package muc

import (
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Well-known nodes of service discovery (§ 16.4).
const (
	nodeTraffic  = ns.MUC + "#traffic"
	maxDiscoList = 1000
)

// items of a room are its occupants: private, unless the room is public and who asks is in it (§ 6.5).
func (r *room) items(q *request) (*xmpp.Element, error) {
	e := xmpp.El(ns.DiscoItems, "query")
	switch node := q.payload.Attr("node"); node {
	case "":
	case ns.Commands:
		r.do(func() { e.Add(r.commandItems(q.From)...) })
		return e.Set("node", node), nil
	default:
		return e.Set("node", node), nil
	}
	var list []*xmpp.Element
	r.do(func() {
		if r.seats[q.From] == nil {
			return
		}
		for _, o := range r.present {
			if r.conf.Broadcast[o.role] && len(list) < maxDiscoList {
				list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", o.addr.String()))
			}
		}
	})
	slices.SortFunc(list, func(a, b *xmpp.Element) int { return strings.Compare(a.Attr("jid"), b.Attr("jid")) })
	return e.Add(list...), nil
}

// info tells what a room is and can (§ 6.4).
func (r *room) info(q *request) (*xmpp.Element, error) {
	e := xmpp.El(ns.DiscoInfo, "query")
	node := q.payload.Attr("node")
	if node != "" {
		e.Set("node", node)
	}
	return under(r, func() (*xmpp.Element, error) { return r.describe(e, q.From, node) })
}

// describe fills in what info tells somebody. r.mu is held.
func (r *room) describe(e *xmpp.Element, who xmpp.JID, node string) (*xmpp.Element, error) {
	switch node {
	case "":
	case ns.RoomUser: // § 7.12
		if nick := r.affs[who.Bare()].nick; nick != "" {
			e.Add(xmpp.El(ns.DiscoInfo, "identity").Set("category", "conference").Set("type", "text").Set("name", nick))
		}
		return e, nil
	case nodeTraffic: // § 18.1.1: nothing is discarded
		return nil, r.refuse(stanza.ServiceUnavailable, "")
	case ns.Commands:
		return describeCommand(e, "command-list", "Commands"), nil
	default:
		c := hatCommandAt(node)
		if c == nil {
			return nil, r.refuse(stanza.ItemNotFound, "")
		}
		if err := r.mayCommand(c, who); err != nil {
			return nil, err
		}
		return describeCommand(e, "command-node", c.title), nil
	}
	closed := r.closedTo(who)
	name := r.conf.Name
	if name == "" || closed {
		name = r.jid.Local()
	}
	e.Add(xmpp.El(ns.DiscoInfo, "identity").Set("category", "conference").Set("type", "text").Set("name", name))
	for _, f := range r.features() {
		e.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", f))
	}
	if closed { // what is said in a closed room, strangers need not know
		return e, nil
	}
	return e.Add(r.infoForm()), nil
}

// features of a room (§ 16.3).
func (r *room) features() []string {
	choose := func(v bool, yes, no string) string {
		if v {
			return yes
		}
		return no
	}
	c := &r.conf
	list := []string{
		ns.MUC, nsVersions, nsHats, ns.Commands, ns.MUCStableID, ns.MUCSelfPing, ns.OccupantID, ns.StanzaID, ns.DiscoInfo, ns.DiscoItems,
		choose(c.Public, "muc_public", "muc_hidden"),
		choose(c.MembersOnly, "muc_membersonly", "muc_open"),
		choose(c.Moderated, "muc_moderated", "muc_unmoderated"),
		choose(c.NonAnonymous, "muc_nonanonymous", "muc_semianonymous"),
		choose(c.Protected, "muc_passwordprotected", "muc_unsecured"),
		choose(c.Persistent, "muc_persistent", "muc_temporary"),
	}
	switch {
	case r.group.IsZero():
		list = append(list, ns.Register, nsMUCRegister) // § 7.10
	case c.MayLeave:
		list = append(list, ns.Register)
	}
	if !r.group.IsZero() {
		list = append(list, nsMentions, nsChannel) // XEP-0513 § 3.6
	}
	if c.Persistent && r.s.Docs != nil {
		list = append(list, ns.VCard) // XEP-0486 § 3.1
	}
	if r.hasTokens() {
		list = append(list, nsTokens) // XEP-0488 § 3.1
	}
	if r.archived() {
		list = append(list, ns.Moderate, ns.Retract, tombstones) // XEP-0425 § 2, XEP-0424 § 5
	}
	if r.archived() && r.s.MAM != nil {
		list = append(list, ns.MAM, ns.MAMExt, ns.FullText) // XEP-0313 § 9, XEP-0431 § 2.1
	}
	return list
}

// activity is how many messages an hour are sent in the room, where that may be known. r.mu is held.
func (r *room) activity() (perHour float64, ok bool) {
	if c := &r.conf; !c.Persistent || !c.Public || c.MembersOnly || c.Protected { // XEP-0502 § 6
		return 0, false
	}
	since := r.s.started
	if r.created.After(since) {
		since = r.created
	}
	return r.pulse.rate(since, r.s.Now())
}

// infoForm is the form muc#roominfo (§ 16.5.4).
func (r *room) infoForm() *xmpp.Element {
	c := &r.conf
	form := newForm("result", ns.MUCRoomInfo, "", "")
	form.Add(
		field("", "muc#roominfo_description", "Description", c.Description),
		field("", "muc#roominfo_occupants", "Number of occupants", itoa(len(r.occupants))),
		field("", "muc#roominfo_subject", "Subject", r.subjectText()),
		field("", "muc#roominfo_subjectmod", "Participants may change the subject", formatBool(c.ChangeSubject)),
		field("", "muc#roomconfig_roomname", "Name", c.Name),
		field("", "muc#roomconfig_changesubject", "Participants may change the subject", formatBool(c.ChangeSubject)),
		field("", "muc#maxhistoryfetch", "Most messages of the past on entering", itoa(r.pastLimit())),
	)
	if !r.group.IsZero() {
		form.Add(r.mentionFields(false)...) // XEP-0513 § 3.6
	}
	if c.FilesOff { // no specification has a field for it (XEP-0068 § 3.4), and without it they are on
		form.Add(field("boolean", "{"+ns.MynaGroup+"}files", "Files may be sent", formatBool(false)))
	}
	if hashes := strings.Fields(c.rest[avatarKey]); len(hashes) > 0 { // XEP-0486 § 3.3, § 5.1
		form.Add(field("text-multi", "muc#roominfo_avatarhash", "Avatar hash", hashes...))
	}
	if hash := r.hatsHash(); hash != "" { // XEP-0317 § 2
		form.Add(field("text-single", "hats#hash", "Hats hash", hash))
	}
	form.Add(slowInfo(c.Slow))
	if rate, ok := r.activity(); ok { // XEP-0502 § 3
		form.Add(field("", "{urn:xmpp:muc-activity}message-activity", "Messages per hour", strconv.FormatFloat(rate, 'f', 2, 64)))
	}
	if c.PubSub != "" {
		form.Add(field("", "muc#roomconfig_pubsub", "Publish-subscribe node", c.PubSub))
	}
	if c.Lang != "" {
		form.Add(field("", "muc#roominfo_lang", "Language", c.Lang))
	}
	return form
}
