package wire

import "myna/xmpp/ns"

// Bounds of what one scan remembers of names that the table below lacks.
const (
	maxLearned    = 512
	maxLearnedLen = 96
)

// intern returns b as a string, without allocation where it is a usual name or one that was met before.
func (e *element) intern(b []byte) string {
	for _, s := range usual[slot(b)] {
		if s == string(b) {
			return s
		}
	}
	if s, ok := e.known[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= maxLearnedLen {
		if len(e.known) >= maxLearned {
			clear(e.known)
		}
		e.known[s] = s
	}
	return s
}

// slot is the place of a name in the table below: its length and the letters in which names differ.
func slot(b []byte) int {
	n := len(b)
	if n == 0 {
		return 0
	}
	h := uint32(n) + uint32(b[0])<<3 + uint32(b[n-1])<<6 + uint32(b[n/2])<<9 + uint32(b[n*3/4])<<12
	return int(h * 2654435769 >> 22)
}

const slots = 1 << 10

// usual holds the names that most stanzas consist of.
var usual = func() *[slots][]string {
	t := &[slots][]string{}
	for _, s := range [...]string{
		"", "id", "to", "from", "type", "xml:lang", "xmlns", "message", "presence", "iq",
		"error", "normal", "chat", "groupchat", "headline", "get", "set", "result", "unavailable", "probe",
		"subscribe", "subscribed", "unsubscribe", "unsubscribed",
		"body", "subject", "thread", "show", "status", "priority", "query", "x", "c", "r", "a", "text",
		"enable", "enabled", "disable", "resume", "resumed", "failed", "active", "inactive", "auth", "response",
		"starttls", "bind", "session", "ping", "vCard", "pubsub", "event", "command", "time",
		"composing", "paused", "gone", "request", "received", "sent", "displayed", "markable", "replace",
		"store", "no-store", "no-copy", "no-permanent-store", "origin-id", "stanza-id", "occupant-id",
		"delay", "forwarded", "private", "nick", "fin", "prefs", "block", "unblock", "blocklist",
		"reactions", "reply", "retract", "encryption", "encrypted", "slot",

		ns.XML, ns.Stream, ns.Streams, ns.Client, ns.Server, ns.StartTLS, ns.SASL, ns.Bind, ns.Session, ns.Stanzas,
		ns.SM, ns.CSI, ns.SASLCB, ns.Limits, ns.Roster, ns.RosterVer, ns.PreAppr,
		ns.DiscoInfo, ns.DiscoItems, ns.Caps, ns.DataForm, ns.RSM, ns.Ping, ns.Version, ns.Time, ns.Last, ns.Private,
		ns.VCard, ns.VCardUpd, ns.Blocking, ns.BlockErr, ns.Commands, ns.ServerInfo,
		ns.Carbons, ns.Forward, ns.Hints, ns.StanzaID, ns.Delay, ns.MAM, ns.MAMExt, ns.ChatStates, ns.Receipts,
		ns.Correct, ns.Markers, ns.Retract, ns.Reactions, ns.Upload, ns.EME,
		ns.MUC, ns.MUCUser, ns.MUCAdmin, ns.MUCOwner, ns.OccupantID, ns.Conference, ns.Moderate,
		ns.PubSub, ns.PubSubEvent, ns.PubSubOwner, ns.Bookmarks, ns.AvatarData, ns.AvatarMeta, ns.Nick,
	} {
		k := slot([]byte(s))
		t[k] = append(t[k], s)
	}
	return t
}()
