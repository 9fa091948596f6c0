package archive

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"time"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// tombstones is the feature of an archive that replaces what was retracted (XEP-0424 § 5).
const tombstones = ns.Retract + "#tombstone"

// Bounds of what a retraction costs. Anybody may send them, with ids that are nowhere.
const (
	maxRetractedID = 1024    // bytes
	retractNewest  = 20_000  // messages of an archive that are looked through for an origin-id
	retractPage    = 20      // newest messages of a conversation that are looked through for an id that is not the origin-id
	retractBytes   = 1 << 20 // of these
	retractCopies  = 32      // that a client pays for one archive
)

// retraction is a message that its author takes back, in one archive.
type retraction struct {
	owner, peer xmpp.JID
	sent        bool   // the owner is the author
	id          string // of the message
	by          string // the id of the retraction itself
	occupant    string // XEP-0421, in a private conversation of a room
	at          time.Time
	of          *pending
}

// retractSent and retractReceived notice retractions once they are in the archive themselves (XEP-0424 § 5, § 6).
func (a *Archive) retractSent(p *hook.Packet) error     { return a.retract(p, p.To, true) }
func (a *Archive) retractReceived(p *hook.Packet) error { return a.retract(p, p.From, false) }

func (a *Archive) retract(p *hook.Packet, peer xmpp.JID, sent bool) error {
	if p.ArchiveID == 0 || p.Type == xmpp.TypeGroupchat || p.Type == xmpp.TypeError {
		return nil
	}
	c := p.Find(ns.Retract, "retract")
	if c == nil {
		return nil
	}
	id, ok := attr(p.Bytes(c), "id")
	if !ok || id == "" || len(id) > maxRetractedID || len(p.Attr("id")) > maxRetractedID {
		return nil
	}
	r := retraction{owner: p.Owner, peer: peer, sent: sent, id: id, by: p.ID(), at: time.UnixMicro(p.ArchiveID)}
	if o := p.Find(ns.OccupantID, "occupant-id"); o != nil {
		r.occupant, _ = attr(p.Bytes(o), "id")
	}
	hook.Charge(p.Session, retractCopies, 0)
	if !a.retractions.put(a.author(p, &r), r) {
		a.unheard.Write(a.Logger, slog.LevelWarn, "too many retractions at once; a message stays in the archive", "archive", p.Owner.String(),
			"author", a.author(p, &r).String(), "most_of_author", maxOfAuthor, "most", maxRetractions)
	}
	return nil
}

// author is who pays for a retraction with others of the same: an account of ours, or the occupant of a room. People
// elsewhere are as many as their server likes: it is one.
func (a *Archive) author(p *hook.Packet, r *retraction) xmpp.JID {
	switch t, ours := a.Router.Target(p.From.Domain()); {
	case r.sent:
		return r.owner
	case !ours:
		return p.From.DomainJID()
	case t == hook.Server:
		return p.From.Bare()
	}
	return p.From
}

// unretracted waits until nothing of an archive is retracted by now and still there: who reads it must not see that. It
// does not wait for long: no author keeps others from their archives.
func (a *Archive) unretracted(ctx context.Context, owner xmpp.JID) {
	ctx, cancel := context.WithTimeout(ctx, retractTime)
	defer cancel()
	if !a.retractions.wait(ctx, owner) {
		a.impatient.Write(a.Logger, slog.LevelWarn, "archive is read while messages of it are retracted", "archive", owner.String())
	}
}

// entomb carries retractions out until ctx ends.
func (a *Archive) entomb(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.retractions.wake:
		}
		for r, ok := a.retractions.next(); ok && ctx.Err() == nil; r, ok = a.retractions.next() {
			guard.Call(a.Logger, "retraction", func() {
				defer a.retractions.end(&r)
				a.replace(ctx, &r)
			}, "owner", r.owner.String())
		}
	}
}

// replace puts a tombstone in the place of a message, if it is the author's (§ 6).
func (a *Archive) replace(ctx context.Context, r *retraction) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	rec, err := a.retracted(ctx, r)
	if err == nil && rec != nil {
		err = a.Store.Edit(ctx, r.owner, rec.ID, tombstone(rec.Stanza, r))
	}
	if err != nil {
		a.Logger.Error("retracted message stays in the archive", "archive", r.owner.String(), "err", err)
	}
}

// retracted finds the message, nil where there is none. Mostly its id is what the archive holds as the sender's own.
func (a *Archive) retracted(ctx context.Context, r *retraction) (*storage.Record, error) {
	q := storage.Query{Owner: r.owner, With: r.peer.Bare(), BeforeID: r.at.UnixMicro(), Last: true, MaxBytes: retractBytes}
	byOrigin, newest := q, q
	byOrigin.Origin, byOrigin.Max, byOrigin.Newest = r.id, 10, retractNewest
	newest.Max, newest.Newest = retractPage, retractNewest
	for _, q := range []storage.Query{byOrigin, newest} {
		list, _, err := a.Store.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := len(list) - 1; i >= 0; i-- {
			if r.means(&list[i]) {
				return &list[i], nil
			}
		}
	}
	return nil, nil
}

// means tells whether a message is the one: with the id (§ 6.1), and by the same author: the bare address, or the
// occupant of a room, who is a full one (§ 6).
func (r *retraction) means(rec *storage.Record) bool {
	if rec.Flags&storage.Sent != 0 != r.sent || rec.Kind == xmpp.TypeGroupchat || !r.mayMean(rec.Stanza) {
		return false
	}
	st, err := wire.Parse(rec.Stanza)
	if err != nil || st.ID() != r.id {
		return false
	}
	occupant := ""
	if o := st.Find(ns.OccupantID, "occupant-id"); o != nil {
		occupant, _ = attr(st.Bytes(o), "id")
	}
	return (!st.Has(ns.MUCUser, "x") || rec.Peer == r.peer) && occupant == r.occupant
}

// mayMean is a look at the bytes: most messages need no other. An id with characters that may be written in two ways is
// looked for in all.
func (r *retraction) mayMean(stanza []byte) bool {
	return !bytes.Contains(stanza, []byte("<retracted")) &&
		(strings.ContainsAny(r.id, `&<>"'`) || bytes.IndexByte(stanza, '&') >= 0 || bytes.Contains(stanza, []byte(r.id)))
}

// tombstone is what stands where the message stood (§ 5): who has written to whom, and that it was taken back.
func tombstone(stanza []byte, r *retraction) []byte {
	e, err := xmpp.ParseElement(stanza, ns.Client)
	if err != nil {
		return stanza
	}
	rest := xmpp.Element{Name: e.Name, Attrs: e.Attrs}
	rest.Add(e.Child(ns.OccupantID, "occupant-id"),
		xmpp.El(ns.Retract, "retracted").Set("id", r.by).Set("stamp", r.at.UTC().Format(stampFormat)))
	return rest.Append(nil, "")
}
