package muc

import (
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// worthKeeping tells whether a message belongs into the archive (XEP-0313 § 5.1.2, XEP-0334): all but those that ask
// not to be stored and those that carry nothing but chat states. A retraction is carried out whatever it asks.
func worthKeeping(st *xmpp.Stanza) bool {
	if st.Has(ns.Retract, "retract") { // XEP-0424 § 6: it must be stored, for those who come later
		return true
	}
	if st.Has(ns.Hints, "no-store") || st.Has(ns.Hints, "no-permanent-store") {
		return false
	}
	return st.Has(ns.Hints, "store") || !fleeting(st)
}

// fleeting tells whether a message carries nothing that matters later.
func fleeting(st *xmpp.Stanza) bool {
	for i := range st.Children {
		switch c := &st.Children[i]; c.Space {
		case ns.ChatStates, ns.Hints, ns.StanzaID, ns.MUCUser:
		case ns.Client:
			if c.Local != "thread" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// quiet tells whether a message only reacts to others: reactions, markers, receipts and chat states without text. It is
// what visitors of an announcement group may send.
func quiet(st *xmpp.Stanza) bool {
	for i := range st.Children {
		switch c := &st.Children[i]; c.Space {
		case ns.Reactions, ns.Markers, ns.Receipts, ns.ChatStates, ns.Hints, ns.StanzaID:
		case ns.Client:
			if c.Local != "thread" {
				return false
			}
		default:
			return false
		}
	}
	return len(st.Children) > 0
}

// origin is the sender's own id of a message (XEP-0359 § 3.2).
func origin(st *xmpp.Stanza) string {
	if c := st.Find(ns.StanzaID, "origin-id"); c != nil {
		if e, err := st.Element(c); err == nil && e.Attr("id") != "" {
			return e.Attr("id")
		}
	}
	return st.ID()
}

// parsed is the stanza of a frame, nil if there is none.
func parsed(f xmpp.Frame) *xmpp.Stanza {
	st, err := wire.Parse(f.Append(nil, ns.Client))
	if err != nil {
		return nil
	}
	return st
}
