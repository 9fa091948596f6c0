// Package carbons lets all clients of a user see both sides of every conversation (XEP-0280).
package carbons

import (
	"context"
	"hash/maphash"
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Carbons is the module.
type Carbons struct {
	router *router.Router
	on     hook.Value[bool]
	recent hook.Value[*recent]
	seed   maphash.Seed
}

// New returns the module.
func New(r *router.Router) *Carbons { return &Carbons{router: r, seed: maphash.MakeSeed()} }

// Register names what it does.
func (c *Carbons) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0280", Version: "1.0.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0297", Version: "1.0", Status: hook.Complete})
	r.Feature(hook.Server, ns.Carbons, ns.CarbonsRules)
	r.Feature(hook.Account, ns.Carbons)
	r.IQ(hook.Account, xmpp.TypeSet, ns.Carbons, "enable", c.set(true))   // § 4
	r.IQ(hook.Account, xmpp.TypeSet, ns.Carbons, "disable", c.set(false)) // § 5
	r.Bind2(ns.Carbons, c.bind)                                           // XEP-0386 § 3.2
	r.Sent(hook.Amend, strip)                                             // § 11
	r.Received(hook.Amend, c.taken)                                       // § 9, § 11
	r.Sent(hook.Copy, c.sent)                                             // § 8
	r.Received(hook.Copy, c.received)                                     // § 7
}

func (c *Carbons) set(on bool) hook.RequestHandler {
	return func(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
		if !q.Own() || q.Session == nil {
			return nil, xmpp.Refuse(stanza.NotAllowed, "") // § 4.1
		}
		c.on.Store(q.Session, on)
		return nil, nil
	}
}

// bind switches carbons on for a session that is being bound. That cannot fail, and needs no answer.
func (c *Carbons) bind(s hook.Session, asked *xmpp.Element) *xmpp.Element {
	if asked.Local == "enable" {
		c.on.Store(s, true)
	}
	return nil
}

// strip takes out copies that a client made up: only the server makes them.
func strip(p *hook.Packet) error {
	for i := range p.Children {
		if p.Children[i].Space == ns.Carbons && p.Children[i].Local != "private" {
			p.Strip(i)
		}
	}
	return nil
}

// taken takes <private/> out of what is delivered, which was for the servers only (§ 9), and copies that others made up
// (§ 11): the server's own do not come this way.
func (c *Carbons) taken(p *hook.Packet) error {
	for i := range p.Children {
		if p.Children[i].Space == ns.Carbons {
			p.Strip(i)
		}
	}
	return nil
}

// Eligible tells whether a message that is no error is copied (§ 6.1). sent: by the account that gets the copy; person: it cannot be
// of a room, whatever it holds.
func Eligible(st *xmpp.Stanza, sent, person bool) bool {
	if st.Type == xmpp.TypeGroupchat || st.Type == xmpp.TypeHeadline || st.Has(ns.Carbons, "private") || st.Has(ns.Hints, "no-copy") {
		return false
	}
	if !person && st.Has(ns.MUCUser, "x") { // an invitation, or a private message in a room
		return sent || st.To.IsBare() || mediated(st)
	}
	if st.Type == xmpp.TypeChat || st.Has(ns.Conference, "x") {
		return true
	}
	for i := range st.Children {
		switch ch := &st.Children[i]; ch.Space {
		case ns.Client:
			if ch.Local == "body" {
				return true
			}
		case ns.Receipts, ns.ChatStates, ns.Markers, ns.Reactions, ns.Retract, ns.Correct:
			return true
		}
	}
	return false
}

// copied is Eligible for a message on its way, which is remembered if it is: an error is copied that answers such a one.
func (c *Carbons) copied(p *hook.Packet, sent bool) bool {
	if p.Type == xmpp.TypeError {
		if sent {
			return c.answers(p.Session, p.To, p.ID())
		}
		return !p.To.IsBare() && c.answers(c.router.Session(p.To), p.From, p.ID())
	}
	if !Eligible(p.Stanza, sent, !sent && c.person(p.From)) {
		return false
	}
	if sent {
		c.note(p.Session, p.To, p.ID())
		return true
	}
	for _, s := range p.Targets {
		c.note(s, p.From, p.ID())
	}
	return true
}

// person tells whether an address is one of an account of ours.
func (c *Carbons) person(j xmpp.JID) bool {
	t, ok := c.router.Target(j.Domain())
	return ok && t == hook.Server && j.Local() != ""
}

// mediated tells whether a message is an invitation by a room.
func mediated(st *xmpp.Stanza) bool {
	e, err := st.Element(st.Find(ns.MUCUser, "x"))
	return err == nil && (e.Child(ns.MUCUser, "invite") != nil || e.Child(ns.MUCUser, "decline") != nil)
}

// sent copies what one client of the account has sent to the others.
func (c *Carbons) sent(p *hook.Packet) error {
	var frame xmpp.Frame
	for _, s := range c.router.Sessions(p.Owner) {
		if s == p.Session || s.JID() == p.To || !c.on.Load(s) {
			continue
		}
		if frame.Tail == nil {
			if !c.copied(p, true) {
				return nil
			}
			inner := p.Frame(p.To)
			if p.ArchiveID != 0 { // the id by which the client finds it in its archive (XEP-0359)
				inner.Tail = withID(p.Tail, p.Kind, p.Owner, p.ArchiveID)
			}
			frame = wrap(p, "sent", inner)
			frame.Idle = router.MayWait(p.Stanza)
		}
		s.Send(frame.WithTo(s.JID()))
	}
	return nil
}

// received copies what one client of the account was sent to the others.
func (c *Carbons) received(p *hook.Packet) error {
	if p.From.Bare() == p.Owner && p.To.IsBare() {
		return nil // a note to oneself: the sent copies show it already
	}
	var frame xmpp.Frame
	for _, s := range c.router.Sessions(p.Owner) {
		if s == p.Session || slices.Contains(p.Targets, s) || !c.on.Load(s) {
			continue
		}
		if frame.Tail == nil {
			if !c.copied(p, false) {
				return nil
			}
			frame = wrap(p, "received", p.Frame(p.To))
			frame.Archived = p.ArchiveID
			frame.Idle = router.MayWait(p.Stanza) // a copy of it wakes nobody up, either
		}
		s.Send(frame.WithTo(s.JID()))
	}
	return nil
}

// wrap makes the copy: of the message's type, from the account's bare address (§ 7, § 8).
func wrap(p *hook.Packet, direction string, inner xmpp.Frame) xmpp.Frame {
	b := make([]byte, 0, len(inner.Tail)+320)
	b = append(b, ` from="`...)
	b = xmpp.AppendEscaped(b, p.Owner.String())
	b = append(b, '"')
	if p.Type != "" {
		b = append(b, ` type="`...)
		b = xmpp.AppendEscaped(b, p.Type)
		b = append(b, '"')
	}
	b = append(b, `><`...)
	b = append(b, direction...)
	b = append(b, ` xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0">`...)
	b = inner.Append(b, ns.Client)
	b = append(b, `</forwarded></`...)
	b = append(b, direction...)
	b = append(b, `></message>`...)
	return xmpp.Frame{Kind: xmpp.Message, Tail: b}
}

func withID(tail []byte, kind xmpp.Kind, by xmpp.JID, id int64) []byte {
	e := xmpp.El(ns.StanzaID, "stanza-id").Set("by", by.String()).Set("id", strconv.FormatInt(id, 10))
	return xmpp.AppendToTail(slices.Clone(tail), kind, e.Append(nil, ""))
}
