package muc

import (
	"time"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxSpoke is about how many accounts a room in slow mode remembers before it looks whom it need not remember any more.
const maxSpoke = 256

// paced decides whether somebody may send another text now (XEP-0500 § 6), and notes it. r.mu is held.
func (r *room) paced(o *occupant) error {
	pause := time.Duration(r.conf.Slow) * time.Second
	if pause == 0 || o.aff >= Admin {
		return nil
	}
	now := r.s.Now()
	if last, ok := r.spoke[o.bare]; ok && now.Sub(last) < pause {
		return r.refuse(stanza.PolicyViolation, "This room is in slow mode: one message each "+itoa(r.conf.Slow)+" seconds.").WithType(stanza.Wait)
	}
	if r.spoke == nil {
		r.spoke = map[xmpp.JID]time.Time{}
	}
	if len(r.spoke) >= maxSpoke && now.Sub(r.swept) > pause {
		r.swept = now
		for who, last := range r.spoke {
			if now.Sub(last) >= pause {
				delete(r.spoke, who)
			}
		}
	}
	r.spoke[o.bare] = now
	return nil
}

// slowField is the field by which owners set the pause (XEP-0500 § 5.1, XEP-0122 § 3).
func slowField(seconds int) *xmpp.Element {
	const validate = "http://jabber.org/protocol/xdata-validate"
	f := field("text-single", "muc#roomconfig_slow_mode_duration", "Seconds between two messages of the same person; 0: any", itoa(seconds))
	return f.Add(xmpp.El(validate, "validate", xmpp.El(validate, "range").Set("min", "0")).Set("datatype", "xs:integer"))
}

// slowInfo tells the pause to who looks at the room (XEP-0500 § 5.2).
func slowInfo(seconds int) *xmpp.Element {
	return field("text-single", "muc#roominfo_slow_mode_duration", "Seconds between two messages of the same person", itoa(seconds))
}

// pulse counts the messages of a room, by the hour (XEP-0502 § 5). It is guarded by the room's mutex while the room is in
// memory, and by the service's while it is not.
type pulse struct {
	hour   int64 // of the first counter, since the epoch
	counts [25]uint32
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// turn moves the counters on to an hour.
func (p *pulse) turn(hour int64) {
	n := hour - p.hour
	if n <= 0 {
		return
	}
	p.hour = hour
	if n >= int64(len(p.counts)) {
		p.counts = [25]uint32{}
		return
	}
	copy(p.counts[n:], p.counts[:int64(len(p.counts))-n])
	clear(p.counts[:n])
}

// beat counts a message.
func (p *pulse) beat(t time.Time) {
	p.turn(hourOf(t))
	p.counts[0]++
}

// rate is the number of messages an hour, of the last 24 whole ones at most; false when none was watched since then.
func (p *pulse) rate(since, now time.Time) (float64, bool) {
	p.turn(hourOf(now))
	n := min(24, p.hour-hourOf(since)-1)
	if n < 1 {
		return 0, false
	}
	sum := 0.0
	for _, c := range p.counts[1 : n+1] {
		sum += float64(c)
	}
	return sum / float64(n), true
}

// lively tells whether a message counts for the activity of a room: it has a text and corrects none (XEP-0502 § 4).
func lively(st *xmpp.Stanza) bool { return st.Has(ns.Client, "body") && !st.Has(ns.Correct, "replace") }
