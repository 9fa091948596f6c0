// Package blocking lets users keep others from reaching them (XEP-0191). A blocked address gets the answers of an account
// that is not there, and sees no presence.
package blocking

import (
	"context"
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// maxReports is how many reports of one request are passed on: each may be looked up in archives, and is read by people.
const maxReports = 10

// Presence shows and hides an account.
type Presence interface {
	// GoOffline sends unavailable presence of the owner's sessions to contacts that see them.
	GoOffline(owner xmpp.JID, contacts ...xmpp.JID)
	// ComeOnline sends the present presence to contacts that may see it.
	ComeOnline(owner xmpp.JID, contacts ...xmpp.JID)
}

// Blocking is the module.
type Blocking struct {
	config   *config.Options[Config]
	router   *router.Router
	presence Presence
	lists    lists
	wants    hook.Value[bool] // the session has asked for the list and gets pushes

	// Changed is told of an account that has another list; nil: nobody is.
	Changed func(account xmpp.JID)
	// Report is told what an account reports of an address that it has blocked (XEP-0377 § 6); nil: nobody is.
	Report func(ctx context.Context, reporter, reported xmpp.JID, report *xmpp.Element)
}

// New returns the module.
func New(c *config.Options[Config], docs storage.Docs, r *router.Router, p Presence) *Blocking {
	return &Blocking{config: c, router: r, presence: p, lists: lists{docs: docs}}
}

// Register names what it does.
func (b *Blocking) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0191", Version: "1.3", Status: hook.Complete})
	r.Feature(hook.Server, ns.Blocking)
	r.Feature(hook.Account, ns.Blocking)
	r.IQ(hook.Account, xmpp.TypeGet, ns.Blocking, "blocklist", b.list)  // § 3.2
	r.IQ(hook.Account, xmpp.TypeSet, ns.Blocking, "block", b.block)     // § 3.3
	r.IQ(hook.Account, xmpp.TypeSet, ns.Blocking, "unblock", b.unblock) // § 3.4, § 3.5
	r.Sent(hook.Screen, b.screenSent)
	r.Received(hook.Screen, b.screenReceived)
}

// Forget drops what is in memory of an account that was deleted.
func (b *Blocking) Forget(account xmpp.JID) { b.lists.forget(account.Bare()) }

// Blocked tells whether an account blocks an address. A list that cannot be read blocks nobody; the read is tried again
// the next time.
func (b *Blocking) Blocked(owner, who xmpp.JID) bool {
	list, err := b.lists.of(context.Background(), owner.Bare())
	return err == nil && list.covers(who)
}

func (b *Blocking) list(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	list, err := b.lists.of(ctx, q.Owner)
	if err != nil {
		return nil, err
	}
	if q.Session != nil {
		b.wants.Store(q.Session, true)
	}
	return items("blocklist", list.addresses()), nil
}

func (b *Blocking) block(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	who, err := b.parse(q)
	if err != nil {
		return nil, err
	}
	if len(who) == 0 {
		return nil, xmpp.Refuse(stanza.BadRequest, "There is nobody to block.") // § 3.3
	}
	for _, j := range who {
		if newList([]xmpp.JID{j}).covers(q.Owner) {
			return nil, xmpp.Refuse(stanza.NotAllowed, "You cannot block yourself.")
		}
	}
	have, err := b.lists.of(ctx, q.Owner)
	if err != nil {
		return nil, err
	}
	most := b.most(q.Owner)
	if more := len(with(have.addresses(), who)); more > most && more > len(have.addresses()) {
		return nil, tooMany(most)
	}
	b.presence.GoOffline(q.Owner, who...) // § 3.3: they see the user go
	full := false
	_, _, err = b.lists.edit(ctx, q.Owner, func(list []xmpp.JID) []xmpp.JID {
		more := with(list, who)
		if full = len(more) > most && len(more) > len(list); full { // another client was faster
			return list
		}
		return more
	})
	if err != nil {
		return nil, err
	}
	if full {
		return nil, tooMany(most)
	}
	b.changed(q.Owner)
	b.push(q.Owner, items("block", who))
	b.report(ctx, q, who)
	return nil, nil
}

// report passes on what stands beside blocked addresses. who are the addresses, in the order of the request.
func (b *Blocking) report(ctx context.Context, q *hook.Request, who []xmpp.JID) {
	i, n := 0, 0
	for e := range q.Payload.Elements() {
		if c := e.Child(ns.Reporting, "report"); c != nil && b.Report != nil && n < maxReports {
			b.Report(ctx, q.Owner, who[i], c)
			n++
		}
		i++
	}
}

// with is a list with more addresses. It is a new one.
func with(list, more []xmpp.JID) []xmpp.JID {
	all := make(map[xmpp.JID]bool, len(list)+len(more))
	both := make([]xmpp.JID, 0, len(list)+len(more))
	for _, j := range append(slices.Clip(list), more...) {
		if !all[j] {
			all[j] = true
			both = append(both, j)
		}
	}
	return both
}

// most is how many addresses an account may block. A list that was longer before the option was lowered stays.
func (b *Blocking) most(owner xmpp.JID) int { return b.config.Of(owner.Domain()).MaxAddresses }

// tooMany refuses the whole request: who is told that an address is blocked relies on it.
func tooMany(most int) error {
	return xmpp.Refuse(stanza.PolicyViolation, "You can block "+strconv.Itoa(most)+" addresses.")
}

func (b *Blocking) unblock(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	who, err := b.parse(q)
	if err != nil {
		return nil, err
	}
	named := make(map[xmpp.JID]bool, len(who))
	for _, j := range who {
		named[j] = true
	}
	before, after, err := b.lists.edit(ctx, q.Owner, func(list []xmpp.JID) []xmpp.JID {
		if len(who) == 0 {
			return nil // § 3.5: everybody
		}
		return slices.DeleteFunc(list, func(j xmpp.JID) bool { return named[j] })
	})
	if err != nil {
		return nil, err
	}
	b.changed(q.Owner)
	freed := slices.DeleteFunc(slices.Clone(before.addresses()), after.covers)
	b.presence.ComeOnline(q.Owner, freed...) // § 3.4
	b.push(q.Owner, items("unblock", who))
	return nil, nil
}

// parse reads the addresses of a request.
func (b *Blocking) parse(q *hook.Request) ([]xmpp.JID, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	var who []xmpp.JID
	for e := range q.Payload.Elements() {
		if !e.Is(ns.Blocking, "item") {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		j, err := xmpp.ParseJID(e.Attr("jid"))
		if err != nil {
			return nil, xmpp.Refuse(stanza.JIDMalformed, "")
		}
		who = append(who, j)
	}
	return who, nil
}

// push tells all clients of the account that have asked for the list.
func (b *Blocking) push(owner xmpp.JID, e *xmpp.Element) {
	for _, s := range b.router.Sessions(owner) {
		if b.wants.Load(s) {
			s.Send(xmpp.FrameOf(xmpp.NewIQ(xmpp.JID{}, s.JID(), xmpp.TypeSet, "", e)))
		}
	}
}

func items(local string, list []xmpp.JID) *xmpp.Element {
	e := xmpp.El(ns.Blocking, local)
	for _, j := range list {
		e.Add(xmpp.El(ns.Blocking, "item").Set("jid", j.String()))
	}
	return e
}

// screenReceived keeps out what blocked addresses send (§ 3.3).
func (b *Blocking) screenReceived(p *hook.Packet) error {
	if p.From.Bare() == p.Owner || !b.Blocked(p.Owner, p.From) {
		return nil
	}
	if p.Kind == xmpp.Presence || p.Type == xmpp.TypeResult || p.Type == xmpp.TypeError || p.Type == xmpp.TypeGroupchat {
		return hook.Drop
	}
	return xmpp.Refuse(stanza.ServiceUnavailable, "")
}

// screenSent keeps the user from writing to blocked addresses (§ 3.3).
func (b *Blocking) screenSent(p *hook.Packet) error {
	if p.To.IsZero() || p.To.Bare() == p.Owner || !b.Blocked(p.Owner, p.To) {
		return nil
	}
	if p.Type == xmpp.TypeResult || p.Type == xmpp.TypeError || p.Kind == xmpp.Presence && p.Type == xmpp.TypeUnavailable {
		return hook.Drop
	}
	return xmpp.Refuse(stanza.NotAcceptable, "You have blocked this address.").
		WithApp(xmpp.El(ns.BlockErr, "blocked"))
}
