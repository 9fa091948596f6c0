package muc

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// tombstones is the feature of an archive that replaces what was retracted (XEP-0424 § 5).
const tombstones = ns.Retract + "#tombstone"

// retraction is what the archive has to do when an occupant takes back a message (XEP-0424 § 5), nil for nothing. Only
// the author may: the one with the same occupant id.
func (r *room) retraction(st *xmpp.Stanza, c *xmpp.Child, author string) func(context.Context) {
	e, err := st.Element(c)
	if err != nil {
		return nil
	}
	id, err := strconv.ParseInt(e.Attr("id"), 10, 64)
	if err != nil {
		return nil
	}
	if !r.archived() { // those who enter later do not get it (§ 6)
		r.past = slices.DeleteFunc(slices.Clone(r.past), func(m *record) bool { return m.id == id && authorOf(m) == author })
		return nil
	}
	stone := xmpp.El(ns.Retract, "retracted").Set("id", st.ID()).Set("stamp", r.s.Now().UTC().Format(delayStampLayout))
	return func(ctx context.Context) {
		if err := r.entomb(ctx, id, stone, author); err != nil && !errors.Is(err, storage.ErrNotFound) {
			r.s.Logger.Error("retracted message stays in the archive", "room", r.jid.String(), "err", err)
		}
	}
}

// authorOf is the occupant id of who has written a message.
func authorOf(m *record) string {
	if m.tail == nil {
		return ""
	}
	e, err := xmpp.ParseElement(stored(m.tail), ns.Client)
	if err != nil {
		return ""
	}
	return e.Child(ns.OccupantID, "occupant-id").Attr("id")
}

// entomb replaces a message in the archive by a tombstone, and forgets it for those who enter. With an author, only a
// message of that occupant id; ErrNotFound for any other.
func (r *room) entomb(ctx context.Context, id int64, stone *xmpp.Element, author string) error {
	list, _, err := r.s.Archive.Query(ctx, storage.Query{Owner: r.jid, IDs: []int64{id}, Max: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return storage.ErrNotFound
	}
	e, err := xmpp.ParseElement(list[0].Stanza, ns.Client)
	if err != nil {
		return err
	}
	occupant := e.Child(ns.OccupantID, "occupant-id")
	if author != "" && occupant.Attr("id") != author {
		return storage.ErrNotFound
	}
	rest := xmpp.Element{Name: e.Name, Attrs: e.Attrs}
	rest.Add(occupant, e.Child(ns.MUCUser, "x"), stone)
	if err := r.s.Archive.Edit(ctx, r.jid, id, rest.Append(nil, "")); err != nil {
		return err
	}
	r.do(func() {
		r.past = slices.DeleteFunc(slices.Clone(r.past), func(m *record) bool { return m.id == id })
	})
	return nil
}

// moderate takes back somebody else's message for a moderator (XEP-0425 § 3).
func (r *room) moderate(q *request) (*xmpp.Element, error) {
	id, err := strconv.ParseInt(q.payload.Attr("id"), 10, 64)
	if q.payload.Child(ns.Retract, "retract") == nil || err != nil {
		return nil, r.refuse(stanza.BadRequest, "The request names no message to take back.")
	}
	var allowed, kept bool
	by := xmpp.El(ns.Moderate, "moderated")
	r.do(func() {
		who, o := r.standingOf(q.From)
		allowed, kept = who.role == Moderator, r.archived()
		if o != nil {
			by.Set("by", o.addr.String()).Add(xmpp.El(ns.OccupantID, "occupant-id").Set("id", o.id))
		}
	})
	switch {
	case !allowed:
		return nil, r.refuse(stanza.Forbidden, "Only moderators take back the messages of others.")
	case !kept:
		return nil, r.refuse(stanza.FeatureNotImplemented, "This room keeps no messages.")
	}
	var reason *xmpp.Element
	if text := q.payload.ChildText(ns.Moderate, "reason"); text != "" && len(text) <= 2000 {
		reason = xmpp.El(ns.Retract, "reason").AddText(text)
	}
	stone := xmpp.El(ns.Retract, "retracted", by, reason).Set("stamp", r.s.Now().UTC().Format(delayStampLayout))
	switch err := r.entomb(r.s.ctx, id, stone, ""); {
	case errors.Is(err, storage.ErrNotFound):
		return nil, r.refuse(stanza.ItemNotFound, "This message is not in the archive.")
	case err != nil:
		return nil, err
	}
	retract := xmpp.El(ns.Retract, "retract", by, reason).Set("id", strconv.FormatInt(id, 10))
	return nil, r.announceMessage(retract)
}

// announceMessage publishes a message of the room itself, which the archive keeps.
func (r *room) announceMessage(child *xmpp.Element) error {
	e := xmpp.NewMessage(r.jid, xmpp.JID{}, xmpp.TypeGroupchat, child).Set("id", xmpp.NewID())
	none := func() func(error) { return func(error) {} }
	return r.publish(none, func() (*post, error) {
		m := &post{r: r, to: r.everybody(), frame: xmpp.FrameOf(e)}
		m.entry[0] = storage.Entry{
			Owner: r.jid, Peer: r.jid, Kind: xmpp.TypeGroupchat, Flags: storage.NoBody, Stanza: stored(m.frame.Tail), Origin: e.Attr("id"),
		}
		return m, nil
	})
}
