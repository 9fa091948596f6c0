package router

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// flight is a packet on its way, with what it needs to wait for a commit. Flights are pooled: a stanza that nothing
// archives costs no allocation here.
type flight struct {
	hook.Packet
	r    *Router
	in   *Inbound // nil for stanzas that no client sent
	n    uint32   // number in in
	held *held    // nil until somebody holds the packet
	dest dest

	local    bool // an account of this server has sent it
	straight bool // it waited for nothing: the targets that receive has picked are those of now

	brought  *brought    // nil for what the delivery table gives to sessions
	shared   []byte      // the tail that a message to many has for all of them, without room behind it; nil: it is built
	st       xmpp.Stanza // the packet's stanza
	raw      []byte      // its bytes, once it has to outlive its reader's buffer
	archived []byte      // the frame for the archive
	sent     int64       // its id in the sender's archive
	got      int64       // its id in the receiver's archive

	onDone   func(ids []int64, err error)
	onHold   func() (release func())
	onSpread func(*xmpp.Stanza)
}

func (r *Router) newFlight() *flight {
	f := &flight{r: r}
	f.onDone, f.onHold, f.onSpread = f.committed, f.hold, f.spread
	return f
}

// launch begins the way of a stanza, which may share its reader's buffer until settle is called.
func (r *Router) launch(st *xmpp.Stanza, in *Inbound) *flight {
	f := r.prepare(st, in)
	if in != nil {
		f.n = in.take()
	}
	return f
}

// prepare is launch for a stanza that does not count.
func (r *Router) prepare(st *xmpp.Stanza, in *Inbound) *flight {
	f := r.packets.Get().(*flight)
	attrs, children := f.st.Attrs[:0], f.st.Children[:0]
	f.st = *st
	f.st.Attrs, f.st.Children = append(attrs, st.Attrs...), append(children, st.Children...)
	f.in, f.n, f.held, f.sent, f.got, f.dest, f.shared, f.brought = in, 0, nil, 0, 0, dest{}, nil, nil
	f.local, f.straight = false, false
	var s hook.Session
	if in != nil {
		s = in.Session
	}
	f.Reset(&f.st, s)
	f.OnHold(f.onHold)
	f.OnSpread(f.onSpread)
	return f
}

// spread routes another stanza that belongs to this one: whoever waits for this one waits for that.
func (f *flight) spread(st *xmpp.Stanza) {
	also := f.r.prepare(st, f.in)
	if f.in != nil {
		f.hold()
		also.held = f.held
	}
	f.r.depart(also)
}

// settle gives the flight its own copy of the stanza's bytes.
func (f *flight) settle() {
	f.raw = append(f.raw[:0], f.st.Raw...)
	f.st.Raw = f.raw
}

// land ends the way: the stanza is handled once nobody holds it.
func (f *flight) land() {
	if f.in != nil {
		if f.held == nil {
			f.in.complete(f.n)
		} else {
			f.held.release()
		}
	}
	if b := f.brought; b != nil {
		b.tell(nil)
	}
	f.st.Raw, f.Tail, f.shared, f.in, f.Session, f.held, f.brought = nil, nil, nil, nil, nil, nil, nil
	clear(f.Targets[:cap(f.Targets)])
	if cap(f.raw) > maxPooled {
		f.raw = nil
	}
	if cap(f.archived) > maxPooled {
		f.archived = nil
	}
	f.r.packets.Put(f)
}

// maxPooled is how big a buffer may be that a flight keeps for the next stanza.
const maxPooled = 32 << 10

// held counts who still has to make a stanza durable.
type held struct {
	in   *Inbound
	n    uint32
	refs atomic.Int32
}

func (f *flight) hold() (release func()) {
	if f.in == nil {
		return func() {}
	}
	if f.held == nil {
		f.held = &held{in: f.in, n: f.n}
		f.held.refs.Store(1)
	}
	h := f.held
	h.refs.Add(1)
	return sync.OnceFunc(h.release)
}

func (h *held) release() {
	if h.refs.Add(-1) == 0 {
		h.in.complete(h.n)
	}
}

// busyLimit bounds the last pause of a sender while the log's queue is full; all pauses together are twice as long.
const busyLimit = 8 * time.Second

// commit queues what the packet keeps, or a barrier behind what the sender has on the way, and lets committed go on.
func (f *flight) commit(entries []storage.Entry) error {
	f.settle()
	if f.in != nil {
		f.in.sail(1)
	}
	err := f.r.log.AppendAsync(entries, f.onDone)
	for wait := time.Millisecond; errors.Is(err, storage.ErrBusy) && f.in != nil && wait < busyLimit; wait *= 2 {
		time.Sleep(wait) // the sender's reads pause: its client feels the load
		err = f.r.log.AppendAsync(entries, f.onDone)
	}
	if err == nil {
		return nil
	}
	if f.in != nil {
		f.in.sail(-1)
	}
	if !errors.Is(err, storage.ErrBusy) {
		return fmt.Errorf("keep message: %w", err)
	}
	return xmpp.Refuse(stanza.ResourceConstraint, "The server is busy. Please send the message again in a while.")
}

// committed runs on the log's goroutine when what the packet keeps is durable.
func (f *flight) committed(ids []int64, err error) {
	in := f.in
	defer func() {
		f.land()
		if in != nil {
			in.sail(-1)
		}
	}()
	if !guard.Call(f.r.logger, "stanza", func() { f.arrive(ids, err) }) { // it keeps nothing from what comes behind it
		f.refuse(xmpp.Refuse(stanza.InternalServerError, ""))
	}
}

// arrive goes on with the packet's way, or refuses it where the log has failed.
func (f *flight) arrive(ids []int64, err error) {
	if errors.Is(err, storage.ErrFull) { // the log has been told
		f.refuse(err)
	} else if err != nil {
		f.r.logger.Error("archive failed", "from", f.From.String(), "to", f.To.String(), "err", err)
		f.refuse(xmpp.Refuse(stanza.InternalServerError, "The message could not be stored."))
	} else {
		_, sides := f.Kept()
		for i, id := range ids {
			if sides[i] == hook.Out {
				f.sent = id
			} else {
				f.got = id
			}
		}
		f.r.finish(f)
	}
}
