package scenario

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/measure"
)

// contact is one user who hears the others' presence.
type contact struct {
	ears []*ear // of the users who change their status, nil at one's own place
}

func (ct *contact) stanza(el []byte) {
	if string(client.Name(el)) != "presence" {
		return
	}
	p, ok := ReadPayload(client.Text(el, "status"))
	if !ok || p.Flow >= len(ct.ears) || ct.ears[p.Flow] == nil {
		return
	}
	from := client.Attr(el, "from")
	if !bytes.HasPrefix(from, []byte(User(p.Flow)+"@")) {
		p.Seq = limit + 1 // somebody else's presence: foreign
	}
	ct.ears[p.Flow].take(p)
}

func (ct *contact) flush() {
	for _, e := range ct.ears {
		if e != nil {
			e.flush()
		}
	}
}

// presence lets the first users change their status again and again (RFC 6121 § 4.4); everybody is in everybody's
// roster. A change that did not reach all users within the time counts as lost.
func presence(ctx context.Context, t Target, o Options) (Result, error) {
	var r Result
	changers := min(o.Window, o.Users)
	c, err := assemble(ctx, o.Users, o.Workers, func(i int) client.Options {
		co := t.Client(i)
		co.SM, co.Presence = o.SM, true
		return co
	})
	if err != nil {
		return r, err
	}
	defer c.stop()
	count, clk := newCountdown(changers), clock{time.Now()}
	changing := make([]*broadcast, changers)
	for i := range changing {
		changing[i] = &broadcast{id: i, sender: c.conns[i], receivers: o.Users - 1, clock: clk, count: count,
			messages: o.Messages, build: func(b []byte, seq int, at int64) []byte {
				b = append(b, "<presence id='p"...)
				b = strconv.AppendInt(b, int64(seq), 10)
				b = append(b, "'><show>away</show><status>"...)
				return append(AppendPayload(b, i, seq, at), "</status></presence>"...)
			}}
	}
	var ears []*ear
	for i := range o.Users {
		ct := &contact{ears: make([]*ear, changers)}
		for k, b := range changing {
			if k != i {
				ct.ears[k] = &ear{of: b, seq: measure.NewSequence(o.Messages), hist: new(measure.Histogram)}
				ears = append(ears, ct.ears[k])
			}
		}
		c.read(i, client.Handler{Stanza: ct.stanza, Batch: ct.flush})
	}
	if err := askForRosters(c); err != nil {
		return r, err
	}
	if err := settle(ctx, 3*o.Settle); err != nil {
		return r, err
	}
	o.Window = 1 // of each changing user
	return r, play(ctx, &r, t, o, c, changing, ears)
}

// askForRosters does what every client does at sign-in (RFC 6121 § 2.2).
func askForRosters(c *crew) error {
	for _, conn := range c.conns {
		if err := conn.Send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"); err != nil {
			return err
		}
	}
	return nil
}
