package muc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// nsHatCommands are the commands about hats (XEP-0317 § 3), and the type of their forms.
const nsHatCommands = "urn:xmpp:hats:commands"

// hatCommand is one of them. Those with fields change something and take a form.
type hatCommand struct {
	node, title, text string
	fields            func(r *room) []*xmpp.Element
	run               func(r *room, next *settings, v form.Values) error
	list              func(r *room) *xmpp.Element
}

// hatCommands are all of them, in the order of § 3.
func hatCommands() []hatCommand {
	return []hatCommand{
		{node: "create", title: "Create a hat", text: "A hat with this address that is there already is changed.", fields: newHatFields, run: (*room).createHat},
		{node: "destroy", title: "Destroy a hat", text: "Nobody wears it any more.", fields: oneHatField, run: (*room).destroyHat},
		{node: "list", title: "List the hats", list: (*room).listHats},
		{node: "assign", title: "Assign a hat", fields: wearerFields, run: (*room).assignHat},
		{node: "unassign", title: "Take a hat", fields: wearerFields, run: (*room).unassignHat},
		{node: "list-assigned", title: "List who wears hats", list: (*room).listWorn},
	}
}

// hatCommandAt finds a command by its node.
func hatCommandAt(node string) *hatCommand {
	name, ok := strings.CutPrefix(node, nsHatCommands+":")
	for _, c := range hatCommands() {
		if ok && c.node == name {
			return &c
		}
	}
	return nil
}

func newHatFields(*room) []*xmpp.Element {
	return []*xmpp.Element{
		form.Need(form.Field("text-single", "hats#title", "Title")),
		form.Need(form.Field("text-single", "hats#uri", "Address (URI)")),
		form.Field("text-single", "hats#hue", "Colour: an angle"),
	}
}

func oneHatField(r *room) []*xmpp.Element {
	f := form.Need(form.Field("list-single", "hats#uri", "Hat"))
	for _, h := range r.hats() {
		form.Offer(f, h.Title, h.URI)
	}
	return []*xmpp.Element{f}
}

func wearerFields(r *room) []*xmpp.Element {
	return append([]*xmpp.Element{form.Need(form.Field("jid-single", "hats#jid", "Address of the person"))}, oneHatField(r)...)
}

// command executes a command (XEP-0050 § 2.4). A form may come at once, or be asked for first.
func (r *room) command(q *request) (*xmpp.Element, error) {
	c := hatCommandAt(q.payload.Attr("node"))
	if c == nil {
		return nil, r.refuse(stanza.ItemNotFound, "There is no such command.")
	}
	if err := under0(r, func() error { return r.mayCommand(c, q.From) }); err != nil {
		return nil, err
	}
	node, id := q.payload.Attr("node"), q.payload.Attr("sessionid")
	if id == "" {
		id = r.sessionID(xmpp.NewID(), node, q.From)
	} else if nonce, _, _ := strings.Cut(id, "."); id != r.sessionID(nonce, node, q.From) {
		return nil, r.refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-sessionid")) // XEP-0050 § 4.4
	}
	e := xmpp.El(ns.Commands, "command").Set("node", node).Set("sessionid", id)
	switch q.payload.Attr("action") {
	case "", "execute", "next", "complete":
	case "cancel":
		return e.Set("status", "canceled"), nil
	case "prev":
		return nil, r.refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-action"))
	default:
		return nil, r.refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "malformed-action"))
	}
	if c.list != nil {
		r.do(func() { e.Add(c.list(r)) })
		hook.Charge(q.Session, 1, len(e.Append(nil, "")))
		return e.Set("status", "completed"), nil
	}
	x := q.payload.Child(ns.DataForm, "x")
	if x == nil {
		asked := form.Titled(c.title, c.text, nsHatCommands)
		r.do(func() { asked.Add(c.fields(r)...) })
		actions := xmpp.El(ns.Commands, "actions", xmpp.El(ns.Commands, "complete")).Set("execute", "complete")
		return e.Set("status", "executing").Add(actions, asked), nil
	}
	if err := r.submitHat(q, c, x); err != nil {
		return nil, err
	}
	return e.Set("status", "completed"), nil
}

// under0 is under for what has no result.
func under0(r *room, f func() error) (err error) {
	r.do(func() { err = f() })
	return err
}

// mayCommand decides who may use a command. r.mu is held.
func (r *room) mayCommand(c *hatCommand, who xmpp.JID) error {
	aff, sitting := r.affiliation(who.Bare()), r.seats[who] != nil
	switch {
	case aff == Outcast:
	case c.list == nil && r.locked: // § 10.1.2: it is configured first
		return r.refuse(stanza.NotAllowed, "The room has to be configured before.")
	case c.list != nil && c.node == "list" && (sitting || aff >= Member):
		return nil
	case c.list != nil && c.node != "list" && r.mayReadMembers(who): // it tells addresses
		return nil
	case c.list == nil && !r.group.IsZero() && aff >= Member:
		return r.refuse(stanza.NotAllowed, managedText)
	case c.list == nil && r.group.IsZero() && aff >= Admin:
		return nil
	}
	return r.refuse(stanza.Forbidden, "This command is not for you.").WithType(stanza.Cancel) // XEP-0050 § 4.4
}

// mayReadMembers tells whether somebody may see the list of members. r.mu is held.
func (r *room) mayReadMembers(who xmpp.JID) bool {
	p, _ := r.standingOf(who)
	if p.role == NoRole {
		p.role = r.roleFor(who.Bare(), p.aff)
	}
	return mayRead(p, Member, &r.conf)
}

// sessionID names the session of a command: the room keeps nothing of it.
func (r *room) sessionID(nonce, node string, who xmpp.JID) string {
	m := hmac.New(sha256.New, r.secret)
	m.Write([]byte("command " + nonce + " " + node + " " + who.String()))
	return nonce + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:12])
}

// submitHat carries out a command. Everybody is told what is not the same any more: by presence, and by status 104 where
// the hats themselves are others.
func (r *room) submitHat(q *request, c *hatCommand, x *xmpp.Element) error {
	v, err := form.Read(x)
	if err != nil {
		return r.refuse(stanza.BadRequest, err.Error())
	}
	if t := v.Type(); t != "" && t != nsHatCommands {
		return r.refuse(stanza.BadRequest, "This form is not about hats.")
	}
	return r.changing(func() error {
		var next settings
		if err := under0(r, func() error {
			next = r.conf
			next.Hats, next.Worn = slices.Clone(next.Hats), maps.Clone(next.Worn)
			if err := c.run(r, &next, v); err != nil {
				return err
			}
			if most := r.config().HatBytes; next.heavier(&r.conf, most) {
				return r.refuse(stanza.ResourceConstraint, "The hats of this room take up all the place for them: "+itoa(most)+" bytes. Take some, or destroy one, first.")
			}
			return nil
		}); err != nil {
			return err
		}
		return r.billed(q, func() error { return r.configure(r.s.ctx, next) })
	})
}

func (r *room) createHat(next *settings, v form.Values) error {
	h := hat{URI: v.First("hats#uri"), Title: v.First("hats#title"), Hue: v.First("hats#hue")}
	if !h.valid() {
		return r.refuse(stanza.BadRequest, "A hat has a title, a URI, and perhaps an angle from 0 to 360.")
	}
	i := hatAt(next.Hats, h.URI)
	switch {
	case i >= 0:
		next.Hats[i] = h
	case len(next.Hats) >= r.config().Hats:
		return r.refuse(stanza.ResourceConstraint, "This room has as many hats as one may have: "+itoa(r.config().Hats)+". Destroy one first.")
	default:
		next.Hats = append(next.Hats, h)
	}
	return nil
}

func (r *room) destroyHat(next *settings, v form.Values) error {
	uri := v.First("hats#uri")
	i := hatAt(next.Hats, uri)
	if i < 0 {
		return r.refuse(stanza.ItemNotFound, "There is no such hat.")
	}
	next.Hats = slices.Delete(next.Hats, i, i+1)
	for j := range next.Worn {
		next.take(j, uri)
	}
	return nil
}

// take takes a hat from somebody; false where there is none.
func (c *settings) take(j xmpp.JID, uri string) bool {
	i := slices.Index(c.Worn[j], uri)
	if i < 0 {
		return false
	}
	if rest := slices.Delete(slices.Clone(c.Worn[j]), i, i+1); len(rest) > 0 {
		c.Worn[j] = rest
	} else {
		delete(c.Worn, j)
	}
	return true
}

// wearer reads whom a form is about, and which hat.
func (r *room) wearer(next *settings, v form.Values) (j xmpp.JID, uri string, err error) {
	j, err = xmpp.ParseJID(v.First("hats#jid"))
	if err != nil || j.Local() == "" {
		return j, "", r.refuse(stanza.JIDMalformed, "The address of the person is none.")
	}
	if uri = v.First("hats#uri"); hatAt(next.Hats, uri) < 0 {
		return j, "", r.refuse(stanza.ItemNotFound, "There is no such hat.")
	}
	return j.Bare(), uri, nil
}

func (r *room) assignHat(next *settings, v form.Values) error {
	j, uri, err := r.wearer(next, v)
	if err != nil || slices.Contains(next.Worn[j], uri) {
		return err
	}
	own := r.config()
	switch _, known := next.Worn[j]; {
	case len(next.Worn[j]) >= own.HatsEach:
		return r.refuse(stanza.ResourceConstraint, j.String()+" wears as many hats as one may: "+itoa(own.HatsEach)+".")
	case !known && len(next.Worn) >= own.HatWearers:
		return r.refuse(stanza.ResourceConstraint, "As many people of this room wear hats as may: "+itoa(own.HatWearers)+".")
	}
	if next.Worn == nil {
		next.Worn = map[xmpp.JID][]string{}
	}
	next.Worn[j] = append(slices.Clone(next.Worn[j]), uri)
	return nil
}

func (r *room) unassignHat(next *settings, v form.Values) error {
	j, uri, err := r.wearer(next, v)
	if err == nil && !next.take(j, uri) {
		err = r.refuse(stanza.ItemNotFound, j.String()+" does not wear this hat.")
	}
	return err
}

func (h *hat) fields() []*xmpp.Element {
	return []*xmpp.Element{form.Field("", "hats#title", "", h.Title), form.Field("", "hats#uri", "", h.URI), form.Field("", "hats#hue", "", h.Hue)}
}

func hatColumns(names ...string) *xmpp.Element {
	var list []*xmpp.Element
	for _, name := range names {
		list = append(list, form.Field("", name, ""))
	}
	return form.Reported(list...)
}

// listHats lists the hats (XEP-0317 § 3.4). r.mu is held.
func (r *room) listHats() *xmpp.Element {
	x := form.New("result", nsHatCommands).Add(hatColumns("hats#title", "hats#uri", "hats#hue"))
	for _, h := range r.hats() {
		x.Add(form.Item(h.fields()...))
	}
	return x
}

// listWorn lists who wears which hats (XEP-0317 § 3.7). r.mu is held.
func (r *room) listWorn() *xmpp.Element {
	who := map[string]xmpp.JID{}
	for j := range r.conf.Worn {
		who[j.String()] = j
	}
	if !r.group.IsZero() {
		for j := range r.affs {
			who[j.String()] = j
		}
	}
	x := form.New("result", nsHatCommands).Add(hatColumns("hats#jid", "hats#title", "hats#uri", "hats#hue"))
	for _, key := range slices.Sorted(maps.Keys(who)) {
		for _, h := range r.hatsOf(who[key], r.affiliation(who[key]), &r.conf) {
			x.Add(form.Item(append([]*xmpp.Element{form.Field("", "hats#jid", "", key)}, h.fields()...)...))
		}
	}
	return x
}

// commandItems lists the commands that somebody may use (XEP-0050 § 2.2). r.mu is held.
func (r *room) commandItems(who xmpp.JID) (list []*xmpp.Element) {
	for _, c := range hatCommands() {
		if r.mayCommand(&c, who) == nil {
			list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", r.jid.String()).Set("node", nsHatCommands+":"+c.node).Set("name", c.title))
		}
	}
	return list
}

// describeCommand fills in what a node of commands is (XEP-0050 § 2.2).
func describeCommand(e *xmpp.Element, kind, name string) *xmpp.Element {
	return e.Add(xmpp.El(ns.DiscoInfo, "identity").Set("category", "automation").Set("type", kind).Set("name", name),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Commands), xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.DataForm))
}
