package muc

import (
	"maps"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// ownerQuery configures or destroys a room (§ 10).
func (r *room) ownerQuery(q *request) (*xmpp.Element, error) {
	var aff Affiliation
	group := false
	r.do(func() { aff, group = r.affiliation(q.From.Bare()), !r.group.IsZero() })
	switch {
	case group && aff >= Member:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	case aff != Owner:
		return nil, r.refuse(stanza.Forbidden, "Only owners of the room may do this.") // § 10.2, § 10.9
	}
	if q.Type == xmpp.TypeGet {
		return under(r, func() (*xmpp.Element, error) { return xmpp.El(ns.MUCOwner, "query", r.configForm()), nil })
	}
	if d := q.payload.Child(ns.MUCOwner, "destroy"); d != nil {
		return nil, r.destroyBy(q, d)
	}
	x := q.payload.Child(ns.DataForm, "x")
	switch x.Attr("type") {
	case "cancel":
		return nil, r.cancelConfig(q)
	case "submit":
		return nil, r.submitConfig(q, x)
	}
	return nil, r.refuse(stanza.BadRequest, "The request holds neither a form nor the wish to destroy the room.")
}

// cancelConfig leaves the configuration as it is; before the first one it ends the room (§ 10.1.3, § 10.2).
func (r *room) cancelConfig(q *request) error {
	locked := false
	if r.do(func() { locked = r.locked }); !locked {
		return nil
	}
	return r.destroy(r.s.ctx, xmpp.El(ns.MUCUser, "destroy"), true)
}

// configForm is the form of § 10.1.3 with the current values. r.mu is held.
func (r *room) configForm() *xmpp.Element {
	c := &r.conf
	form := newForm("form", ns.MUCConfig, "Configuration of "+r.jid.String(), "")
	text := func(typ, name, label, value string) { form.Add(field(typ, "muc#"+name, label, value)) }
	flag := func(name, label string) {
		form.Add(field("boolean", "muc#roomconfig_"+name, label, formatBool(*c.flag(name))))
	}
	text("text-single", "roomconfig_roomname", "Name", c.Name)
	text("text-single", "roomconfig_roomdesc", "Description", c.Description)
	text("text-single", "roomconfig_lang", "Language", c.Lang)
	flag("persistentroom", "The room stays when everybody has left")
	flag("publicroom", "The room is listed")
	flag("membersonly", "Only members may enter")
	flag("moderatedroom", "Only those with voice may speak")
	flag("passwordprotectedroom", "A password is needed to enter")
	text("text-private", "roomconfig_roomsecret", "Password", c.Secret)
	whois := field("list-single", "muc#roomconfig_whois", "Who sees real addresses", c.stored()["whois"])
	form.Add(whois.Add(option("Moderators", "moderators"), option("Everybody", "anyone")))
	flag("changesubject", "Participants may change the subject")
	flag("allowinvites", "Members may invite into a room for members only")
	readers := field("list-multi", "muc#roomconfig_getmemberlist", "Roles in which members may see the list of members", c.MemberList.names()...)
	form.Add(readers.Add(roleOptions()...))
	flag("enablelogging", "Messages are archived")
	users := field("list-single", "muc#roomconfig_maxusers", "Most occupants", c.maxUsers())
	for _, n := range c.userOptions() {
		users.Add(option(itoa(n), itoa(n)))
	}
	form.Add(users.Add(option("No limit", "none")))
	form.Add(field("text-single", "muc#maxhistoryfetch", "Most messages of the past on entering", itoa(c.History)))
	seen := field("list-multi", "muc#roomconfig_presencebroadcast", "Roles whose presence everybody gets", c.Broadcast.names()...)
	form.Add(seen.Add(roleOptions()...))
	private := field("list-single", "muc#roomconfig_allowpm", "Who may send private messages", c.private())
	form.Add(private.Add(option("Everybody", "anyone"), option("Participants", "participants"),
		option("Moderators", "moderators"), option("Nobody", "none")))
	form.Add(slowField(c.Slow))
	text("text-single", "roomconfig_pubsub", "Address of a publish-subscribe node", c.PubSub)
	register := field("list-single", "x-registration", "Who may register as a member", c.registration())
	form.Add(register.Add(option("Everybody; in a room for members only, whom an admin approves", "default"),
		option("Whom an admin approves", RegisterApproval), option("Nobody", RegisterNobody)))
	form.Add(field("jid-multi", "muc#roomconfig_roomadmins", "Admins", r.holders(Admin)...))
	return form.Add(field("jid-multi", "muc#roomconfig_roomowners", "Owners", r.holders(Owner)...))
}

func roleOptions() []*xmpp.Element {
	return []*xmpp.Element{option("Moderators", "moderator"), option("Participants", "participant"), option("Visitors", "visitor")}
}

// userOptions are the numbers of occupants that the form offers: also the one that is set, of a list-single the value is one of the
// options (XEP-0004 § 3.3).
func (c *settings) userOptions() []int {
	list := []int{10, 20, 50, 100, 500, 1000}
	if i, there := slices.BinarySearch(list, c.MaxUsers); !there && c.MaxUsers > 0 {
		list = slices.Insert(list, i, c.MaxUsers)
	}
	return list
}

func (c *settings) maxUsers() string {
	if c.MaxUsers == 0 {
		return "none"
	}
	return itoa(c.MaxUsers)
}

// holders are the addresses with an affiliation.
func (r *room) holders(aff Affiliation) []string {
	var list []string
	for _, e := range r.affiliationList(aff) {
		list = append(list, e.Attr("jid"))
	}
	return list
}

// submitConfig takes a configuration (§ 10.1.2, § 10.1.3, § 10.2).
func (r *room) submitConfig(q *request, x *xmpp.Element) error {
	fields, ok := submitted(x)
	if t := first(fields["FORM_TYPE"]); !ok || t != ns.MUCConfig && (t != "" || len(fields) > 0) {
		return r.refuse(stanza.BadRequest, "The form is no configuration of a room.")
	}
	return r.changing(func() error { return r.billed(q, func() error { return r.carryConfig(q, fields) }) })
}

// carryConfig is submitConfig. r.change is held.
func (r *room) carryConfig(q *request, fields map[string][]string) error {
	var next settings
	moves, err := under(r, func() (moves []shiftOf, err error) {
		if next, err = r.configured(fields); err == nil {
			moves, err = r.holdersChanged(fields)
		}
		return moves, err
	})
	if err != nil {
		return err
	}
	return r.alter(r.s.ctx, &change{conf: &next, moves: moves})
}

// configured is the configuration that a form asks for. r.mu is held.
func (r *room) configured(fields map[string][]string) (settings, error) {
	next := r.conf
	for name, values := range fields {
		key, ok := configKey(name)
		if !ok {
			continue
		}
		value := first(values)
		if key == "presencebroadcast" || key == "getmemberlist" { // list-multi: a value for each role
			value = strings.Join(values, " ")
		}
		if len(value) > 4096 || !next.set(key, value) {
			return next, r.refuse(stanza.NotAcceptable, "The field "+name+" cannot have this value.") // § 10.1.3
		}
	}
	if next.Protected && next.Secret == "" {
		return next, r.refuse(stanza.NotAcceptable, "A room with a password needs one.")
	}
	return next, nil
}

// configKey is the key of a form's field in the stored configuration, for those that owners may set.
func configKey(name string) (string, bool) {
	const prefix = "muc#roomconfig_"
	switch {
	case name == "muc#maxhistoryfetch":
		return "maxhistoryfetch", true
	case name == "x-registration":
		return name, true
	case len(name) <= len(prefix) || name[:len(prefix)] != prefix:
		return "", false
	}
	switch key := name[len(prefix):]; key {
	case "roomname", "roomdesc", "lang", "roomsecret", "whois", "maxusers", "presencebroadcast", "allowpm", "persistentroom",
		"publicroom", "membersonly", "moderatedroom", "passwordprotectedroom", "changesubject", "allowinvites", "getmemberlist",
		"enablelogging", "pubsub", "slow_mode_duration":
		return key, true
	}
	return "", false
}

// holdersChanged are the changes of affiliations by the full lists of admins and owners in a form. r.mu is held.
func (r *room) holdersChanged(fields map[string][]string) ([]shiftOf, error) {
	want := map[xmpp.JID]Affiliation{}
	_, admins := fields["muc#roomconfig_roomadmins"]
	_, owners := fields["muc#roomconfig_roomowners"]
	for _, l := range [...]struct {
		name string
		aff  Affiliation
	}{{"muc#roomconfig_roomadmins", Admin}, {"muc#roomconfig_roomowners", Owner}} {
		values, given := fields[l.name]
		if !given {
			continue
		}
		for j, st := range r.affs {
			if _, other := want[j]; st.aff == l.aff && !other {
				want[j] = Member
				if l.aff == Owner && !admins {
					want[j] = Admin // § 10.2: an owner who is none any more
				}
			}
		}
		for _, v := range values {
			if v == "" {
				continue
			}
			j, err := xmpp.ParseJID(v)
			if err != nil {
				return nil, r.refuse(stanza.JIDMalformed, "One of the addresses is none.")
			}
			if l.aff == Admin && !owners && r.affs[j.Bare()].aff == Owner {
				continue // who is more than an admin stays that: the form does not say who the owners are
			}
			want[j.Bare()] = l.aff
		}
	}
	left := r.owners()
	var moves []shiftOf
	for j, aff := range want {
		from := r.affs[j]
		if from.aff == aff {
			continue
		}
		if from.aff == Owner {
			left--
		}
		if aff == Owner {
			left++
		}
		moves = append(moves, shiftOf{j, from, standing{aff: aff, nick: from.nick}, ""})
	}
	if left == 0 {
		return nil, r.denied(conflict) // § 10.2
	}
	slices.SortFunc(moves, func(a, b shiftOf) int { return strings.Compare(a.jid.String(), b.jid.String()) })
	return moves, nil
}

// broadcastCodes tells everybody that the configuration has changed (§ 10.2.1).
func (r *room) broadcastCodes(codes []int) {
	to, f := r.everybody(), r.fromRoom(xmpp.TypeGroupchat, userX(codes...))
	r.owe(len(to), &f)
	r.emit(func() {
		for i := range to {
			r.send(&to[i], f)
		}
	})
}

// changeCodes are the status codes for a change of the configuration (§ 10.2.1).
func changeCodes(before, next *settings) []int {
	var codes []int
	either := func(was, is bool, on, off int) {
		if is && !was {
			codes = append(codes, on)
		} else if was && !is {
			codes = append(codes, off)
		}
	}
	either(before.Persistent && before.Logging, next.Persistent && next.Logging, codeLogged, codeNotLogged)
	either(before.NonAnonymous, next.NonAnonymous, codeNowNonAnon, codeNowSemiAnon)
	a, b := before.stored(), next.stored()
	for _, c := range [...]*map[string]string{&a, &b} {
		delete(*c, "whois")
		delete(*c, "enablelogging")
		delete(*c, keyWorn)      // of which presence tells
		delete(*c, "x-requests") // of which its admins know
	}
	if !maps.Equal(a, b) {
		codes = append(codes, codeConfigChanged)
	}
	return codes
}
