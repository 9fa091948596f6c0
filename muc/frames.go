package muc

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Status codes of XEP-0045 § 16.6.
const (
	codeNonAnonymous   = 100
	codeAffiliated     = 101
	codeConfigChanged  = 104
	codeSelf           = 110
	codeLogged         = 170
	codeNotLogged      = 171
	codeNowNonAnon     = 172
	codeNowSemiAnon    = 173
	codeCreated        = 201
	codeNickModified   = 210
	codeBanned         = 301
	codeNickChanged    = 303
	codeKicked         = 307
	codeAffiliation    = 321
	codeMembersOnly    = 322
	codeShutdown       = 332
	codeTechnical      = 333
	delayStampLayout   = "2006-01-02T15:04:05.000Z" // XEP-0082
	maxPresenceContent = 8 << 10
	maxLang            = 64
)

// words are what an occupant says by presence, and what everybody may see of it.
type words struct {
	children []byte
	lang     string // of the texts among them (§ 13); "": not known
}

func (w words) equal(other words) bool {
	return w.lang == other.lang && bytes.Equal(w.children, other.children)
}

// notice is presence of an occupant, as the room tells it.
type notice struct {
	typ     string // "" or "unavailable"
	content words
	aff     Affiliation
	role    Role
	jid     xmpp.JID // the real address, zero where it is not shown
	newNick string
	actor   string // nick of who did it
	reason  string
	codes   []int
	more    *xmpp.Element // <destroy/>
	turn    *turn         // the change of an affiliation that it tells of; nil: none
	since   string        // a version (XEP-0463)
	until   string
	echo    echo
}

// echo is the id of the presence that a room answers, for the client that sent it: so clients know their own presence again, as in
// the examples of § 7.2.2. Some wait for it where a room has stable ids.
type echo struct {
	to xmpp.JID
	id string
}

// maxEcho bounds an id that is echoed, in bytes.
const maxEcho = 1023

func echoOf(to xmpp.JID, id string) echo {
	if len(id) > maxEcho {
		id = ""
	}
	return echo{to, id}
}

// on returns the frame for a receiver: with the id for the one who gets it, as it is for all others.
func (e *echo) on(f xmpp.Frame, to xmpp.JID) xmpp.Frame {
	if e.id != "" && e.to == to {
		b := appendAttr(make([]byte, 0, len(f.Tail)+len(e.id)+8), "id", e.id)
		f.Tail = append(b, f.Tail...)
	}
	return f
}

// frame builds the presence.
func (n *notice) frame(o *occupant) xmpp.Frame {
	b := make([]byte, 0, 384+len(n.content.children))
	b = append(b, ` from="`...)
	b = xmpp.AppendEscaped(b, o.addr.String())
	b = append(b, '"')
	if n.typ != "" {
		b = append(b, ` type="`...)
		b = append(b, n.typ...)
		b = append(b, '"')
	}
	b = appendAttr(b, "xml:lang", n.content.lang)
	b = append(b, '>')
	b = append(b, n.content.children...)
	b = appendOccupantID(b, o.id)
	b = append(b, `<x xmlns="`+ns.MUCUser+`">`...)
	if n.until != "" {
		b = mav(n.since, n.until).Append(b, ns.MUCUser)
	}
	b = append(b, `<item affiliation="`...)
	b = append(b, n.aff.String()...)
	b = append(b, `" role="`...)
	b = append(b, n.role.String()...)
	b = append(b, '"')
	b = appendAttr(b, "jid", n.jid.String())
	b = appendAttr(b, "nick", n.newNick)
	if n.actor == "" && n.reason == "" {
		b = append(b, '/', '>')
	} else {
		b = append(b, '>')
		if n.actor != "" {
			b = append(b, `<actor`...)
			b = append(appendAttr(b, "nick", n.actor), '/', '>')
		}
		if n.reason != "" {
			b = append(b, `<reason>`...)
			b = append(xmpp.AppendEscaped(b, n.reason), `</reason>`...)
		}
		b = append(b, `</item>`...)
	}
	for _, c := range n.codes {
		b = append(b, `<status code="`...)
		b = append(strconv.AppendInt(b, int64(c), 10), '"', '/', '>')
	}
	if n.more != nil {
		b = n.more.Append(b, ns.MUCUser)
	}
	b = append(b, `</x>`...)
	if n.typ == "" {
		b = append(b, o.hats...) // XEP-0317 § 3.1
	}
	b = append(b, `</presence>`...)
	return xmpp.Frame{Kind: xmpp.Presence, Tail: b, Idle: !slices.Contains(n.codes, codeSelf)} // XEP-0352: that of others may wait
}

func appendAttr(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ' ')
	b = append(b, name...)
	b = append(b, '=', '"')
	return append(xmpp.AppendEscaped(b, value), '"')
}

func appendOccupantID(b []byte, id string) []byte {
	b = append(b, `<occupant-id xmlns="`+ns.OccupantID+`" id="`...)
	b = append(b, id...)
	return append(b, '"', '/', '>')
}

func (r *room) appendStanzaID(b []byte, id int64) []byte {
	b = append(b, `<stanza-id xmlns="`+ns.StanzaID+`" by="`...)
	b = xmpp.AppendEscaped(b, r.jid.String())
	b = append(b, `" id="`...)
	return append(strconv.AppendInt(b, id, 10), '"', '/', '>')
}

// delay says when the room got a message (XEP-0203); from is the room (§ 7.2.14).
func (r *room) delay(at time.Time) []byte {
	b := append(make([]byte, 0, 128), `<delay xmlns="`+ns.Delay+`" from="`...)
	b = xmpp.AppendEscaped(b, r.jid.String())
	b = append(b, `" stamp="`...)
	return append(at.UTC().AppendFormat(b, delayStampLayout), '"', '/', '>')
}

// withChild returns a copy of a message's tail with one more child.
func withChild(tail, child []byte) []byte {
	b := make([]byte, len(tail), len(tail)+len(child)+16)
	copy(b, tail)
	return xmpp.AppendToTail(b, xmpp.Message, child)
}

// tailOf is the tail of a stored message, nil for none or a broken one.
func tailOf(stanza []byte) []byte {
	if len(stanza) == 0 {
		return nil
	}
	st, err := wire.Parse(stanza)
	if err != nil {
		return nil
	}
	st.From, _ = xmpp.ParseJID(xmpp.Unescape(st.Attr("from")))
	return st.Tail(nil)
}

// anonymous is a stored message without the sender's real address, which it has from a time when the room was not
// anonymous.
func anonymous(stanza []byte) []byte {
	if !bytes.Contains(stanza, []byte(ns.MUCUser)) {
		return stanza
	}
	st, err := wire.Parse(stanza)
	if err != nil {
		return nil
	}
	st.From, _ = xmpp.ParseJID(xmpp.Unescape(st.Attr("from")))
	return stored(st.Tail(func(c *xmpp.Child) bool { return c.Is(ns.MUCUser, "x") }))
}

// stored is a message's tail as storage keeps it.
func stored(tail []byte) []byte {
	f := xmpp.Frame{Kind: xmpp.Message, Tail: tail}
	return f.Append(make([]byte, 0, len(tail)+48), ns.Client)
}

// fromRoom is a message of the room itself.
func (r *room) fromRoom(typ string, children ...*xmpp.Element) xmpp.Frame {
	return xmpp.FrameOf(xmpp.NewMessage(r.jid, xmpp.JID{}, typ, children...))
}

// userX is <x/> of muc#user with status codes.
func userX(codes ...int) *xmpp.Element {
	x := xmpp.El(ns.MUCUser, "x")
	for _, c := range codes {
		x.Add(xmpp.El(ns.MUCUser, "status").Set("code", strconv.Itoa(c)))
	}
	return x
}
