package archive

import (
	"bytes"
	"context"
	"sync"
	"time"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// tombstones is the feature of an archive that replaces what was retracted (XEP-0424 § 5).
const tombstones = ns.Retract + "#tombstone"

// Bounds of what a retraction costs.
const (
	maxRetractions = 1024 // that wait to be carried out; further ones leave the message in the archive
	maxRetractedID = 1024 // bytes
	retractPage    = 200  // newest messages of a conversation that are looked through for an id that is not the origin-id
)

// retraction is a message that its author takes back, in one archive.
type retraction struct {
	owner, peer xmpp.JID
	sent        bool   // the owner is the author
	id          string // of the message
	by          string // the id of the retraction itself
	occupant    string // XEP-0421, in a private conversation of a room
	at          time.Time
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
	if !a.retractions.put(r) {
		a.Logger.Warn("too many retractions at once; a message stays in the archive", "archive", p.Owner.String())
	}
	return nil
}

// retractions are those that are not carried out yet.
type retractions struct {
	queue chan retraction
	mu    sync.Mutex
	open  map[xmpp.JID]*pending // guarded by mu, with all in it
}

// pending counts the retractions of one archive.
type pending struct {
	n    int
	done chan struct{} // closed when there are none any more
}

func (l *retractions) start() {
	l.queue, l.open = make(chan retraction, maxRetractions), map[xmpp.JID]*pending{}
}

// put is false where there are too many.
func (l *retractions) put(r retraction) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.queue <- r:
	default:
		return false
	}
	p := l.open[r.owner]
	if p == nil {
		p = &pending{done: make(chan struct{})}
		l.open[r.owner] = p
	}
	p.n++
	return true
}

func (l *retractions) end(owner xmpp.JID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.open[owner]
	if p.n--; p.n == 0 {
		delete(l.open, owner)
		close(p.done)
	}
}

// wait waits until what was retracted in an archive is not there any more: who reads it now must not see that.
func (l *retractions) wait(ctx context.Context, owner xmpp.JID) error {
	l.mu.Lock()
	p := l.open[owner]
	l.mu.Unlock()
	if p == nil {
		return nil
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unretracted waits until nothing of an archive is retracted and still there.
func (a *Archive) unretracted(owner xmpp.JID) error {
	ctx, cancel := background()
	defer cancel()
	return a.retractions.wait(ctx, owner)
}

// entomb carries retractions out until ctx ends.
func (a *Archive) entomb(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case r := <-a.retractions.queue:
			guard.Call(a.Logger, "retraction", func() {
				defer a.retractions.end(r.owner)
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
	q := storage.Query{Owner: r.owner, With: r.peer.Bare(), BeforeID: r.at.UnixMicro(), Last: true, Max: 10, Origin: r.id}
	for range 2 {
		list, _, err := a.Store.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := len(list) - 1; i >= 0; i-- {
			if r.means(&list[i]) {
				return &list[i], nil
			}
		}
		q.Origin, q.Max = "", retractPage
	}
	return nil, nil
}

// means tells whether a message is the one: with the id (§ 6.1), and by the same author: the bare address, or the
// occupant of a room, who is a full one (§ 6).
func (r *retraction) means(rec *storage.Record) bool {
	if rec.Flags&storage.Sent != 0 != r.sent || rec.Kind == xmpp.TypeGroupchat || bytes.Contains(rec.Stanza, []byte("<retracted")) {
		return false
	}
	e, err := xmpp.ParseElement(rec.Stanza, ns.Client)
	if err != nil || e.Attr("id") != r.id {
		return false
	}
	private := e.Child(ns.MUCUser, "x") != nil
	return (!private || rec.Peer == r.peer) && e.Child(ns.OccupantID, "occupant-id").Attr("id") == r.occupant
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
