// Package multicast lets clients send one message or directed presence to several addresses at once (XEP-0033): they send it
// to their domain, with the list of addresses in it, and each addressee gets a copy that shows who else got it, but for
// blind copies.
//
// Each copy goes all the way of a stanza that the client sends itself: blocking, archives, carbons and errors are as if
// it had.
package multicast

import (
	"errors"
	"fmt"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// Options are what a Multicast is made of.
type Options struct {
	Config *config.Options[Config]
	Router *router.Router
	// IsAdmin tells whether a session, by its full address, administers a domain.
	IsAdmin func(who xmpp.JID, domain string) bool
}

// Multicast is the module.
type Multicast struct {
	Options
	shown hook.Value[map[xmpp.JID]struct{}] // who was sent available presence by this session
}

// New returns the module.
func New(o Options) *Multicast { return &Multicast{Options: o} }

// Register names what it does.
func (m *Multicast) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0033", Version: "1.2.1", Status: hook.Complete, Note: "addresses by jid, not by uri"})
	r.Feature(hook.Server, ns.Address)                                     // § 2.1
	r.ToServer(xmpp.Message, "addresses", m.message)                       // § 3
	r.ToServer(xmpp.Presence, "addresses", m.presence)                     // § 3, § 5.1
	r.On(hook.Unavailable, func(s hook.Session) { m.shown.Store(s, nil) }) // whoever knew was told (RFC 6121 § 4.6.3)
}

// message sends a message to each of its addressees.
func (m *Multicast) message(p *hook.Packet) (taken bool, err error) {
	h, err := m.header(p)
	if h == nil || err != nil {
		return false, err
	}
	copies, err := m.copies(p, h)
	if err != nil {
		return false, err
	}
	m.send(p, copies)
	return true, nil
}

// copies makes the stanza for each address that has not got it yet.
func (m *Multicast) copies(p *hook.Packet, h *header) ([]*xmpp.Stanza, error) {
	if err := m.admit(p, h); err != nil {
		return nil, err
	}
	p.BuildTail() // without the header: its children were stripped
	open, err := variant(p, h.written(nil))
	if err != nil {
		return nil, err
	}
	var list []*xmpp.Stanza
	for i := range h.to {
		a := &h.to[i]
		st := open
		if a.blind {
			if st, err = variant(p, h.written(a)); err != nil {
				return nil, err
			}
		}
		one := *st
		one.To = a.jid
		list = append(list, &one)
	}
	return list, nil
}

// variant is the stanza with a header, without an address.
func variant(p *hook.Packet, header []byte) (*xmpp.Stanza, error) {
	tail := append(make([]byte, 0, len(p.Tail)+len(header)+16), p.Tail...)
	frame := xmpp.Frame{Kind: p.Kind, Tail: xmpp.AppendToTail(tail, p.Kind, header)}
	st, err := wire.Parse(frame.Append(nil, ""))
	if err != nil {
		return nil, fmt.Errorf("copy of a stanza: %w", err)
	}
	st.From = p.From
	return st, nil
}

// send brings the copies on their way. Who sends pays for them.
func (m *Multicast) send(p *hook.Packet, copies []*xmpp.Stanza) {
	for _, st := range copies {
		p.Spread(st)
	}
	if len(copies) > 1 {
		hook.Charge(p.Session, len(copies)-1, len(p.Raw))
	}
}

// admit decides whether all addresses may be sent to: else none is (§ 2.2, § 6 step 5).
func (m *Multicast) admit(p *hook.Packet, h *header) error {
	cfg := m.Config.Of(p.To.Domain())
	if h.count > cfg.MaxAddresses { // § 8
		return xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("These are %d addresses; %d are possible.", h.count, cfg.MaxAddresses))
	}
	ours, local := m.Router.Target(p.From.Domain())
	local = local && ours == hook.Server
	switch {
	case local && p.From.Domain() != p.To.Domain():
		return xmpp.Refuse(stanza.Forbidden, "Send this to your own domain, "+p.From.Domain()+".")
	case local && cfg.Senders == SendersAdmins && !m.IsAdmin(p.From, p.To.Domain()):
		return xmpp.Refuse(stanza.Forbidden, "Only administrators may send to several addresses at once here.")
	}
	for i := range h.to {
		j := h.to[i].jid
		target, known := m.Router.Target(j.Domain())
		switch {
		case known && target == hook.Server && j.Local() == "": // it would come back here
			return xmpp.Refuse(stanza.Forbidden, "Nobody reads what is sent to "+j.String()+".")
		case !known && !local:
			return xmpp.Refuse(stanza.Forbidden, "This server does not pass on to other servers what comes from others.") // § 2.2
		case !known && !m.Router.Federated():
			return xmpp.Refuse(stanza.Forbidden, "This server does not exchange messages with "+j.Domain()+".")
		}
	}
	return nil
}

// presence sends directed presence to each addressee (§ 5.1). The sender's session remembers them as all to whom it sends
// directed presence (RFC 6121 § 4.6.3), and they hear when it becomes unavailable.
func (m *Multicast) presence(p *hook.Packet) (taken bool, err error) {
	if p.Type != "" && p.Type != xmpp.TypeUnavailable {
		return false, nil
	}
	h, err := m.header(p)
	if err != nil {
		return false, err
	}
	if h == nil {
		return m.gone(p)
	}
	copies, err := m.copies(p, h)
	if err != nil {
		return false, err
	}
	if p.Session != nil {
		if err := m.remember(p, h); err != nil {
			return false, err
		}
	}
	m.send(p, copies)
	return true, nil
}

var errMany = errors.New("too many")

// remember notes to whom the session's presence was sent.
func (m *Multicast) remember(p *hook.Packet, h *header) error {
	var err error
	most := m.Config.Of(p.To.Domain()).Shown
	m.shown.Update(p.Session, func(old map[xmpp.JID]struct{}) map[xmpp.JID]struct{} {
		next := make(map[xmpp.JID]struct{}, len(old)+len(h.to))
		for j := range old {
			next[j] = struct{}{}
		}
		for i := range h.to {
			if p.Type == "" {
				next[h.to[i].jid] = struct{}{}
			} else {
				delete(next, h.to[i].jid)
			}
		}
		if p.Type == "" && len(next) > most {
			err = errMany
			return old
		}
		return next
	})
	if err != nil {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("A session sends directed presence to %d addresses at most by this service.", most))
	}
	return nil
}

// gone tells all to whom the session's presence was sent that it is unavailable, when the service itself is told so
// (§ 5.1).
func (m *Multicast) gone(p *hook.Packet) (taken bool, err error) {
	if p.Type != xmpp.TypeUnavailable || p.Session == nil {
		return false, nil
	}
	var seen map[xmpp.JID]struct{}
	m.shown.Update(p.Session, func(old map[xmpp.JID]struct{}) map[xmpp.JID]struct{} {
		seen = old
		return nil
	})
	if len(seen) == 0 {
		return false, nil
	}
	p.BuildTail()
	st, err := variant(p, nil)
	if err != nil {
		return false, err
	}
	copies := make([]*xmpp.Stanza, 0, len(seen))
	for j := range seen {
		one := *st
		one.To = j
		copies = append(copies, &one)
	}
	m.send(p, copies)
	return true, nil
}
