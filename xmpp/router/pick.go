package router

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
)

// pick is the delivery table for messages (RFC 6121 § 8.5.2.1.1, § 8.5.3.1, § 8.5.3.2.1; docs/routing.md). It appends
// the sessions that get the message to dst. storable tells whether it waits for the next session when there are none.
func (r *Router) pick(dst []hook.Session, to xmpp.JID, typ string) (targets []hook.Session, storable bool) {
	all := r.sessions.of(to.Bare())
	if !to.IsBare() {
		// § 8.5.3.1: a connected resource that matches gets it, whatever its presence.
		for _, s := range all {
			if s.JID() == to {
				return append(dst, s), waitsOffline(typ)
			}
		}
		// § 8.5.3.2.1: without a match only chat messages are handled as if they were sent to the bare address.
		if typ != xmpp.TypeChat {
			return dst, false
		}
	}
	switch typ {
	case xmpp.TypeGroupchat, xmpp.TypeError: // § 8.5.2.1.1: never to a bare address
		return dst, false
	case xmpp.TypeHeadline: // to all that do not mind
		for _, s := range all {
			if p := s.Presence(); p != nil && p.Priority >= 0 {
				dst = append(dst, s)
			}
		}
		return dst, false
	}
	// § 8.5.2.1.1: the most available ones: all of the highest priority that is not negative. The others have
	// carbons (XEP-0280) and the archive.
	best := int8(0)
	for _, s := range all {
		p := s.Presence()
		if p == nil || p.Priority < best {
			continue
		}
		if p.Priority > best {
			best, dst = p.Priority, dst[:0]
		}
		dst = append(dst, s)
	}
	return dst, true
}

// waitsOffline tells whether a type of message may wait for the next session; an unknown type is "normal" (§ 5.2.2).
func waitsOffline(typ string) bool {
	return typ != xmpp.TypeGroupchat && typ != xmpp.TypeHeadline && typ != xmpp.TypeError
}

// unpicked is what becomes of a message that nobody can take and that does not wait.
func unpicked(typ string) error {
	if typ == xmpp.TypeHeadline || typ == xmpp.TypeError {
		return hook.Drop // § 8.5.2.2.1, § 8.5.2.1.1
	}
	return xmpp.Refuse(stanza.ServiceUnavailable, "")
}
