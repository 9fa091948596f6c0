package archive

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// sent keeps what an account sends. What it sends to itself is kept when it is received: once (XEP-0313 § 6.1.1).
func (a *Archive) sent(p *hook.Packet) error {
	if p.To.Bare() == p.Owner {
		return nil
	}
	w := weigh(p)
	if w.content < lasting || w.noStore || w.noPermanent || !a.wanted(p.Owner, p.To) {
		return nil
	}
	p.Keep(entry(p, p.To, storage.Sent|w.flags()))
	return nil
}

// received keeps what an account receives: in its archive, or hidden until its next session where it cannot be
// delivered now. A row of the archive waits for the confirmation of a client even if one is there: connections break.
func (a *Archive) received(p *hook.Packet) error {
	w := weigh(p)
	nobody := len(p.Targets) == 0
	switch {
	case w.noStore:
		if w.body && nobody && p.Storable {
			return xmpp.Refuse(stanza.ServiceUnavailable, "") // RFC 6121 § 8.5.2.2.1: it cannot wait
		}
		return nil
	case w.content == fleeting:
		return nil
	case w.content == lasting && !w.noPermanent && a.Config.Of(p.Owner.Domain()).Enabled && a.wanted(p.Owner, p.From):
		flags := w.flags()
		if p.Storable && !aside(p) {
			flags |= storage.Waiting
		}
		p.Keep(entry(p, p.From, flags))
		return nil
	}
	if !nobody || !p.Storable {
		return nil
	}
	if !a.admit(p.Owner) {
		return full()
	}
	p.Keep(entry(p, p.From, w.flags()|storage.Hidden|storage.Waiting))
	return nil
}

// full is what the sender gets when too much waits already (XEP-0160 § 2).
func full() error {
	return xmpp.Refuse(stanza.ServiceUnavailable, "Too many messages wait for this user already.")
}

// aside tells whether a message goes to one client that does not want what the account gets (RFC 6121 § 8.5.3.1): it
// has no presence or a negative priority. Nobody else is waiting for this message, and that client does not confirm what
// waits for others.
func aside(p *hook.Packet) bool {
	if p.To.IsBare() || len(p.Targets) != 1 || p.Targets[0].JID() != p.To {
		return false
	}
	pres := p.Targets[0].Presence()
	return pres == nil || pres.Priority < 0
}

func entry(p *hook.Packet, peer xmpp.JID, flags storage.Flags) storage.Entry {
	kind := p.Type
	if kind == "" {
		kind = xmpp.TypeNormal
	}
	return storage.Entry{Owner: p.Owner, Peer: peer, Kind: kind, Flags: flags, Origin: origin(p)}
}

// origin is the sender's own id of the message (XEP-0359 § 2.2). What the other side has found is used again.
func origin(p *hook.Packet) string {
	if kept, _ := p.Kept(); len(kept) > 0 {
		return kept[0].Origin
	}
	if c := p.Find(ns.StanzaID, "origin-id"); c != nil {
		if id, ok := attr(p.Bytes(c), "id"); ok && id != "" {
			return id
		}
	}
	return p.ID()
}

// rescue handles what no session has taken: sessions have vanished since the message was accepted, or there were none
// and it does not wait.
func (a *Archive) rescue(p *hook.Packet) error {
	entries, sides := p.Kept()
	for i := range entries {
		if sides[i] == hook.In && entries[i].Flags&storage.Waiting != 0 {
			return nil // the next session gets it
		}
	}
	w := weigh(p)
	switch {
	case p.Type == xmpp.TypeError, p.Type == xmpp.TypeHeadline: // RFC 6121 § 8.5.2.2.1: silently ignored
		return nil
	case !p.Storable: // RFC 6121 § 8.5.3.2.1; groupchat: § 8.5.2.1.1
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	case w.noStore && w.body:
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	case w.noStore, w.content == fleeting:
		return nil
	}
	if !a.admit(p.Owner) {
		return full()
	}
	frame := p.Frame(p.To)
	e := entry(p, p.From, w.flags()|storage.Hidden|storage.Waiting)
	e.Stanza = frame.Append(make([]byte, 0, len(frame.Tail)+128), ns.Client)
	owner := p.Owner
	err := a.Store.AppendAsync([]storage.Entry{e}, func(_ []int64, err error) {
		if err != nil {
			a.Logger.Error("message lost", "owner", owner.String(), "err", err)
		}
	})
	if err != nil {
		return xmpp.Refuse(stanza.ResourceConstraint, "The server is busy. Please send the message again in a while.")
	}
	return nil
}
