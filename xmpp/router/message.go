package router

import (
	"errors"
	"fmt"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// dest is where a stanza goes.
type dest struct {
	kind   destKind
	target hook.Target  // of a hosted service
	taker  hook.Handler // of toAddress
}

type destKind uint8

const (
	toAccount destKind = iota // an address with localpart on a domain of ours, whether the account exists or not
	toServer                  // a domain of ours itself
	toService                 // a hosted service or an address of it
	toRemote                  // another server
	toAddress                 // one of a domain of ours that is no account, and that a module takes messages for
)

// place finds where an address is (RFC 6120 § 10.4, § 10.5).
func (r *Router) place(to xmpp.JID) dest {
	t, ok := r.hosts[to.Domain()]
	switch {
	case !ok:
		return dest{kind: toRemote}
	case t != hook.Server:
		return dest{kind: toService, target: t}
	case to.Local() == "":
		return dest{kind: toServer, target: hook.Server}
	}
	return dest{kind: toAccount}
}

// FromClient takes a stanza from a client session. Its From is the session's full address, its To is prepared; a message
// or request without to is for the sender's own account (RFC 6120 § 10.3). The stanza may share the reader's buffer.
func (r *Router) FromClient(in *Inbound, st *xmpp.Stanza) {
	if int(st.Kind) < len(r.received) {
		r.received[st.Kind].Add(1)
	}
	f := r.launch(st, in)
	if st.Kind != xmpp.Message {
		in.Wait() // keeps the order behind messages that wait for their commit
	} else if st.To.IsZero() {
		f.st.To = st.From.Bare() // RFC 6120 § 10.3.1
	}
	r.depart(f)
}

// depart routes a flight and tells its sender what has become of it.
func (r *Router) depart(f *flight) {
	landed, err := r.route(f)
	if err != nil && !errors.Is(err, hook.Drop) {
		f.refuse(err)
	}
	if !landed {
		f.land()
	}
}

// Inject takes a stanza that did not come from a client of this server: from another server, a component, or a module.
// Whoever calls it vouches for From.
func (r *Router) Inject(st *xmpp.Stanza) {
	r.depart(r.launch(st, nil))
}

// route brings a stanza on its way. landed tells that the flight was given to the log and must not be touched any more.
func (r *Router) route(f *flight) (landed bool, err error) {
	if len(f.Children) > hook.MaxChildren {
		return false, xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("A stanza may have %d child elements.", hook.MaxChildren))
	}
	f.local = f.in != nil || r.hosts[f.From.Domain()] == hook.Server && f.From.Local() != ""
	if f.local {
		if err := r.stage(&f.Packet, hook.Out, f.From.Bare(), hook.Screen); err != nil {
			return false, err
		}
	}
	switch f.Kind {
	case xmpp.Message:
		return r.message(f)
	case xmpp.Presence:
		return false, r.presence(f)
	case xmpp.IQ:
		return false, r.iq(f)
	}
	return false, nil
}

// message runs all stages up to the commit, and finishes at once what has nothing to wait for.
func (r *Router) message(f *flight) (landed bool, err error) {
	p := &f.Packet
	f.dest = r.place(f.To)
	known := f.dest.kind == toAccount && r.dir.Exists(f.To.Bare())
	if f.dest.kind == toAccount && !known {
		if h := r.reg.Address(f.To.Bare()); h != nil {
			f.dest = dest{kind: toAddress, taker: h}
		}
	}
	if f.local {
		if err := r.stage(p, hook.Out, f.From.Bare(), hook.Amend); err != nil {
			return false, err
		}
	}
	switch f.dest.kind {
	case toAccount:
		if err := r.receive(f, known); err != nil {
			return false, err
		}
	case toServer:
		if taken, err := r.taken(p); taken || err != nil {
			return false, err
		}
	}
	if f.shared != nil && !p.Changed() {
		p.Tail = f.shared
	} else {
		p.BuildTail()
	}
	if f.local {
		if err := r.stage(p, hook.Out, f.From.Bare(), hook.Archive); err != nil {
			return false, err
		}
	}
	if f.dest.kind == toAccount {
		if err := r.stage(p, hook.In, f.To.Bare(), hook.Archive); err != nil {
			return false, err
		}
	}
	entries, _ := p.Kept()
	if len(entries) == 0 && f.brought == nil && (f.in == nil || !f.in.waiting()) {
		f.straight = true
		r.finish(f)
		return false, nil
	}
	if len(entries) > 0 {
		frame := p.Frame(f.To)
		f.archived = frame.Append(f.archived[:0], ns.Client)
		for i := range entries {
			if entries[i].Stanza == nil {
				entries[i].Stanza = f.archived
			}
		}
	}
	if err := f.commit(entries); err != nil {
		return false, err
	}
	return true, nil
}

// taken asks the modules whether a stanza to a domain itself is for one of them.
func (r *Router) taken(p *hook.Packet) (bool, error) {
	if p.To.Resource() != "" || p.Type == xmpp.TypeError {
		return false, nil
	}
	p.Owner = p.To
	for _, h := range r.reg.ToServer(p.Kind) {
		if taken, err := h(p); taken || err != nil {
			return taken, err
		}
	}
	return false, nil
}

// receive runs what the addressee has to say before anything is kept; known tells whether it is an account.
func (r *Router) receive(f *flight, known bool) error {
	p, owner := &f.Packet, f.To.Bare()
	if !known {
		if f.Type == xmpp.TypeError || f.Type == xmpp.TypeHeadline {
			return hook.Drop
		}
		return xmpp.Refuse(stanza.ServiceUnavailable, "") // RFC 6121 § 8.5.1
	}
	for _, s := range [...]hook.Stage{hook.Screen, hook.Amend} {
		if err := r.stage(p, hook.In, owner, s); err != nil {
			return err
		}
	}
	if f.brought != nil {
		p.Targets = append(p.Targets[:0], f.brought.to...)
		return nil
	}
	p.Targets, p.Storable = r.pick(p.Targets[:0], f.To, f.Type)
	if len(p.Targets) == 0 && !p.Storable {
		return unpicked(f.Type)
	}
	return nil
}

// finish delivers. It runs on the sender's goroutine, or on the log's when there was something to commit.
func (r *Router) finish(f *flight) {
	p := &f.Packet
	if f.local {
		p.ArchiveID = f.sent
		r.late(p, hook.Out, f.From.Bare(), hook.Copy)
	}
	switch f.dest.kind {
	case toAccount:
		r.deliver(f)
	case toRemote:
		r.toRemote(p)
	case toAddress:
		r.handOver(p, f.dest.taker)
	default:
		r.toService(p, f.dest.target)
	}
}

// deliver gives a message to the sessions of a local account (RFC 6121 § 8.5).
func (r *Router) deliver(f *flight) {
	p, owner := &f.Packet, f.To.Bare()
	if f.got != 0 {
		// XEP-0359 § 3.1: the id by which the addressee's archive knows the message. This may write into the room behind
		// Tail, which nobody else holds: the sender's copies were made from other bytes, and a shared one has no room.
		p.Tail = xmpp.AppendToTail(p.Tail, p.Kind, stanzaID(owner, f.got))
	}
	p.ArchiveID = f.got
	if !f.straight && f.brought == nil { // sessions came and went while it waited
		p.Targets, p.Storable = r.pick(p.Targets[:0], f.To, f.Type)
	}
	frame := p.Frame(f.To)
	frame.Archived = f.got
	frame.Idle = MayWait(p.Stanza)
	taken := false
	for _, s := range p.Targets {
		if f.brought != nil {
			frame.To = s.JID()
		}
		taken = s.Send(frame) || taken
	}
	r.late(p, hook.In, owner, hook.Copy)
	if !taken && f.brought != nil {
		f.refuse(xmpp.Refuse(stanza.RecipientUnavailable, ""))
	} else if !taken {
		r.late(p, hook.In, owner, hook.Rescue)
	}
}

// late runs a stage after the commit: the stanza has been accepted, so an error is only logged, unless it is a stanza
// error of the stage Rescue, which tells the sender.
func (r *Router) late(p *hook.Packet, side hook.Side, owner xmpp.JID, s hook.Stage) {
	err := r.stage(p, side, owner, s)
	if err == nil || errors.Is(err, hook.Drop) {
		return
	}
	if s == hook.Rescue {
		r.refuse(p, err)
		return
	}
	r.logger.Error("stage failed", "stage", s.String(), "from", p.From.String(), "to", p.To.String(), "err", err)
}

// toService hands a message to a hosted service, or to the server itself.
func (r *Router) toService(p *hook.Packet, t hook.Target) {
	h := r.reg.Host(t)
	if h == nil {
		if p.Type != xmpp.TypeError && p.Type != xmpp.TypeHeadline {
			r.refuse(p, xmpp.Refuse(stanza.ServiceUnavailable, ""))
		}
		return
	}
	r.handOver(p, h)
}

// handOver lets a handler take a message.
func (r *Router) handOver(p *hook.Packet, h hook.Handler) {
	p.Owner = p.To.Bare()
	if err := h(p); err != nil && !errors.Is(err, hook.Drop) {
		r.refuse(p, err)
	}
}

func (r *Router) toRemote(p *hook.Packet) {
	err := errRemote()
	if r.remote != nil {
		err = r.remote.Route(p.From, p.Frame(p.To))
	}
	if err != nil {
		r.refuse(p, err)
	}
}

func stanzaID(by xmpp.JID, id int64) []byte {
	b := make([]byte, 0, 128)
	b = append(b, `<stanza-id xmlns="urn:xmpp:sid:0" by="`...)
	b = xmpp.AppendEscaped(b, by.String())
	b = append(b, `" id="`...)
	b = strconv.AppendInt(b, id, 10)
	return append(b, `"/>`...)
}

// MayWait tells whether a message may wait while its client is inactive (XEP-0352 § 4): it carries nothing but a chat
// state.
func MayWait(st *xmpp.Stanza) bool {
	state := false
	for i := range st.Children {
		switch st.Children[i].Space {
		case ns.ChatStates:
			state = true
		case ns.Client:
			if st.Children[i].Local == "body" || st.Children[i].Local == "subject" {
				return false
			}
		case ns.Hints, ns.StanzaID:
		default:
			return false
		}
	}
	return state
}
