package push

import (
	"slices"
	"time"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// received looks at a message that was given to an account's sessions. It runs on the goroutine of the sender or of the
// log, and does not block.
func (p *Push) received(pk *hook.Packet) error {
	if pk.Has(ns.PubSub, "pubsub") {
		p.revoked(pk)
		return nil
	}
	if pk.From.Bare() == pk.Owner || !worthy(pk.Stanza) || p.registrations.none(pk.Owner) {
		return nil
	}
	n := &note{from: pk.From, body: bodyOf(pk.Stanza)}
	if !p.attended(pk.Owner, pk.Targets) {
		p.put(job{owner: pk.Owner, note: n})
		return nil
	}
	for _, s := range pk.Targets {
		if number, _, ok := hook.Progress(s); ok {
			p.given.Store(s, given{n, number, time.Now()})
		}
	}
	return nil
}

// Said is a message in a room.
type Said struct {
	From      xmpp.JID // the occupant
	Body      string
	Mentioned bool // it mentions the one who is notified
	There     bool // a client of who is notified is in the room
}

// Notify is for rooms, which give messages to sessions themselves: it notifies a member of a message, unless somebody is
// before a client that is in the room, or does not want to be disturbed. Who wants to hear of what is said in the room
// Options.Wants tells. It does not block.
func (p *Push) Notify(owner xmpp.JID, m Said) {
	if p.registrations.none(owner) || m.There && p.attended(owner, nil) || !m.There && p.undisturbed(owner) {
		return
	}
	p.put(job{owner: owner, note: &note{from: m.From, body: cut(m.Body), room: true, mentioned: m.Mentioned}})
}

// undisturbed tells whether somebody does not want to be disturbed.
func (p *Push) undisturbed(owner xmpp.JID) bool {
	return slices.ContainsFunc(p.Router.Sessions(owner), func(s hook.Session) bool {
		pr := s.Presence()
		return pr != nil && pr.Show == "dnd"
	})
}

// came is told when somebody is there: registrations are read, so that the messages that follow know of them.
func (p *Push) came(s hook.Session) {
	owner := s.JID().Bare()
	p.counts.reset(owner)
	p.put(job{owner: owner, load: true})
}

// resumed is told when somebody is there again: what waited does not wait any more.
func (p *Push) resumed(s hook.Session) { p.counts.reset(s.JID().Bare()) }

// given is the last message that a session was given while it seemed to be active.
type given struct {
	note   *note
	number uint32 // of stanzas that the session was given, up to this one
	at     time.Time
}

// recent is how long ago a message may have been given to a client whose connection is noticed to be cut.
const recent = time.Hour

// detached is told when a client's connection is cut. Connections die long before that is noticed: what the client was
// given meanwhile and has not confirmed did not arrive, so it is announced now.
func (p *Push) detached(s hook.Session) {
	g, owner := p.given.Load(s), s.JID().Bare()
	_, confirmed, ok := hook.Progress(s)
	arrived := int32(g.number-confirmed) <= 0 // modulo 2^32
	if g.note == nil || !ok || arrived || time.Since(g.at) > recent || p.attended(owner, nil) {
		return
	}
	p.given.Store(s, given{})
	p.put(job{owner: owner, note: g.note})
}

// Forget drops what is known of an account that is no more.
func (p *Push) Forget(owner xmpp.JID) {
	p.registrations.forget(owner)
	p.counts.reset(owner)
}

// revoked hears of a push service that takes no more notifications (§ 8).
func (p *Push) revoked(pk *hook.Packet) {
	e, err := pk.Element(pk.Find(ns.PubSub, "pubsub"))
	if err != nil {
		return
	}
	for a := range e.Elements() {
		j, err := xmpp.ParseJID(a.Attr("jid"))
		if a.Is(ns.PubSub, "affiliation") && a.Attr("affiliation") == "none" && err == nil && j.Bare() == pk.Owner {
			p.put(job{owner: pk.Owner, revoked: &Registration{Service: pk.From, Node: e.Attr("node")}})
			return
		}
	}
}

// put queues a job unless too much waits already.
func (p *Push) put(j job) {
	select {
	case p.queue <- j:
	default:
		p.Logger.Debug("push queue is full", "account", j.owner.String())
	}
}

// worthy tells whether a message is worth waking somebody: a text, an encrypted text, an invitation, a call.
func worthy(st *xmpp.Stanza) bool {
	if st.Type == xmpp.TypeError || st.Type == xmpp.TypeHeadline {
		return false
	}
	for i := range st.Children {
		switch c := &st.Children[i]; {
		case c.Is(ns.Client, "body"), c.Local == "encrypted", c.Is(ns.EME, "encryption"),
			c.Is(ns.Conference, "x"), c.Is(ns.JingleMessage, "propose"):
			return true
		case c.Is(ns.MUCUser, "x"):
			if e, err := st.Element(c); err == nil && e.Child(ns.MUCUser, "invite") != nil {
				return true
			}
		}
	}
	return false
}

// attended tells whether an account needs no notification: somebody is before a client, or does not want to be disturbed.
// Nobody is before a client that waits to be resumed (XEP-0198), is inactive (XEP-0352), or says that the user is away.
func (p *Push) attended(owner xmpp.JID, targets []hook.Session) bool {
	active := false
	for _, s := range p.Router.Sessions(owner) {
		pr := s.Presence()
		if pr != nil && pr.Show == "dnd" {
			return true
		}
		if s.Detached() || hook.Inactive(s) || pr != nil && (pr.Show == "away" || pr.Show == "xa") {
			continue
		}
		active = active || pr != nil || slices.Contains(targets, s)
	}
	if active {
		p.counts.reset(owner)
	}
	return active
}

// maxBody bounds how much of a message a notification tells, in bytes.
const maxBody = 1024

func bodyOf(st *xmpp.Stanza) string {
	c := st.Find(ns.Client, "body")
	if c == nil {
		return ""
	}
	e, err := st.Element(c)
	if err != nil {
		return ""
	}
	return cut(e.Text())
}

// cut shortens a text without cutting a character in two.
func cut(s string) string {
	if len(s) <= maxBody {
		return s
	}
	end := maxBody
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + "…"
}
