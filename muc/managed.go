package muc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Spec is what a group's room has to be.
type Spec struct {
	JID          xmpp.JID
	Group        xmpp.JID // the alias' address
	Name         string
	Description  string
	Announcement bool              // only leads and Posters may write
	Posters      []xmpp.JID        // those who may although they are no leads
	Newcomers    string            // NewcomersAll and its siblings
	Retention    int               // days after which messages are removed; 0: as elsewhere
	FilesOff     bool              // no files
	CallAll      string            // CallAllMembers and its siblings
	MayLeave     bool              // members may end their membership (§ 7.10, XEP-0077 § 3.2)
	Config       map[string]string // further fields as in storage.Room.Config, over the defaults of groups
	Former       *storage.Room     // for one that is made anew: what it was when it ended; nil: nothing is known
}

// Person is somebody whom the alias makes part of its group.
type Person struct {
	JID         xmpp.JID // bare
	Nick        string   // reserved, unique in the room
	Affiliation Affiliation
	Since       time.Time // for one who becomes a member with this: since when he or she was one before; zero: is new
}

// Occupant is somebody in a room now.
type Occupant struct {
	JID      xmpp.JID // bare
	Nick     string
	Role     Role
	Sessions int
}

// settingsOf is the configuration that a spec asks for.
func (sp *Spec) settings() settings {
	c := groupSettings()
	for k, v := range sp.Config {
		c.set(k, v)
	}
	c.Name, c.Description, c.Announcement, c.Moderated = sp.Name, sp.Description, sp.Announcement, sp.Announcement
	c.Newcomers, c.Retention, c.FilesOff, c.CallAll, c.MayLeave = sp.Newcomers, sp.Retention, sp.FilesOff, sp.CallAll, sp.MayLeave
	c.Voices = map[string]bool{}
	for _, j := range sp.Posters {
		c.Voices[j.Bare().String()] = true
	}
	return c
}

// EnsureRoom makes the room of a group, or makes an existing one what the spec says; occupants are told what changed
// (status 104 and others). Its owner is the service. It may be called again at any time.
func (s *Service) EnsureRoom(ctx context.Context, sp Spec) error {
	r, release, err := s.use(ctx, sp.JID)
	if errors.Is(err, storage.ErrNotFound) {
		return s.makeGroup(ctx, sp)
	}
	if err != nil {
		return err
	}
	defer release()
	if err = r.changing(func() error { return r.fit(ctx, &sp) }); errors.Is(err, storage.ErrNotFound) && r.ended() { // ended meanwhile
		return s.EnsureRoom(ctx, sp)
	}
	return err
}

// fit makes a room what the spec says. r.change is held.
func (r *room) fit(ctx context.Context, sp *Spec) error {
	next, c := sp.settings(), change{}
	var before xmpp.JID
	service := shiftOf{jid: sp.JID.DomainJID(), to: standing{aff: Owner, managed: true}}
	r.do(func() {
		next.rest = r.conf.rest
		if r.group != sp.Group || len(changeCodes(&r.conf, &next)) > 0 {
			c.conf = &next
		}
		before, r.group = r.group, sp.Group
		if service.from = r.affs[service.jid]; service.from != service.to {
			c.moves = []shiftOf{service}
		}
	})
	if err := r.alter(ctx, &c); err != nil {
		r.do(func() { r.group = before }) // what storage has, so that the next call sees the difference
		return err
	}
	if c.conf != nil {
		r.recast()
	}
	return nil
}

func (s *Service) makeGroup(ctx context.Context, sp Spec) error {
	c := sp.settings()
	c.rest = map[string]string{secretKey: newSecret()}
	rec := storage.Room{JID: sp.JID, Group: sp.Group, Created: s.Now().UTC()}
	if f := sp.Former; f != nil { // the subject and, by the secret, the ids of its occupants stay
		rec.Subject, rec.Created = f.Subject, f.Created
		maps.Copy(c.rest, parseSettings(settings{}, f.Config).rest)
	}
	rec.Config = c.stored()
	s.list(sp.JID, listingOf(&c)) // first: whatever of the rest fails, the room is found again
	owner := storage.Affiliation{JID: sp.JID.DomainJID(), Affiliation: Owner.String(), Managed: true}
	return s.Store.PutRoom(ctx, rec, owner)
}

// recast gives everybody the role that the configuration provides, after it has changed.
func (r *room) recast() {
	r.do(func() {
		for _, o := range r.present {
			r.promote(o, o.aff, r.roleFor(o.bare, o.aff), nil)
		}
	})
	r.flush()
}

// SetManaged makes the managed affiliations of a room exactly those of people: new ones are added, changed ones
// changed (a new nick is taken over at once by who is in the room), and who is not named any more is removed: status
// 321 for those in the room. It stores the difference in one transaction and returns it.
func (s *Service) SetManaged(ctx context.Context, room xmpp.JID, people []Person) (added, removed []xmpp.JID, err error) {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	var moves []shiftOf
	err = r.changing(func() error {
		r.do(func() { moves = r.difference(people) })
		return r.move(ctx, moves, mover{})
	})
	if err != nil {
		return nil, nil, err
	}
	r.do(func() {
		for range 2 { // the second time for nicks that others have left in the first
			for _, m := range moves {
				r.wear(m.jid, m.to.nick)
			}
		}
	})
	r.flush()
	for _, m := range moves {
		switch {
		case m.from.aff < Member && m.to.aff >= Member:
			added = append(added, m.jid)
		case m.to.aff == None:
			removed = append(removed, m.jid)
		}
	}
	return added, removed, nil
}

// difference is what has to change for the managed affiliations to be those of people. r.mu is held.
func (r *room) difference(people []Person) []shiftOf {
	wanted := make(map[xmpp.JID]Person, len(people))
	for _, p := range people {
		wanted[p.JID.Bare()] = p
	}
	var moves []shiftOf
	for j, st := range r.affs {
		if _, ok := wanted[j]; !ok && st.managed && st.aff != Owner {
			moves = append(moves, shiftOf{j, st, standing{aff: None}, ""})
		}
	}
	for _, p := range people {
		j := p.JID.Bare()
		from := r.affs[j]
		to := standing{aff: p.Affiliation, nick: p.Nick, managed: true, since: r.memberSince(from, p)}
		if from != to && wanted[j] == p {
			moves = append(moves, shiftOf{j, from, to, ""})
		}
	}
	slices.SortStableFunc(moves, func(a, b shiftOf) int { return int(b.from.aff-b.to.aff) - int(a.from.aff-a.to.aff) }) // nicks become free first
	return moves
}

// memberSince is since when somebody is a member who is one from now on.
func (r *room) memberSince(from standing, p Person) int64 {
	switch {
	case from.aff >= Member && from.managed:
		return from.since
	case !p.Since.IsZero():
		return p.Since.UnixMicro()
	}
	return r.s.Now().UnixMicro()
}

// wear gives those of an account in the room their new reserved nick. r.mu is held.
func (r *room) wear(bare xmpp.JID, nick string) {
	addr, err := r.jid.WithResource(nick)
	key := nickKey(nick)
	if nick == "" || err != nil || key == "" {
		return
	}
	for _, o := range r.of(bare) {
		if other := r.occupants[key]; o.nick != addr.Resource() && (other == nil || other == o) {
			r.renameTo(o, addr, key, notice{codes: []int{codeNickModified}})
		}
	}
}

// DestroyRoom ends a room for everybody in it (§ 10.9) and removes its record. Its archive stays: whoever wants that to
// end erases it. The reason is a text of the server's, in English, and marked so: clients may say it in another language.
// It is no error when there is no such room.
func (s *Service) DestroyRoom(ctx context.Context, room xmpp.JID, reason string, alternate xmpp.JID) error {
	e := destroyElement(reason, alternate)
	if text := e.Child(ns.MUCUser, "reason"); text != nil {
		text.Set("xml:lang", "en")
	}
	return s.destroyRoom(ctx, room, e, false)
}

// EraseRoom is DestroyRoom for a room that does not come back, with a reason in an administrator's own words: its history, picture and
// invitations end before its address is free again, so whoever makes the next room of its name finds nothing of it.
func (s *Service) EraseRoom(ctx context.Context, room xmpp.JID, reason string) error {
	return s.destroyRoom(ctx, room, destroyElement(reason, xmpp.JID{}), true)
}

func (s *Service) destroyRoom(ctx context.Context, room xmpp.JID, e *xmpp.Element, erase bool) error {
	for {
		r, release, err := s.use(ctx, room)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		err = r.destroy(ctx, e, erase)
		if release(); !errors.Is(err, storage.ErrNotFound) { // else somebody else was faster, or it is in memory anew
			return err
		}
	}
}

// Post brings a message into a room that a member has sent to the alias' own address, whether the member is in the room
// or not. It does not block: done is called once, on another goroutine, when the message is durable, or with why it was
// refused. st may be used after Post returns only by the caller.
func (s *Service) Post(room xmpp.JID, st *xmpp.Stanza, done func(error)) {
	e, err := st.Tree()
	if err != nil {
		done(err)
		return
	}
	from := st.From
	e.Set("type", xmpp.TypeGroupchat).Set("to", room.String()).Set("from", from.String())
	if !s.laterFor(from, room, func(ctx context.Context) {
		if err := s.postFor(ctx, room, from, e, done); err != nil {
			done(err)
		}
	}) {
		done(xmpp.Refuse(stanza.ResourceConstraint, "The server is busy. Please send the message again in a while."))
	}
}

func (s *Service) postFor(ctx context.Context, room, from xmpp.JID, e *xmpp.Element, done func(error)) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	if err := r.recall(ctx); err != nil {
		return err
	}
	st := parsed(xmpp.FrameOf(e))
	if st == nil {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	st.From, st.To = from, room
	p := &hook.Packet{Stanza: st}
	accepted := false
	err = r.publish(func() func(error) { accepted = true; return done }, func() (*post, error) {
		o, err := r.absent(from.Bare())
		if err != nil {
			return nil, err
		}
		return r.compose(p, o)
	})
	if accepted {
		return nil // done has been or will be called
	}
	return err
}

// absent is somebody who speaks in the room without being seen in it. r.mu is held.
func (r *room) absent(bare xmpp.JID) (*occupant, error) {
	for _, o := range r.of(bare) {
		return o, nil
	}
	aff := r.affiliation(bare)
	if aff < Member {
		return nil, r.refuse(stanza.Forbidden, "Only members may write to this group.")
	}
	nick := r.affs[bare].nick
	if nick == "" {
		nick = bare.Local()
	}
	addr, err := r.jid.WithResource(nick)
	if err != nil {
		return nil, err
	}
	return &occupant{nick: nick, addr: addr, bare: bare, id: r.occupantID(bare), aff: aff, role: r.roleFor(bare, aff)}, nil
}

// Rename changes the name that people see; occupants get status 104.
func (s *Service) Rename(ctx context.Context, room xmpp.JID, name string) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	return r.changing(func() error {
		var next settings
		if r.do(func() { next = r.conf }); next.Name == name {
			return nil
		}
		next.Name = name
		return r.configure(ctx, next)
	})
}

// Invite sends a mediated invitation of the room itself (§ 7.8.2).
func (s *Service) Invite(ctx context.Context, room, to xmpp.JID, reason string) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	e := xmpp.El(ns.MUCUser, "invite").Set("from", room.String())
	if reason != "" {
		e.Add(xmpp.El(ns.MUCUser, "reason").AddText(reason))
	}
	r.sendInvite(to, e)
	return nil
}

// Exists tells whether there is a room, be it in memory or not.
func (s *Service) Exists(room xmpp.JID) bool { return s.known(room) }

// Occupants lists who is in a room, by nick.
func (s *Service) Occupants(room xmpp.JID) []Occupant {
	r := s.loaded(room)
	if r == nil {
		return nil
	}
	var list []Occupant
	r.do(func() {
		list = make([]Occupant, 0, len(r.occupants))
		for _, o := range r.present {
			list = append(list, Occupant{o.bare, o.nick, o.role, len(o.seats)})
		}
	})
	slices.SortFunc(list, func(a, b Occupant) int { return strings.Compare(a.Nick, b.Nick) })
	return list
}

// Present tells whether any session of an account is in a room: who is not gets a push instead.
func (s *Service) Present(room, bare xmpp.JID) bool {
	r := s.loaded(room)
	if r == nil {
		return false
	}
	present := false
	r.do(func() { present = len(r.of(bare)) > 0 })
	return present
}

// LastActivity is the time of the last message, zero when there was none.
func (s *Service) LastActivity(ctx context.Context, room xmpp.JID) (time.Time, error) {
	if r := s.loaded(room); r != nil {
		var at time.Time
		if r.do(func() { at = r.active }); !at.IsZero() {
			return at.UTC(), nil
		}
	}
	_, last, err := s.Archive.Bounds(ctx, room)
	if errors.Is(err, storage.ErrNotFound) {
		return time.Time{}, nil
	}
	return last.Time(), err
}

// IsMember tells whether an account has at least the affiliation member.
func (s *Service) IsMember(ctx context.Context, room, bare xmpp.JID) (bool, error) {
	r, release, err := s.use(ctx, room)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer release()
	return under(r, func() (bool, error) { return r.affiliation(bare) >= Member, nil })
}
