package archive

import (
	"context"
	"errors"
	"slices"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Bounds of an import: what is written at once, a message, and what waits until it is known whether there is an archive.
const (
	importRows    = 200
	importBytes   = 2 << 20
	importStanza  = 1 << 20
	importWaiting = 16 << 20
)

// Import takes the archive of an account (XEP-0227 § 4.11), messages that wait for it (§ 4.5), and what it wants in its archive
// (XEP-0441).
func (a *Archive) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{a: a, account: account.Bare(), dry: dry, tell: tell}
}

type intake struct {
	a       *Archive
	account xmpp.JID
	dry     bool
	tell    pie.Ledger

	batch   []storage.Dated
	bytes   int // of batch
	archive bool
	waiting []storage.Dated // until End
	held    int             // bytes of waiting
}

// The kinds of what is imported.
const (
	kindMessages = "messages"
	kindWaiting  = "waiting messages"
	kindPrefs    = "archive preferences"
)

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	switch {
	case e.Is(ns.ExportArchive, "archive"):
		if _, of := e.LookupAttr("", "node"); of { // of a node, not of the account
			return false, nil
		}
		x.archive = true
		for r := range e.Elements() {
			if err := x.result(ctx, r); err != nil {
				return true, err
			}
		}
		return true, nil
	case e.Is(ns.Export, "offline-messages"):
		for m := range e.Elements() {
			if err := x.offline(ctx, m); err != nil {
				return true, err
			}
		}
		return true, nil
	case e.Is(ns.MAM, "prefs"):
		return true, x.prefs(ctx, e)
	}
	return false, nil
}

// result takes a message of the archive (§ 4.11, XEP-0313 § 4.2).
func (x *intake) result(ctx context.Context, r *xmpp.Element) error {
	forwarded := r.Child(ns.Forward, "forwarded")
	m := message(forwarded)
	stamp, err := stampOf(forwarded.Child(ns.Delay, "delay"))
	switch {
	case !r.Is(ns.MAM, "result") || m == nil:
		x.tell(kindMessages, pie.Refused, "a result holds no message")
		return nil
	case err != nil:
		x.tell(kindMessages, pie.Refused, "a message has no time")
		return nil
	case !x.a.Config.Of(x.account.Domain()).Enabled:
		x.tell(kindMessages, pie.Refused, "the domain keeps no archive")
		return nil
	}
	d, why := x.dated(m, stamp)
	if why != "" {
		x.tell(kindMessages, pie.Refused, why)
		return nil
	}
	x.batch = append(x.batch, d)
	if x.bytes += len(d.Stanza); len(x.batch) >= importRows || x.bytes >= importBytes {
		return x.flush(ctx)
	}
	return nil
}

// stampOf is the time of a delay (XEP-0203, XEP-0082).
func stampOf(delay *xmpp.Element) (time.Time, error) {
	if delay == nil {
		return time.Time{}, errors.New("no time")
	}
	return time.Parse(time.RFC3339, delay.Attr("stamp"))
}

// message is the one message in an element.
func message(e *xmpp.Element) *xmpp.Element {
	for m := range e.Elements() {
		if m.Local == "message" {
			return client(m)
		}
	}
	return nil
}

// client puts a message into the namespace of clients.
// COMPAT(ejabberd 24.12, 2024): messages that wait stand in the namespace of the file.
func client(m *xmpp.Element) *xmpp.Element {
	if m.Space == ns.Export {
		m.Space = ns.Client
		for c := range m.Elements() {
			if c.Space == ns.Export {
				client(c)
			}
		}
	}
	if m.Space != ns.Client {
		return nil
	}
	return m
}

// dated is a message as the archive keeps it; why says why it cannot. What only the server of an archive says of a message is taken
// out (XEP-0359 § 3.1): here it has another id.
func (x *intake) dated(m *xmpp.Element, at time.Time) (d storage.Dated, why string) {
	from, to := x.account, x.account
	var errs [2]error
	if v, ok := m.LookupAttr("", "from"); ok {
		from, errs[0] = xmpp.ParseJID(v)
	}
	if v, ok := m.LookupAttr("", "to"); ok {
		to, errs[1] = xmpp.ParseJID(v)
	}
	d = storage.Dated{At: at, Entry: storage.Entry{Owner: x.account, Peer: from, Kind: m.Attr("type"), Origin: m.Attr("id"), Flags: storage.NoBody}}
	switch {
	case errors.Join(errs[:]...) != nil:
		return d, "a message has an address that is none"
	case to.Bare() == x.account: // what an account sends to itself is kept once, as received
	case from.Bare() == x.account:
		d.Peer, d.Flags = to, d.Flags|storage.Sent
	default:
		return d, "a message is neither from the account nor to it"
	}
	switch d.Kind {
	case "":
		d.Kind = xmpp.TypeNormal
	case xmpp.TypeNormal, xmpp.TypeChat, xmpp.TypeGroupchat, xmpp.TypeHeadline:
	default:
		return d, "a message has the type " + d.Kind
	}
	m.Nodes = slices.DeleteFunc(m.Nodes, func(n xmpp.Node) bool {
		if n.Elem == nil {
			return false
		}
		by, _ := xmpp.ParseJID(n.Elem.Attr("by"))
		return n.Elem.Is(ns.StanzaID, "stanza-id") && (by.Bare() == x.account || by == x.account.DomainJID())
	})
	for c := range m.Elements() {
		switch {
		case c.Is(ns.Client, "body"):
			d.Flags &^= storage.NoBody
		case c.Is(ns.StanzaID, "origin-id") && c.Attr("id") != "":
			d.Origin = c.Attr("id")
		}
	}
	frame := xmpp.FrameOf(m)
	if d.Stanza = frame.Append(nil, ns.Client); len(d.Stanza) > importStanza {
		return d, "a message is too long"
	}
	return d, ""
}

// flush writes what has come together.
func (x *intake) flush(ctx context.Context) error {
	if len(x.batch) == 0 {
		return nil
	}
	err := x.write(ctx, kindMessages, x.batch)
	x.batch, x.bytes = x.batch[:0], 0
	return err
}

func (x *intake) write(ctx context.Context, kind string, list []storage.Dated) error {
	known, err := x.a.Store.Backdate(ctx, list, x.dry)
	for _, there := range known {
		if there {
			x.tell(kind, pie.Kept, "")
		} else {
			x.tell(kind, pie.Added, "")
		}
	}
	return err
}

// offline takes a message that waits (§ 4.5). Whether it is in the archive, too, is known at the end only.
func (x *intake) offline(ctx context.Context, e *xmpp.Element) error {
	m := client(e)
	if m == nil || m.Local != "message" {
		x.tell(kindWaiting, pie.Refused, "what waits is no message")
		return nil
	}
	d, why := x.dated(m, x.stamped(m))
	switch {
	case why == "" && d.Flags&storage.Sent != 0:
		why = "a message waits that is not to the account"
	case why == "" && d.Kind == xmpp.TypeGroupchat:
		why = "a message of a room waits"
	}
	if why != "" {
		x.tell(kindWaiting, pie.Refused, why)
		return nil
	}
	x.waiting = append(x.waiting, d)
	if x.held += len(d.Stanza); x.held > importWaiting {
		return x.deliver(ctx)
	}
	return nil
}

// stamped is when a message came that waits: its server has said so (XEP-0160 § 2, XEP-0203), which is taken out, as we say it
// again when the message is delivered.
func (x *intake) stamped(m *xmpp.Element) time.Time {
	at, found := x.a.Now(), false
	m.Nodes = slices.DeleteFunc(m.Nodes, func(n xmpp.Node) bool {
		if !n.Elem.Is(ns.Delay, "delay") && !n.Elem.Is(oldDelay, "x") {
			return false
		}
		stamp := n.Elem.Attr("stamp")
		t, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			t, err = time.Parse("20060102T15:04:05", stamp) // XEP-0091
		}
		from := n.Elem.Attr("from")
		own := from == x.account.Domain() || from == x.account.String()
		if err == nil && (own || !found) {
			at, found = t, found || own
		}
		return err == nil && own
	})
	return at
}

const oldDelay = "jabber:x:delay" // XEP-0091

// deliver writes messages that wait. Where the file has an archive they are in that, and here only until they are delivered.
func (x *intake) deliver(ctx context.Context) error {
	flags := storage.Waiting
	if x.archive || !x.a.Config.Of(x.account.Domain()).Enabled {
		flags |= storage.Hidden
	}
	for i := range x.waiting {
		x.waiting[i].Flags |= flags
	}
	for list := range slices.Chunk(x.waiting, importRows) {
		if err := x.write(ctx, kindWaiting, list); err != nil {
			return err
		}
	}
	x.waiting, x.held = nil, 0
	x.a.waiting.reset(x.account)
	return nil
}

// prefs takes what the account wants in its archive, unless it has said so here.
func (x *intake) prefs(ctx context.Context, e *xmpp.Element) error {
	p, err := parsePrefs(e, x.a.Config.Of(x.account.Domain()).Preferences)
	if err != nil {
		x.tell(kindPrefs, pie.Refused, "the preferences of the archive cannot be read")
		return nil
	}
	switch _, err := x.a.Store.Prefs(ctx, x.account); {
	case err == nil:
		x.tell(kindPrefs, pie.Kept, "")
		return nil
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	x.tell(kindPrefs, pie.Added, "")
	if x.dry {
		return nil
	}
	if err := x.a.Store.SetPrefs(ctx, x.account, p); err != nil {
		return err
	}
	x.a.prefs.put(x.account, newRules(p))
	return nil
}

// End writes what is left.
func (x *intake) End(ctx context.Context) error {
	if err := x.flush(ctx); err != nil || len(x.waiting) == 0 {
		return err
	}
	return x.deliver(ctx)
}
