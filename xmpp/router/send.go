package router

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Send routes a stanza that a module built, as if it had come over the wire: with the addressee's stages. Its from must be an
// address that this server may speak for.
func (r *Router) Send(e *xmpp.Element) error {
	frame := xmpp.FrameOf(e)
	return r.SendFrame(frame)
}

// SendFrame is Send for a frame that is built already.
func (r *Router) SendFrame(frame xmpp.Frame) error {
	st, err := wire.Parse(frame.Append(nil, ""))
	if err != nil {
		return fmt.Errorf("send stanza: %w", err)
	}
	if st.From, err = xmpp.ParseJID(xmpp.Unescape(st.Attr("from"))); err != nil {
		return fmt.Errorf("send stanza: %w", err)
	}
	st.To = frame.To
	r.Inject(st)
	return nil
}

// SendEach is SendFrame of the same message to many: it is read once, and all share its bytes.
func (r *Router) SendEach(frame xmpp.Frame, to []xmpp.JID) error {
	if len(to) == 0 {
		return nil
	}
	frame.To = xmpp.JID{}
	st, err := wire.Parse(frame.Append(nil, ""))
	if err != nil {
		return fmt.Errorf("send stanza: %w", err)
	}
	if st.From, err = xmpp.ParseJID(xmpp.Unescape(st.Attr("from"))); err != nil {
		return fmt.Errorf("send stanza: %w", err)
	}
	for _, j := range to {
		st.To = j
		f := r.launch(st, nil)
		f.shared = slices.Clip(frame.Tail)
		landed, err := r.route(f)
		if err != nil && !errors.Is(err, hook.Drop) {
			r.refuse(&f.Packet, err)
		}
		if !landed {
			f.land()
		}
	}
	return nil
}

// Undelivered takes back what a session had queued and its client never confirmed (XEP-0198 § 5, end of the
// resumption time): messages go to another session or wait for the next, requests are answered with an error.
func (r *Router) Undelivered(owner xmpp.JID, frames []xmpp.Frame) {
	for i := range frames {
		guard.Call(r.logger, "undelivered stanza", func() { r.undelivered(owner, frames[i]) }, "owner", owner.String())
	}
}

func (r *Router) undelivered(owner xmpp.JID, f xmpp.Frame) {
	if f.Kind == xmpp.NoStanza || f.Kind == xmpp.Presence {
		return
	}
	st, err := wire.Parse(f.Append(nil, ""))
	if err != nil {
		r.logger.Error("undelivered stanza lost", "owner", owner.String(), "err", err)
		return
	}
	st.From, _ = xmpp.ParseJID(xmpp.Unescape(st.Attr("from")))
	st.To = f.To
	if st.Kind == xmpp.IQ {
		if st.Type == xmpp.TypeGet || st.Type == xmpp.TypeSet {
			r.refuse(&hook.Packet{Stanza: st}, xmpp.Refuse(stanza.RecipientUnavailable, ""))
		}
		return
	}
	if !st.Has(ns.Carbons, "sent") && !st.Has(ns.Carbons, "received") && !st.Has(ns.MAM, "result") {
		r.again(owner, f, st)
	}
}

// again delivers a message a second time, as the table says for its bare address, or keeps it for the next session. The
// sender's copy and the archive's are long there, so neither is made again.
func (r *Router) again(owner xmpp.JID, f xmpp.Frame, st *xmpp.Stanza) {
	if st.Type == xmpp.TypeHeadline {
		return // RFC 6121 § 5.2.2: of no interest later, and the others have had their own
	}
	targets, storable := r.pick(nil, owner, st.Type)
	taken := false
	for _, s := range targets {
		taken = wasSent(s, f.Archived) || s.Send(late(f, owner)) || taken
	}
	if !taken && f.Archived != 0 && r.waits != nil && r.waits(owner, f.Archived) {
		return // its row is still there for the next session
	}
	if taken || !storable || !st.Has(ns.Client, "body") {
		return
	}
	if st.Has(ns.Hints, "no-store") { // it cannot wait, and its sender believes that it was delivered
		r.refuse(&hook.Packet{Stanza: st}, xmpp.Refuse(stanza.RecipientUnavailable, ""))
		return
	}
	e := storage.Entry{Owner: owner, Peer: st.From, Kind: st.Type, Flags: storage.Waiting | storage.Hidden, Stanza: f.Append(nil, ns.Client)}
	err := r.log.AppendAsync([]storage.Entry{e}, func(_ []int64, err error) {
		if err != nil {
			r.logger.Error("undelivered message lost", "owner", owner.String(), "err", err)
		}
	})
	if err != nil {
		r.logger.Error("undelivered message lost", "owner", owner.String(), "err", err)
	}
}

// wasSent tells whether a session was sent what the archive knows by id: itself, or a copy of it (XEP-0280).
func wasSent(s hook.Session, id int64) bool {
	w, ok := s.(interface{ WasSent(id int64) bool })
	return ok && id != 0 && w.WasSent(id)
}

// late is a frame that is sent later than it came: the archive's id is the time in microseconds (XEP-0198 § 4, XEP-0203 § 4).
func late(f xmpp.Frame, owner xmpp.JID) xmpp.Frame {
	if f.Archived == 0 || bytes.Contains(f.Tail, []byte(ns.Delay)) {
		return f
	}
	b := append(make([]byte, 0, len(f.Tail)+xmpp.TailGrow), f.Tail...)
	delay := xmpp.El(ns.Delay, "delay").Set("from", owner.Domain()).
		Set("stamp", time.UnixMicro(f.Archived).UTC().Format("2006-01-02T15:04:05.000000Z"))
	f.Tail = xmpp.AppendToTail(b, f.Kind, delay.Append(nil, ""))
	return f
}
