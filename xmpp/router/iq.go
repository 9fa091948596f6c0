package router

import (
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
)

// iq routes a request or an answer (RFC 6120 § 8.2.3, § 10.3.3; RFC 6121 § 8.5).
func (r *Router) iq(f *flight) error {
	p := &f.Packet
	if err := checkIQ(p.Stanza); err != nil {
		return err
	}
	to := p.To
	if to.IsZero() {
		to = p.From.Bare() // RFC 6120 § 10.3.3
	}
	d := r.place(to)
	if d.kind == toRemote {
		p.BuildTail()
		if r.remote == nil {
			return errRemote()
		}
		return r.remote.Route(p.From, p.Frame(p.To))
	}
	if d.kind == toAccount && to.Bare() != p.From.Bare() {
		// Whether the account exists is looked at later: what its stages refuse is the same for one that does not.
		if err := r.stage(p, hook.In, to.Bare(), hook.Screen); err != nil {
			return err
		}
	}
	if d.kind == toAccount && !to.IsBare() {
		return r.iqToSession(p)
	}
	if p.Type == xmpp.TypeResult || p.Type == xmpp.TypeError {
		if !r.asks.answer(p.Stanza) && d.kind == toService && r.reg.Host(d.target) != nil {
			return r.host(p, d.target)
		}
		return nil
	}
	switch d.kind {
	case toAccount:
		return r.answer(p, hook.Account, to)
	case toServer:
		return r.answer(p, hook.Server, to)
	}
	if h := r.reg.Host(d.target); h != nil {
		return r.host(p, d.target)
	}
	if to.Local() != "" {
		return xmpp.Refuse(stanza.ItemNotFound, "")
	}
	return r.answer(p, d.target, to)
}

// Answer answers a request by the registry's row for a target: services that take all their stanzas themselves
// call it for what they do not handle. It sends the answer itself unless there is an error.
func (r *Router) Answer(p *hook.Packet, t hook.Target) error { return r.answer(p, t, p.To) }

func (r *Router) host(p *hook.Packet, t hook.Target) error {
	p.Owner = p.To.Bare()
	return r.reg.Host(t)(p)
}

// checkIQ checks what RFC 6120 § 8.2.3 requires of every IQ.
func checkIQ(st *xmpp.Stanza) error {
	switch st.Type {
	case xmpp.TypeGet, xmpp.TypeSet:
		if len(st.Children) != 1 {
			return xmpp.Refuse(stanza.BadRequest, "A request has exactly one child element.")
		}
	case xmpp.TypeResult, xmpp.TypeError:
	default:
		return xmpp.Refuse(stanza.BadRequest, "The type of an IQ is get, set, result or error.")
	}
	if len(st.Attr("id")) == 0 {
		return xmpp.Refuse(stanza.BadRequest, "An IQ needs an id.")
	}
	return nil
}

// iqToSession delivers to a full address (RFC 6121 § 8.5.3.1, § 8.5.3.2.3).
func (r *Router) iqToSession(p *hook.Packet) error {
	s := r.sessions.find(p.To)
	if s == nil {
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	}
	p.BuildTail()
	if !s.Send(p.Frame(p.To)) {
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	}
	return nil
}

// stranger tells whether an account is asked by somebody who must not learn whether it exists (RFC 6121 § 8.5.1, § 13).
func (r *Router) stranger(p *hook.Packet, t hook.Target, owner xmpp.JID) bool {
	return t == hook.Account && r.knows != nil && owner != p.From.Bare() && !r.knows(owner, p.From.Bare())
}

// answer lets the module that registered for a request answer it.
func (r *Router) answer(p *hook.Packet, t hook.Target, to xmpp.JID) error {
	c := &p.Children[0]
	h := r.reg.Request(t, p.Type, c.Space, c.Local)
	stranger := r.stranger(p, t, to.Bare()) // first, so that it costs the same whatever is asked and of whom
	switch {
	case h == nil, stranger && !r.reg.Public(p.Type, c.Space, c.Local), // RFC 6121 § 8.5.1, § 8.5.2.1.3
		!stranger && t == hook.Account && !r.dir.Exists(to.Bare()):
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	}
	payload, err := p.Element(c)
	if err != nil {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	q := &hook.Request{Stanza: p.Stanza, Payload: payload, Session: p.Session, Owner: to.Bare(), Stranger: stranger}
	var reply *replier
	q.Reply = func(result *xmpp.Element, err error) { reply.send(r, result, err) }
	reply = newReplier(p)
	result, err := h(r.ctx, q)
	if errors.Is(err, hook.Later) {
		return nil
	}
	if err != nil {
		return err
	}
	reply.send(r, result, nil)
	return nil
}

// replier knows how to answer a request after its stanza is gone.
type replier struct {
	session  hook.Session
	from, to xmpp.JID
	id       string
}

func newReplier(p *hook.Packet) *replier {
	return &replier{session: p.Session, from: p.To, to: p.From, id: p.ID()}
}

func (a *replier) send(r *Router, result *xmpp.Element, err error) {
	typ := xmpp.TypeResult
	if err != nil {
		e, seen := xmpp.ErrorElement(err)
		if !seen {
			r.logger.Error("request failed", "from", a.to.String(), "to", a.from.String(), "err", err)
		}
		typ, result = xmpp.TypeError, e
	}
	f := xmpp.FrameOf(xmpp.NewIQ(a.from, a.to, typ, a.id, result))
	if a.session != nil {
		a.session.Send(f)
		return
	}
	r.passOn(a.from, f)
}
