package muc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"golang.org/x/text/secure/precis"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// room is a room in memory.
type room struct {
	s   *Service
	jid xmpp.JID
	by  jid.JID // the same, for errors

	change guard.Mutex // held by who changes what storage keeps of the room; use changing
	accept guard.Mutex // held from the moment a message becomes an event until the log has it

	mu        guard.Mutex // guards all below; use do
	conf      settings
	roles     map[xmpp.JID]Role // kept for the next visit; not part of conf, for who changes it does not wait for storage
	group     xmpp.JID          // the alias; zero for rooms that people made
	created   time.Time
	affs      map[xmpp.JID]standing
	reserved  map[string]xmpp.JID             // key of a nick → whose it is
	secret    []byte                          // of the occupant ids
	occupants map[string]*occupant            // by key
	present   []*occupant                     // the same, in the order of arrival
	seats     map[xmpp.JID]*seat              // by full address
	asking    map[xmpp.JID]int                // requests of accounts to other occupants that wait for an answer
	listeners []listener                      // the members of a group; nil when the list has to be made again, never changed
	audience  []receiver                      // who gets broadcasts; nil when it has to be made again, never changed
	listed    map[Affiliation][]*xmpp.Element // the lists that somebody has asked for, until one changes
	locked    bool                            // not configured yet (§ 10.1)
	gone      bool                            // not in memory any more
	ending    bool                            // being destroyed: takes no messages any more
	fading    bool                            // being taken from storage: nothing goes to the archive any more
	logging   int                             // messages that the log has
	idle      chan struct{}                   // closed when the log has none; nil: nobody waits for that
	unsaved   bool                            // the kept roles or the subject are not stored yet
	mending   bool                            // after a panic, until it is what storage says
	users     int                             // callers of Service.use
	events    []*event
	flushing  bool
	past      []*record              // the last messages
	pastKnown bool                   // past was read from the archive
	subject   []byte                 // the tail of the message that set it, with its delay; nil before the first
	lastID    int64                  // of messages that are not archived
	active    time.Time              // the last message; zero: not known
	invited   guests                 // invitations of a room that does not persist, as in docInvited
	spoke     map[xmpp.JID]time.Time // in slow mode: when accounts have sent their last texts
	swept     time.Time              // when spoke was last rid of what does not matter any more
	pulse     *pulse
	ledger    ledger
	resting   time.Time // until then, nothing changes for everybody at once
	tab       *bill     // of the request that changes the room now; nil: nobody pays for what is said
}

// standing is what somebody is to the room for good.
type standing struct {
	aff     Affiliation
	nick    string
	reason  string
	managed bool
	since   int64 // when a managed one became a member, in microseconds; 0: not known
}

// occupant is a nick in use; all sessions under it belong to one account.
type occupant struct {
	nick  string
	key   string
	addr  xmpp.JID // room/nick
	bare  xmpp.JID // the account
	id    string   // XEP-0421
	aff   Affiliation
	role  Role
	hats  string  // the element of XEP-0317, "" for none
	seats []*seat // never empty while it is in the room

	screen  func(from xmpp.JID) bool // tells whether the account blocks an address here; nil: it blocks none
	written *written                 // its last private messages; nil before the first

	whispers *whispers // nil before the first

	open, hidden *xmpp.Frame // its presence with and without real address; nil when it has to be made again
}

// seat is a session in a room.
type seat struct {
	full    xmpp.JID
	session hook.Session // nil for those of other servers
	occ     *occupant
	content words
	rank    int  // of its availability
	follows bool // the versions of affiliations (XEP-0463)
	view    view // what of them it knows
}

// receiver is one receiver of broadcasts, as it was when the list was made.
type receiver struct {
	to      xmpp.JID
	session hook.Session
	occ     *occupant
	sees    bool                     // real addresses
	screen  func(from xmpp.JID) bool // as that of occ
	view    view                     // which affiliations it follows (XEP-0463); 0: none
}

func newRoom(s *Service, j xmpp.JID) *room {
	by, _ := jid.Parse(j.String())
	return &room{
		s: s, jid: j, by: by, affs: map[xmpp.JID]standing{}, reserved: map[string]xmpp.JID{},
		roles: map[xmpp.JID]Role{}, asking: map[xmpp.JID]int{}, occupants: map[string]*occupant{}, seats: map[xmpp.JID]*seat{}, invited: guests{}, pulse: &pulse{},
	}
}

// makerKey is where the stored configuration keeps who made the room.
const makerKey = "x-maker"

// secretKey is where the stored configuration keeps the key of occupant ids (XEP-0421 § 4.1).
const secretKey = "x-secret"

func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawStdEncoding.EncodeToString(b[:])
}

// restore fills a room from storage.
func (r *room) restore(rec storage.Room, affs []storage.Affiliation) {
	r.conf = parseSettings(defaultSettings(), rec.Config)
	r.group, r.created = rec.Group, rec.Created
	if roles, ok := parseRoles(rec.Config[keyRoles]); ok {
		r.roles = roles
	}
	r.secret = []byte(r.conf.rest[secretKey])
	r.subject, r.ledger = tailOf(rec.Subject), ledger{}
	for _, a := range affs {
		aff, _ := ParseAffiliation(a.Affiliation)
		r.stand(a.JID, standing{aff, a.Nick, a.Reason, a.Managed, micros(a.Since)})
	}
}

// stand sets what somebody is to the room, and the reserved nick.
func (r *room) stand(j xmpp.JID, st standing) {
	r.listeners, r.listed, r.ledger.whole = nil, nil, nil
	if key := nickKey(r.affs[j].nick); r.reserved[key] == j {
		delete(r.reserved, key)
	}
	if st.aff == None && st.nick == "" {
		delete(r.affs, j)
		return
	}
	r.affs[j] = st
	if st.nick != "" {
		r.reserved[nickKey(st.nick)] = j
	}
}

// affiliation of an account: its own, or that of its domain (XEP-0045 § 9.2).
func (r *room) affiliation(bare xmpp.JID) Affiliation {
	if st, ok := r.affs[bare]; ok {
		return st.aff
	}
	return r.affs[bare.DomainJID()].aff
}

// owners counts them; a room without is one that nobody can configure.
func (r *room) owners() (n int) {
	for _, st := range r.affs {
		if st.aff == Owner {
			n++
		}
	}
	return n
}

// archived tells whether messages go to the archive.
func (r *room) archived() bool {
	return r.conf.Persistent && r.conf.Logging && !r.fading && !r.s.Forget
}

// nextID is the stanza-id of a message that is not archived, in the form of those that are.
func (r *room) nextID() int64 {
	r.lastID = max(r.lastID+1, r.s.Now().UnixMicro())
	return r.lastID
}

// occupantID is stable, unique and tells nothing of the account (XEP-0421 § 4.1).
func (r *room) occupantID(bare xmpp.JID) string {
	m := hmac.New(sha256.New, r.secret)
	m.Write([]byte(bare.String()))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}

// of returns the occupants of an account.
func (r *room) of(bare xmpp.JID) []*occupant {
	var list []*occupant
	for _, o := range r.present {
		if o.bare == bare {
			list = append(list, o)
		}
	}
	return list
}

// main is the session whose presence stands for the occupant: of several, do not disturb comes first, then the most
// available; the first of equals.
func (o *occupant) main() *seat {
	best := o.seats[0]
	for _, st := range o.seats[1:] {
		if st.rank > best.rank {
			best = st
		}
	}
	return best
}

func (o *occupant) stale() { o.open, o.hidden = nil, nil }

// shift has to be called when somebody came, left, or sees more or less than before.
func (r *room) shift() { r.audience, r.listeners = nil, nil }

// everybody returns the receivers of a broadcast. The slice is not changed any more.
func (r *room) everybody() []receiver {
	if r.audience == nil {
		list := make([]receiver, 0, len(r.seats))
		for _, o := range r.present {
			for _, st := range o.seats {
				list = append(list, r.receiverOf(st))
			}
		}
		r.audience = list
	}
	return r.audience
}

func (r *room) receiverOf(st *seat) receiver {
	t := receiver{to: st.full, session: st.session, occ: st.occ, sees: r.sees(st.occ), screen: st.occ.screen}
	if st.follows && st.view == r.viewOf(st.occ) {
		t.view = st.view
	}
	return t
}

// sees tells whether an occupant may see real addresses (XEP-0045 § 7.2.3, § 7.2.4).
func (r *room) sees(o *occupant) bool { return r.conf.NonAnonymous || o.role == Moderator }

// nickKey is by what nicks are compared, so that none looks like another in other letters (RFC 8266 § 2.4); "" for one
// that nobody can have.
func nickKey(nick string) string {
	key, err := precis.Nickname.CompareKey(nick)
	if err != nil {
		return ""
	}
	return key
}

func (r *room) pin() (ok bool) {
	r.mu.Do(func() {
		if ok = !r.gone; ok {
			r.users++
		}
	})
	return ok
}

func (r *room) unpin() { r.mu.Do(func() { r.users-- }) }

// refuse is an error that the room itself gives.
func (r *room) refuse(c stanza.Condition, text string) *xmpp.Refusal {
	e := xmpp.Refuse(c, text)
	e.Stanza.By = r.by
	return e
}

// refuseBy is refuse for a room that is not in memory, or does not exist.
func refuseBy(room xmpp.JID, c stanza.Condition, text string) *xmpp.Refusal {
	e := xmpp.Refuse(c, text)
	e.Stanza.By, _ = jid.Parse(room.Bare().String())
	return e
}

func itoa(n int) string { return strconv.Itoa(n) }
