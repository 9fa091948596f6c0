package muc

import (
	"context"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// What newcomers to a group see of the time before they came.
const (
	NewcomersAll  = ""     // everything
	NewcomersDays = "30d"  // the last 30 days
	NewcomersNone = "join" // nothing
)

// newcomerDays is how much those see whom a group lets see something.
const newcomerDays = 30

// Who may mention everybody in a group at once.
const (
	CallAllMembers = ""           // whoever may write
	CallAllLeads   = "moderators" // leads
	CallAllNobody  = "none"       // nobody
)

// Leaver knows the groups, and ends memberships of them at the wish of members.
type Leaver interface {
	// Claimed tells whether an address is that of a group, be it one that was deleted.
	Claimed(ctx context.Context, room xmpp.JID) (bool, error)
	// Leave ends the membership of an account in a group, if its policy lets members do that. It is durable when Leave returns;
	// the room follows.
	Leave(ctx context.Context, account, room xmpp.JID) error
}

// Follow sets who knows the groups. It is called while the server is built.
func (s *Service) Follow(l Leaver) { s.leaver = l }

// Retention is for how many days a room keeps messages; 0: as long as the server does.
func Retention(rec *storage.Room) int {
	n, err := strconv.Atoi(rec.Config["x-retention"])
	if err != nil {
		return 0
	}
	return n
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// floor is the time from which on an account may see what was said in the room, be it on entering or from the archive;
// zero: all the time. r.mu is held.
func (r *room) floor(bare xmpp.JID) time.Time {
	var t time.Time
	n := r.conf.Retention
	if n == 0 && r.s.Retention != nil {
		n = r.s.Retention(r.jid.Domain())
	}
	if n > 0 { // what is older may not be removed yet, from the archive or from memory
		t = r.s.Now().AddDate(0, 0, -n)
	}
	since := r.affs[bare].since
	if since == 0 || r.conf.Newcomers == NewcomersAll {
		return t
	}
	from := time.UnixMicro(since)
	if r.conf.Newcomers == NewcomersDays {
		from = from.AddDate(0, 0, -newcomerDays)
	}
	if from.After(t) {
		return from
	}
	return t
}

// permit decides whether a message has what the policies of the group forbid. r.mu is held.
func (r *room) permit(o *occupant, st *xmpp.Stanza) error {
	if r.conf.FilesOff && carriesFile(st) {
		return r.refuse(stanza.Forbidden, filesOffText)
	}
	if r.mayCallAll(o) || !r.callsAll(st) {
		return nil
	}
	if r.conf.CallAll == CallAllLeads {
		return r.refuse(stanza.Forbidden, "Only leads may mention everybody in this group.")
	}
	return r.refuse(stanza.Forbidden, "Nobody may mention everybody in this group.")
}

const filesOffText = "The administrator has switched files off in this group."

// Namespaces by which files come along with a message.
const (
	nsSIMS      = "urn:xmpp:sims:1"
	nsReference = "urn:xmpp:reference:0"
	nsMentions  = "urn:xmpp:mentions:0"
	nsChannel   = nsMentions + "#channel"
)

// carriesFile tells whether a message brings a file, or where to get one: XEP-0066 § 3, XEP-0447 § 3, XEP-0385 § 3, and the
// address of an encrypted one (XEP-0454 § 2). An address in a text is no more than text.
func carriesFile(st *xmpp.Stanza) bool {
	for i := range st.Children {
		switch c := &st.Children[i]; {
		case c.Is("jabber:x:oob", "x"), c.Space == "urn:xmpp:sfs:0", c.Space == nsSIMS:
			return true
		case c.Is(nsReference, "reference"), c.Is(ns.Client, "body"):
			e, err := st.Element(c)
			if err != nil || e.Child(nsSIMS, "media-sharing") != nil ||
				c.Space == ns.Client && strings.HasPrefix(strings.TrimSpace(e.Text()), "aesgcm://") {
				return true
			}
		}
	}
	return false
}

// offersFile tells whether a request to another occupant begins the transfer of a file: XEP-0234 § 6, XEP-0047 § 2.1,
// XEP-0095 § 3.
func offersFile(payload *xmpp.Element) bool {
	switch payload.Space {
	case "http://jabber.org/protocol/ibb", "http://jabber.org/protocol/si", "http://jabber.org/protocol/bytestreams", "jabber:iq:oob":
		return true
	case "urn:xmpp:jingle:1":
		for content := range payload.Elements() {
			for d := range content.Elements() {
				if d.Local == "description" && strings.HasPrefix(d.Space, "urn:xmpp:jingle:apps:file-transfer:") {
					return true
				}
			}
		}
	}
	return false
}

func (r *room) mayCallAll(o *occupant) bool {
	switch r.conf.CallAll {
	case CallAllLeads:
		return o.role == Moderator
	case CallAllNobody:
		return false
	}
	return true
}

// callsAll tells whether a message mentions everybody: with XEP-0513 § 3.2, or as XEP-0372 § 3.2 with the address of the
// room. What is only written in the text mentions nobody: clients that look for it there ask who may (§ 3.6).
func (r *room) callsAll(st *xmpp.Stanza) bool {
	for i := range st.Children {
		c := &st.Children[i]
		if !c.Is(nsMentions, "mention") && !c.Is(nsReference, "reference") {
			continue
		}
		e, err := st.Element(c)
		if err != nil {
			return true
		}
		if c.Space == nsReference {
			if uri, ok := strings.CutPrefix(e.Attr("uri"), "xmpp:"); ok && e.Attr("type") == "mention" && r.isRoom(uri) {
				return true
			}
			continue
		}
		switch kind := e.Attr("mentions"); kind {
		case "", nsMentions + "#moderators", nsMentions + "#owner", nsMentions + "#admin":
		default:
			if e.Child(nsMentions, "noping") == nil {
				return true
			}
		}
	}
	return false
}

func (r *room) isRoom(uri string) bool {
	uri, _, _ = strings.Cut(uri, "?")
	j, err := xmpp.ParseJID(uri)
	return err == nil && j == r.jid
}

// maxMentions is how many mentions one message of a group may have, as its members' clients are told (XEP-0513 § 3.6).
const maxMentions = 50

// mentionFields are the fields that say who may mention whom in a group (XEP-0513 § 3.6), with all choices where a form is
// to be filled out. r.mu is held.
func (r *room) mentionFields(form bool) []*xmpp.Element {
	all := "participants"
	if r.conf.CallAll != CallAllMembers {
		all = r.conf.CallAll
	}
	choice := func(name, label, value string) *xmpp.Element {
		f := field("list-single", "mentions#"+name, label, value)
		if form {
			f.Add(option("Participants", "participants"), option("Moderators", "moderators"), option("Nobody", "none"))
		}
		return f
	}
	return []*xmpp.Element{
		field("text-single", "mentions#count", "Most mentions in a message", itoa(maxMentions)),
		choice("individual", "Who may mention people", "participants"),
		choice("channel", "Who may mention everybody", all),
	}
}

// mentions answers who may mention whom (XEP-0513 § 3.6).
func (r *room) mentions(q *request) (*xmpp.Element, error) {
	return under(r, func() (*xmpp.Element, error) { return r.mentionForm(q) })
}

// mentionForm is mentions. r.mu is held.
func (r *room) mentionForm(q *request) (*xmpp.Element, error) {
	switch {
	case r.group.IsZero() || r.affiliation(q.From.Bare()) < Member:
		return nil, r.refuse(stanza.ServiceUnavailable, "")
	case q.Type == xmpp.TypeSet:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	}
	return xmpp.El(nsMentions, "query", newForm("form", nsMentions, "", "").Add(r.mentionFields(true)...)), nil
}
