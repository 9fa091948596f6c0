package muc

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// record is a message of the past. It is written once, before or when its event is sent.
type record struct {
	id   int64
	tail []byte // as it was reflected; nil if it could not be stored after all
	at   time.Time
	past bool // an owner has said in it when it was written, and where (§ 7.9)
}

// wanted says how much of the past somebody asks for (§ 7.2.14).
type wanted struct {
	stanzas, chars int // -1: as many as there are
	since          time.Time
	seconds        int // -1: any
}

func parseWanted(h *xmpp.Element) wanted {
	number := func(name string) int {
		n, err := strconv.Atoi(h.Attr(name))
		if err != nil || n < 0 {
			return -1
		}
		return n
	}
	w := wanted{-1, -1, time.Time{}, -1}
	if h == nil {
		return w
	}
	w.stanzas, w.chars, w.seconds = number("maxstanzas"), number("maxchars"), number("seconds")
	w.since, _ = time.Parse(time.RFC3339, h.Attr("since"))
	return w
}

// recall reads the last messages from the archive before the first occupant enters. It is called without r.mu.
func (r *room) recall(ctx context.Context) error {
	return r.changing(func() error { return r.recallPast(ctx) })
}

// recallPast is recall. r.change is held.
func (r *room) recallPast(ctx context.Context) error {
	known, limit := false, 0
	if r.do(func() {
		known, limit = r.pastKnown || !r.archived(), r.pastLimit()
		r.pastKnown = r.pastKnown || known // what is said from now on is in memory, whether the archive gets it or not
	}); known {
		return nil
	}
	var list []storage.Record
	if limit > 0 {
		var err error
		if list, _, err = r.s.Archive.Query(ctx, storage.Query{Owner: r.jid, Last: true, Max: limit, MaxBytes: maxPast}); err != nil {
			return err
		}
	}
	past := make([]*record, 0, len(list))
	for i := range list {
		if list[i].Flags&(storage.NoBody|storage.Hidden) != 0 {
			continue
		}
		if tail := tailOf(list[i].Stanza); tail != nil {
			tail = withChild(tail, r.appendStanzaID(nil, list[i].ID))
			past = append(past, &record{list[i].ID, tail, list[i].Time(), ownersPast(list[i].Stanza)})
		}
	}
	r.do(func() {
		if !r.pastKnown {
			r.past, r.pastKnown = append(past, r.past...), true
		}
	})
	return nil
}

func (r *room) pastLimit() int { return min(r.conf.History, r.config().MaxHistory) }

// remember keeps a message for those who enter later. r.mu is held.
func (r *room) remember(m *record) {
	limit := r.pastLimit()
	if limit == 0 {
		r.past = nil
		return
	}
	if len(r.past) >= limit {
		r.past = r.past[len(r.past)-limit+1:] // readers keep their own view of the slice
	}
	r.past = append(r.past, m)
}

// maxPast is about how many bytes of the past somebody gets who enters, one message at least: a client that is sent more
// at once than it can read loses its session, and could never enter again.
const maxPast = 1 << 20

// choose makes the frames of the past that somebody asked for: complete messages, the newest that fit every limit. It
// runs when all messages before are committed.
func (r *room) choose(past []*record, w wanted, to *receiver) []xmpp.Frame {
	first, chars := len(past), 0
	if w.seconds >= 0 {
		if t := r.s.Now().Add(-time.Duration(min(w.seconds, 1<<31)) * time.Second); t.After(w.since) {
			w.since = t
		}
	}
	var frames []xmpp.Frame
	for first > 0 {
		m := past[first-1]
		if m.tail == nil {
			first--
			continue
		}
		if w.stanzas >= 0 && len(frames) >= w.stanzas || m.at.Before(w.since) {
			break
		}
		tail := m.tail
		if !to.sees && bytes.Contains(tail, []byte(ns.MUCUser)) { // it comes from the archive
			if tail = tailOf(anonymous(stored(tail))); tail == nil {
				first--
				continue
			}
		}
		f := xmpp.Frame{Kind: xmpp.Message, Tail: tail}
		if to.screen != nil {
			if st := parsed(f); st == nil || to.screens(st.From) {
				first--
				continue
			}
		}
		if !m.past {
			f.Tail = withChild(tail, r.delay(m.at))
		}
		if chars += f.Len(); w.chars >= 0 && chars > w.chars || chars > maxPast && len(frames) > 0 {
			break
		}
		frames = append(frames, f)
		first--
	}
	for i, j := 0, len(frames)-1; i < j; i, j = i+1, j-1 {
		frames[i], frames[j] = frames[j], frames[i]
	}
	return frames
}

// ownersPast tells whether a message from the archive is one that an owner brought from another conversation (§ 7.9). Only
// a non-anonymous room keeps whose it was.
func ownersPast(stanza []byte) bool {
	if !bytes.Contains(stanza, []byte(ns.Delay)) {
		return false
	}
	e, err := xmpp.ParseElement(stanza, ns.Client)
	return err == nil && e.Child(ns.Delay, "delay") != nil && e.Child(ns.MUCUser, "x").Child(ns.MUCUser, "item").Attr("affiliation") == Owner.String()
}

// subjectFrame is what somebody who enters is told last (§ 7.2.15).
func (r *room) subjectFrame() xmpp.Frame {
	if r.subject == nil {
		return r.fromRoom(xmpp.TypeGroupchat, xmpp.El(ns.Client, "subject"))
	}
	return xmpp.Frame{Kind: xmpp.Message, Tail: r.subject}
}

// subjectText is the subject as text, for disco#info.
func (r *room) subjectText() string {
	if r.subject == nil {
		return ""
	}
	st, err := wire.Parse(stored(r.subject))
	if err != nil {
		return ""
	}
	e, err := st.Tree()
	if err != nil {
		return ""
	}
	return e.ChildText(ns.Client, "subject")
}
