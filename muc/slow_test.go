package muc

import (
	"testing"
	"time"
)

// TestPulse: XEP-0502 § 5: whole hours count, 24 of them at most, and those before the watch began do not.
func TestPulse(t *testing.T) {
	start := time.Date(2026, 1, 1, 12, 30, 0, 0, time.UTC)
	at := func(hours float64) time.Time { return start.Add(time.Duration(hours * float64(time.Hour))) }
	var p pulse
	for _, h := range []float64{0, 1} { // no whole hour yet
		if rate, ok := p.rate(start, at(h)); ok {
			t.Errorf("after %g hours: %g", h, rate)
		}
	}
	p = pulse{}
	for _, h := range []float64{0, 1, 1.1, 2, 2.1, 2.2} {
		p.beat(at(h))
	}
	for _, c := range []struct {
		now  float64
		want float64
		ok   bool
	}{{3, 2.5, true}, {25, 5.0 / 24, true}, {26, 3.0 / 24, true}, {27, 0, true}, {60, 0, true}} {
		q := p
		if got, ok := q.rate(start, at(c.now)); got != c.want || ok != c.ok {
			t.Errorf("after %g hours: %g %t, want %g %t", c.now, got, ok, c.want, c.ok)
		}
	}
}

// TestSlowMode: XEP-0500 § 6: the pause is one of the account, it ends, and who need not be remembered is forgotten.
func TestSlowMode(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	r.conf.Slow = 20
	speak := func(local string, aff Affiliation) bool {
		return r.paced(&occupant{bare: w.jid(local + "@example.net"), aff: aff}) == nil
	}
	for i, c := range []struct {
		after time.Duration
		who   string
		aff   Affiliation
		want  bool
	}{
		{0, "a", None, true}, {0, "a", None, false}, {0, "b", Member, true}, {19 * time.Second, "a", None, false},
		{time.Second, "a", None, true}, {0, "c", Admin, true}, {0, "c", Admin, true}, {0, "d", Owner, true}, {0, "d", Owner, true},
	} {
		now = now.Add(c.after)
		if got := speak(c.who, c.aff); got != c.want {
			t.Errorf("%d: %s speaks: %t", i, c.who, got)
		}
	}
	for i := range 2 * maxSpoke {
		now = now.Add(time.Second)
		speak("x"+itoa(i), None)
	}
	if len(r.spoke) > maxSpoke+40 {
		t.Errorf("%d accounts are remembered", len(r.spoke))
	}
}
