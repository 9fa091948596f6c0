package muc

import (
	"crypto/subtle"
	"errors"
	"strings"

	"golang.org/x/text/secure/precis"
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// entry is somebody's wish to be in a room.
type entry struct {
	from     xmpp.JID
	nick     string
	session  hook.Session
	content  words
	rank     int
	password string
	want     wanted
	created  bool // the room was made for it
	id       string
	follows  bool                     // asks for the versions of affiliations (XEP-0463 § 5.1)
	since    string                   // and knows this one
	invited  bool                     // by a token, which the password is (XEP-0488)
	modified bool                     // the room chose another nick
	screen   func(from xmpp.JID) bool // whom the account blocks here
}

func (e *entry) echo() echo { return echoOf(e.from, e.id) }

// presence takes presence for a room or an occupant. It runs on the client's goroutine.
func (s *Service) presence(p *hook.Packet) error {
	switch p.Type {
	case "":
		return echoed(s.available(p))
	case xmpp.TypeUnavailable:
		s.unavailable(p)
	case xmpp.TypeError:
		s.bounced(p)
	}
	return nil // § 17.3: other types neither enter nor leave
}

// echoed marks the refusal of an entry or a nick as one, as all examples of § 7.2 and § 7.6 do: some clients wait for that.
func echoed(err error) error {
	var r *xmpp.Refusal
	if errors.As(err, &r) {
		r.Echo = xmpp.El(ns.MUC, "x")
	}
	return err
}

func (s *Service) available(p *hook.Packet) error {
	room, nick := p.To.Bare(), p.To.Resource()
	join := p.Find(ns.MUC, "x")
	if nick == "" {
		if join == nil {
			return nil
		}
		return refuseBy(room, stanza.JIDMalformed, "Choose a nickname: the address to enter is ROOM/NICKNAME.") // § 7.2.1
	}
	e := entry{from: p.From, nick: nick}
	if p.Session != nil && p.Session.JID() == p.From {
		e.session = p.Session
	}
	if err := e.read(p, join); err != nil {
		return err
	}
	if sitting, err := s.renew(room, &e, join != nil); sitting || err != nil {
		return err
	}
	if join == nil { // § 7.2.18: who the room does not know and who does not ask to enter has lost synchronisation
		s.reject(p)
		return nil
	}
	return s.enter(&e, room)
}

// renew takes presence of who may be in a room that is in memory.
func (s *Service) renew(room xmpp.JID, e *entry, rejoin bool) (sitting bool, err error) {
	r := s.loaded(room)
	if r == nil || !r.pin() {
		return false, nil
	}
	defer func() { r.unpin(); s.release(r) }()
	defer r.flush()
	return r.again(e, rejoin)
}

// read takes from the presence what the room needs.
func (e *entry) read(p *hook.Packet, join *xmpp.Child) (err error) {
	e.id = p.ID()
	if e.content, e.rank, err = presenceContent(p); err != nil || join == nil {
		return err
	}
	x, err := p.Element(join)
	if err != nil {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	e.password = x.ChildText(ns.MUC, "password")
	if u := p.Find(ns.MUCUser, "x"); e.password == "" && u != nil { // § 17.3, § 18.2.1
		x, err := p.Element(u)
		if err != nil {
			return xmpp.Refuse(stanza.BadRequest, "")
		}
		e.password = x.ChildText(ns.MUCUser, "password")
	}
	e.want = parseWanted(x.Child(ns.MUC, "history"))
	if v := x.Child(nsVersions, "mav"); v != nil {
		e.follows, e.since = true, v.Attr("since")
	}
	return nil
}

// presenceContent is what of a client's presence everybody in a room may see, and how available it is.
func presenceContent(p *hook.Packet) (said words, rank int, err error) {
	rank = 3
	var content []byte
	st, prefixed := p.Stanza, false
	for i := range st.Attrs {
		prefixed = prefixed || strings.HasPrefix(st.Attrs[i].Name, "xmlns:")
	}
	for i := range st.Children {
		c := &st.Children[i]
		if p.Stripped(i) || ours(c) || c.Space == ns.Delay || c.Space == ns.StanzaID {
			continue
		}
		raw := st.Bytes(c)
		if c.Is(ns.Client, "show") || prefixed { // a prefix may be declared on the stanza itself
			e, err := st.Element(c)
			if err != nil {
				return words{}, 0, xmpp.Refuse(stanza.BadRequest, "")
			}
			if c.Is(ns.Client, "show") {
				rank = showRank(e.Text())
			}
			raw = e.Append(nil, ns.Client)
		}
		content = append(content, raw...)
	}
	content = append(content, p.Appended()...) // what the account's own modules say, like the hash of its avatar (XEP-0398 § 4)
	if len(content) > maxPresenceContent {
		return words{}, 0, xmpp.Refuse(stanza.PolicyViolation, "The presence is too long for a room: "+itoa(maxPresenceContent)+" bytes at most.")
	}
	if content != nil {
		if said.lang = p.Lang(); len(said.lang) > maxLang {
			said.lang = ""
		}
	}
	said.children = content
	return said, rank, nil
}

// showRank orders availability: what a person with several devices appears to be.
func showRank(show string) int {
	switch show {
	case "dnd":
		return 5
	case "chat":
		return 4
	case "away":
		return 2
	case "xa":
		return 1
	}
	return 3
}

// ours tells whether only the service may say such an element (XEP-0045 § 17.3, XEP-0421 § 4).
func ours(c *xmpp.Child) bool {
	return c.Space == ns.MUCUser || c.Space == ns.MUC || c.Space == nsVersions || c.Space == ns.OccupantID || c.Space == nsHats ||
		c.Space == ns.PubSubEvent // docs/decisions/0014-events.md
}

// reject ends a membership that the client believes in and the room does not (§ 7.2.18).
func (s *Service) reject(p *hook.Packet) {
	s.answer(p, outOf(p.To, p.From))
}

// outOf tells somebody to be out of a room by no fault of anybody.
func outOf(occupant, who xmpp.JID) xmpp.Frame {
	x := xmpp.El(ns.MUCUser, "x", xmpp.El(ns.MUCUser, "item").Set("affiliation", "none").Set("role", "none"))
	for _, c := range [...]int{codeSelf, codeKicked, codeTechnical} {
		x.Add(xmpp.El(ns.MUCUser, "status").Set("code", itoa(c)))
	}
	return xmpp.FrameOf(xmpp.NewPresence(occupant, who, xmpp.TypeUnavailable, x))
}

// answer sends a frame to who sent p.
func (s *Service) answer(p *hook.Packet, f xmpp.Frame) { s.sendTo(p.Session, p.From, f) }

// sendTo sends a frame to a session, or to whom it is for where there is none.
func (s *Service) sendTo(session hook.Session, to xmpp.JID, f xmpp.Frame) {
	if session != nil {
		session.Send(f)
		return
	}
	if err := s.Router.SendFrame(f); err != nil {
		s.Logger.Error("answer of a room not sent", "to", to.String(), "err", err)
	}
}

// enter brings somebody into a room, which may have to be made first.
func (s *Service) enter(e *entry, room xmpp.JID) error {
	if most := s.Config.Of(e.from.Domain()).MaxRooms; e.session != nil && len(s.joined.Load(e.session)) >= most {
		return xmpp.Refuse(stanza.ResourceConstraint, "You are in "+itoa(most)+" rooms, and may not be in more. Leave one first.")
	}
	r, release, err := s.useFor(e.session, room)
	if errors.Is(err, storage.ErrNotFound) {
		r, release, err = s.create(e, room)
	}
	if err != nil {
		return err
	}
	defer release()
	if err := under0(r, func() error { return r.mayEnter(e) }); err != nil {
		return err
	}
	if err := r.recall(s.ctx); err != nil {
		return err
	}
	if err := r.redeem(e); err != nil {
		return err
	}
	if s.Screen != nil {
		e.screen = s.Screen(e.from.Bare(), room.Domain())
	}
	if r.do(func() { r.unbilled(func() { err = r.admit(e) }) }); err != nil {
		return err
	}
	s.follow(e.session, r)
	if s.Screen != nil { // a block from now on follows the room; one of just now has not found it
		screen := s.Screen(e.from.Bare(), room.Domain())
		r.do(func() { r.rescreen(e.from.Bare(), screen) })
	}
	r.flush()
	return nil
}

// follow notes that a session is in a room, so that its end is noticed.
func (s *Service) follow(session hook.Session, r *room) {
	if session == nil {
		return
	}
	s.joined.Update(session, func(list []*room) []*room { return append(list[:len(list):len(list)], r) })
	sitting := false
	if r.mu.Do(func() { sitting = r.seats[session.JID()] != nil }); !sitting { // thrown out meanwhile: nobody notes it again
		s.unfollow(session, r)
	}
}

func (s *Service) unfollow(session hook.Session, r *room) {
	if session == nil {
		return
	}
	s.joined.Update(session, func(list []*room) []*room {
		rest := make([]*room, 0, len(list))
		for _, other := range list {
			if other != r {
				rest = append(rest, other)
			}
		}
		return rest
	})
}

// mayEnter says why somebody may not come in, as far as that is known without what was said before and without looking at tokens:
// who is refused costs no more than that. r.mu is held.
func (r *room) mayEnter(e *entry) error {
	aff := r.affiliation(e.from.Bare())
	switch token := e.password != "" && r.hasTokens(); {
	case r.s.closing.Load(): // § 11.2
		return r.refuse(stanza.ServiceUnavailable, "The server stops. Please come again in a while.").WithType(stanza.Wait)
	case r.gone:
		return r.refuse(stanza.ItemNotFound, endedText)
	case aff == Outcast:
		return r.refuse(stanza.Forbidden, "You are banned from this room.") // § 7.2.7
	case r.locked && aff != Owner:
		return r.refuse(stanza.ItemNotFound, "This room is not ready yet.") // § 7.2.10
	case r.conf.MembersOnly && aff < Member && !token:
		return r.noEntry(e)
	}
	return nil
}

// admit lets somebody in or says why not. r.mu is held.
func (r *room) admit(e *entry) error {
	bare := e.from.Bare()
	aff := r.affiliation(bare)
	if err := r.mayEnter(e); err != nil {
		return err
	}
	switch {
	case r.conf.MembersOnly && aff < Member:
		return r.noEntry(e)
	case r.conf.Protected && !e.invited && !samePassword(e.password, r.conf.Secret):
		return r.refuse(stanza.NotAuthorized, "This room asks for a password.") // § 7.2.5
	}
	if err := r.pickNick(e, bare); err != nil {
		return err
	}
	key := nickKey(e.nick)
	o := r.occupants[key]
	if o != nil && o.bare != bare || r.taken(key, bare) {
		return r.refuse(stanza.Conflict, "Somebody else has this nickname.") // § 7.2.8
	}
	if most, full := r.full(aff); full && o == nil {
		return r.refuse(stanza.ServiceUnavailable, "The room is full: "+itoa(most)+" at most may be in it.").WithType(stanza.Wait) // § 7.2.9
	}
	st := &seat{full: e.from, session: e.session, content: e.content, rank: e.rank}
	if o != nil {
		r.sitBeside(o, st)
	} else {
		addr, err := r.jid.WithResource(e.nick)
		if err != nil {
			return r.refuse(stanza.JIDMalformed, "")
		}
		o = &occupant{nick: addr.Resource(), key: key, addr: addr, bare: bare, id: r.occupantID(bare), aff: aff, role: r.roleFor(bare, aff), screen: e.screen}
		r.dress(o)
		r.sitDown(o, st)
	}
	r.charge(e.session, 1, o.length())
	e.modified = e.modified || o.nick != e.nick
	r.welcome(st, e)
	return nil
}

// samePassword compares passwords as people write them, whatever letters their keyboards make (RFC 8265 § 4.2.3).
func samePassword(a, b string) bool {
	prepared := func(s string) []byte {
		if p, err := precis.OpaqueString.String(s); err == nil {
			return []byte(p)
		}
		return []byte(s)
	}
	return subtle.ConstantTimeCompare(prepared(a), prepared(b)) == 1
}

// roleFor is the role with which somebody enters.
func (r *room) roleFor(bare xmpp.JID, aff Affiliation) Role {
	if role, ok := r.keptRole(bare, aff); ok {
		return role
	}
	return r.initial(bare, aff)
}

// initial is the role that comes with an affiliation.
func (r *room) initial(bare xmpp.JID, aff Affiliation) Role {
	role := initialRole(aff, &r.conf)
	if role == Visitor && r.conf.Voices[bare.String()] {
		return Participant
	}
	return role
}

// pickNick checks the nick, and replaces it where the room has reserved another: in groups always (§ 7.2.2).
func (r *room) pickNick(e *entry, bare xmpp.JID) error {
	if own := r.affs[bare].nick; nickKey(own) != "" && !r.group.IsZero() {
		if addr, err := r.jid.WithResource(own); err == nil {
			e.modified = addr.Resource() != e.nick
			e.nick = addr.Resource()
		}
	}
	if nickKey(e.nick) == "" { // § 17.1
		return r.refuse(stanza.JIDMalformed, "Choose a nickname that people can see.")
	}
	return nil
}

// taken tells whether a nick is reserved for somebody else.
func (r *room) taken(key string, bare xmpp.JID) bool {
	who, ok := r.reserved[key]
	return ok && who != bare
}

// spare is how many admins and owners may be in a full room (§ 7.2.9).
const spare = 20

// full tells whether a room has no place for somebody, and how many it has. r.mu is held.
func (r *room) full(aff Affiliation) (most int, full bool) {
	most = r.conf.MaxUsers
	if top := r.config().MaxUsers; most == 0 || top > 0 && top < most {
		most = top
	}
	if most == 0 {
		return 0, false
	}
	if aff >= Admin {
		most += spare
	}
	return most, len(r.occupants) >= most
}

// selfCodes are the statuses of the presence by which somebody learns that he or she is in (§ 7.2).
func (r *room) selfCodes(e *entry) []int {
	codes := []int{codeSelf}
	if r.conf.NonAnonymous {
		codes = append(codes, codeNonAnonymous) // § 7.2.3
	}
	if r.archived() {
		codes = append(codes, codeLogged) // § 7.2.12
	}
	if r.locked {
		codes = append(codes, codeCreated) // § 10.1.1
	}
	if e.modified {
		codes = append(codes, codeNickModified) // § 7.2.2
	}
	return codes
}

// sitDown seats the first session of an occupant; all others are told.
func (r *room) sitDown(o *occupant, st *seat) {
	others := r.everybody() // without the new one
	st.occ = o
	o.seats = append(o.seats, st)
	r.occupants[o.key], r.seats[st.full] = o, st
	r.present = append(r.present, o)
	r.shift()
	if r.conf.Broadcast[o.role] {
		r.tell(others, o)
	}
}

// sitBeside seats another session of an occupant (§ 7.2.8); the others are told only if that changes what they see.
func (r *room) sitBeside(o *occupant, st *seat) {
	before, _ := o.main(), r.everybody() // the list is kept until shift: the new session is not in it
	st.occ = o
	o.seats = append(o.seats, st)
	if o.main() != before {
		r.announce(o, nil)
	}
	r.seats[st.full] = st
	r.shift()
}

// welcome sends what somebody who enters gets, in the order of § 7.1: the others, itself, the past, the subject.
func (r *room) welcome(st *seat, e *entry) {
	o, want := st.occ, e.want
	frames := make([]xmpp.Frame, 0, len(r.occupants)+1)
	frames = append(frames, r.follow(st, e)...)
	to := r.receiverOf(st)
	for _, other := range r.present {
		if other != o && r.conf.Broadcast[other.role] && !o.blocks(other.addr) {
			frames = append(frames, *r.shown(other, to.sees))
		}
	}
	self := notice{content: o.main().content, aff: o.aff, role: o.role, jid: st.full, codes: r.selfCodes(e)}
	if st.view != 0 {
		self.until = r.version(st.view)
	}
	in := e.echo()
	frames = append(frames, in.on(self.frame(o), st.full))
	chargeFor(st.session, frames)
	history := r.past[:len(r.past):len(r.past)] // what comes later is not the past
	if t := r.floor(o.bare); t.After(want.since) {
		want.since = t
	}
	r.emit(func() {
		for _, f := range frames {
			r.send(&to, f)
		}
		past := r.choose(history, want, &to)
		chargeFor(to.session, past)
		for _, f := range past {
			r.send(&to, f)
		}
		var subject xmpp.Frame
		r.do(func() { subject = r.subjectFrame() }) // which all messages before have left
		r.send(&to, subject)
	})
}
