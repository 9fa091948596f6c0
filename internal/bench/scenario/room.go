package scenario

import (
	"context"
	"fmt"
	"strings"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// occupant is one client in one room (XEP-0045).
type occupant struct {
	ear
	room   string // bare JID
	joined chan error
	inside bool
}

// stanza runs on the client's reading goroutine.
func (oc *occupant) stanza(el []byte) {
	switch string(client.Name(el)) {
	case "presence":
		oc.presence(el)
	case "message":
		if !strings.HasPrefix(string(client.Attr(el, "from")), oc.room+"/") {
			return
		}
		if p, ok := ReadPayload(client.Text(el, "body")); ok && p.Flow == oc.of.id {
			oc.take(p)
		}
	}
}

// presence waits for one's own presence, status 110 (XEP-0045 § 7.2.2), or an error (§ 7.2.5 to 7.2.9).
func (oc *occupant) presence(el []byte) {
	if oc.inside || !strings.HasPrefix(string(client.Attr(el, "from")), oc.room) {
		return
	}
	switch {
	case string(client.Attr(el, "type")) == "error":
		select {
		case oc.joined <- fmt.Errorf("join %s: %.400s", oc.room, el):
		default: // nobody waits any more
		}
	case client.Has(el, "code='110'"), client.Has(el, `code="110"`):
		oc.inside = true
		oc.joined <- nil
	}
}

// room fills every room and lets its first occupant talk.
func room(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	n := o.Rooms * o.Occupants
	c, err := assemble(ctx, n, o.Workers, func(i int) client.Options {
		co := t.Client(i)
		co.SM = o.SM
		return co
	})
	if err != nil {
		return r, err
	}
	defer c.stop()
	count, clk := newCountdown(o.Rooms), clock{time.Now()}
	rooms := make([]*broadcast, o.Rooms)
	occupants := make([]*occupant, n)
	ears := make([]*ear, n)
	for i := range occupants {
		k := i / o.Occupants
		if i%o.Occupants == 0 {
			rooms[k] = newRoom(k, t, o, c.conns[i], clk, count)
		}
		oc := &occupant{ear: ear{of: rooms[k], seq: measure.NewSequence(o.Messages), hist: new(measure.Histogram)},
			room: Room(k) + "@" + t.Rooms, joined: make(chan error, 1)}
		occupants[i], ears[i] = oc, &oc.ear
		c.read(i, client.Handler{Stanza: oc.stanza, Batch: oc.flush})
	}
	if err := join(ctx, o, c, occupants); err != nil {
		return r, err
	}
	if err := settle(ctx, o.Settle); err != nil {
		return r, err
	}
	return r, play(ctx, &r, t, o, c, rooms, ears)
}

func newRoom(k int, t Target, o Options, sender *client.Conn, clk clock, count *countdown) *broadcast {
	head := "<message type='groupchat' to='" + Room(k) + "@" + t.Rooms + "' id='r"
	pad := " " + strings.Repeat("x", max(o.Body-30, 1)) + "</body></message>"
	return &broadcast{id: k, sender: sender, receivers: o.Occupants, clock: clk, count: count, messages: o.Messages,
		build: func(b []byte, seq int, at int64) []byte {
			b = append(b, head...)
			b = appendID(b, k, seq)
			b = append(b, "'><body>"...)
			b = AppendPayload(b, k, seq, at)
			return append(b, pad...)
		}}
}

// join lets the occupants of a room in one after the other: the first creates it where the server allows that.
func join(ctx context.Context, o Options, c *crew, occupants []*occupant) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute+time.Duration(len(occupants))*100*time.Millisecond)
	defer cancel()
	for j := range o.Occupants {
		for i := j; i < len(occupants); i += o.Occupants {
			if err := occupants[i].ask(c.conns[i], j); err != nil {
				return err
			}
		}
		for i := j; i < len(occupants); i += o.Occupants {
			if err := occupants[i].await(ctx, c, i, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask sends the presence that joins (XEP-0045 § 7.2.1), without history (§ 7.2.14).
func (oc *occupant) ask(conn *client.Conn, nick int) error {
	return conn.Send(fmt.Sprintf("<presence to='%s/n%d'><x xmlns='http://jabber.org/protocol/muc'>"+
		"<history maxstanzas='0'/></x></presence>", oc.room, nick))
}

// await waits for the answer. A server that makes rooms from its own configuration may need a moment after the start,
// so a room that is not there is asked for again.
func (oc *occupant) await(ctx context.Context, c *crew, i, nick int) error {
	for attempt := 0; ; attempt++ {
		select {
		case err := <-oc.joined:
			if err == nil || attempt == 20 || !strings.Contains(err.Error(), "item-not-found") {
				return err
			}
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("join %s as %d: %w", oc.room, nick, ctx.Err())
		}
		if err := settle(ctx, 250*time.Millisecond); err != nil {
			return err
		}
		if err := oc.ask(c.conns[i], nick); err != nil {
			return err
		}
	}
}
