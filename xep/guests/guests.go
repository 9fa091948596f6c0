// Package guests keeps those within bounds who have signed in without saying who they are (XEP-0175 § 3): they write to no other
// server, make no contacts and no rooms, and reach only rooms of their host, whom the operator names, and who has written to
// them. What they are was decided by package account; their account is gone with the session.
package guests

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxMet is how many people a guest may answer.
const maxMet = 100

// Accounts knows who is a guest.
type Accounts interface {
	IsGuest(account xmpp.JID) bool
	// Part removes the account of a guest.
	Part(ctx context.Context, account xmpp.JID) error
}

// Options are what the module is made of.
type Options struct {
	Config   *config.Options[Config]
	Accounts Accounts
	Target   func(domain string) (t hook.Target, ours bool)
	Rooms    func(domain string) string // the host of a domain's rooms
	IsRoom   func(xmpp.JID) bool        // answers from memory
	Logger   *slog.Logger
	Now      func() time.Time
}

// Guests is the module.
type Guests struct {
	Options
	mu    sync.Mutex
	met   map[xmpp.JID]map[xmpp.JID]bool // who has asked a guest something, and whether it was by message; guarded by mu
	paces hook.Value[*rate.Limiter]
}

// New returns the module.
func New(o Options) *Guests { return &Guests{Options: o, met: map[xmpp.JID]map[xmpp.JID]bool{}} }

// Register names what it does.
func (g *Guests) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0175", Version: "1.2", Status: hook.Complete, Note: "on hosts where modules.accounts.anonymous is on"})
	r.Sent(hook.Screen, g.sent)
	r.Received(hook.Screen, g.received)
	r.On(hook.Closed, g.closed)
}

// sent looks at what a guest sends (§ 3).
func (g *Guests) sent(p *hook.Packet) error {
	if !g.Accounts.IsGuest(p.Owner) {
		return nil
	}
	if !g.inTime(p) {
		return xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("Guests may send %d stanzas in a minute; wait a while.", g.Config.Of(p.Owner.Domain()).PerMinute))
	}
	switch {
	case isAnswer(p.Stanza) && g.hasMet(p.Owner, p.To.Bare(), true):
		return nil
	case p.Kind == xmpp.Presence && (p.Type == xmpp.TypeSubscribe || p.Type == xmpp.TypeSubscribed):
		return xmpp.Refuse(stanza.NotAllowed, "Guests have no contacts.")
	case p.To.IsZero(), p.To.Bare() == p.Owner:
		return g.toSelf(p)
	}
	err := g.toOthers(p)
	if err != nil && p.Kind == xmpp.Presence && p.Type == xmpp.TypeUnavailable {
		return hook.Drop // a farewell to who has seen nothing, or to a room that is gone
	}
	return err
}

// isAnswer tells whether a stanza has the form of an answer. It may hold anything.
func isAnswer(st *xmpp.Stanza) bool {
	return st.Type == xmpp.TypeError || st.Kind == xmpp.IQ && st.Type == xmpp.TypeResult
}

// inTime tells whether a guest may send so much.
func (g *Guests) inTime(p *hook.Packet) bool {
	if p.Session == nil {
		return true
	}
	pace := g.paces.Load(p.Session)
	if pace == nil {
		n := g.Config.Of(p.Owner.Domain()).PerMinute
		pace = rate.NewLimiter(rate.Limit(float64(n)/60), max(n/2, 10))
		g.paces.Store(p.Session, pace)
	}
	return pace.AllowN(g.Now(), 1)
}

// toSelf lets a guest use the own account, which is gone soon, but for the list of contacts, and for notifications, which the server
// would bring to any other in its own name.
func (g *Guests) toSelf(p *hook.Packet) error {
	switch {
	case p.Kind != xmpp.IQ || p.Type != xmpp.TypeSet:
	case p.Has(ns.Roster, "query"):
		return xmpp.Refuse(stanza.NotAllowed, "Guests have no contacts.")
	case p.Has(ns.Push, "enable"):
		return xmpp.Refuse(stanza.NotAllowed, "Guests are not notified while they are away.")
	}
	return nil
}

// toOthers lets a guest write to who may be reached.
func (g *Guests) toOthers(p *hook.Packet) error {
	t, ours := g.Target(p.To.Domain())
	switch {
	case !ours:
		return xmpp.Refuse(stanza.NotAllowed, "Guests do not write to other servers.")
	case p.To.Domain() == g.Rooms(p.Owner.Domain()), g.Config.Of(p.Owner.Domain()).reaches(p.To) && t == "groups":
		if p.To.Local() != "" && !g.IsRoom(p.To.Bare()) {
			return xmpp.Refuse(stanza.NotAllowed, "Guests make no rooms.")
		}
		return uninviting(p)
	case p.To.Domain() == p.Owner.Domain() && p.To.Local() == "",
		g.Config.Of(p.Owner.Domain()).reaches(p.To), g.hasMet(p.Owner, p.To.Bare(), false):
		return nil
	}
	return xmpp.Refuse(stanza.Forbidden, "Guests cannot write to this address by themselves.")
}

// uninviting refuses invitations (XEP-0045 § 7.8.2): a room would bring them, with words of the guest, to anybody on any server.
func uninviting(p *hook.Packet) error {
	if p.Kind != xmpp.Message {
		return nil
	}
	for i := range p.Children {
		if !p.Children[i].Is(ns.MUCUser, "x") {
			continue
		}
		x, err := p.Element(&p.Children[i])
		if err != nil {
			return xmpp.Refuse(stanza.BadRequest, "")
		}
		if x.Child(ns.MUCUser, "invite") != nil {
			return xmpp.Refuse(stanza.NotAllowed, "Guests invite nobody.")
		}
	}
	return nil
}

// received notes who turns to a guest: an answer is no intrusion. Who has written may be written to.
func (g *Guests) received(p *hook.Packet) error {
	if !isAnswer(p.Stanza) && p.Kind != xmpp.Presence && g.Accounts.IsGuest(p.Owner) {
		g.meet(p.Owner, p.From.Bare(), p.Kind == xmpp.Message && p.From.Local() != "")
	}
	return nil
}

func (g *Guests) meet(guest, who xmpp.JID, wrote bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.met[guest] == nil {
		g.met[guest] = map[xmpp.JID]bool{}
	}
	if before, ok := g.met[guest][who]; ok || len(g.met[guest]) < maxMet {
		g.met[guest][who] = before || wrote
	}
}

// hasMet tells whether somebody has written to a guest; with asked, to have asked something is enough.
func (g *Guests) hasMet(guest, who xmpp.JID, asked bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	wrote, ok := g.met[guest][who]
	return wrote || ok && asked
}

// closed removes the account of a guest whose session has ended (§ 3).
func (g *Guests) closed(s hook.Session) {
	who := s.JID().Bare()
	if !g.Accounts.IsGuest(who) {
		return
	}
	if err := g.Accounts.Part(context.Background(), who); err != nil {
		g.Logger.Error("account of a guest not removed", "account", who.String(), "err", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.met, who)
}
