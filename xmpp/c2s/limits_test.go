package c2s_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp/c2s"
)

// How fast clients may send changes for those who are there; the size of a stanza that was announced to them holds, and
// another is announced to those who come (XEP-0478).
func TestSetLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond, o.Config.BurstBytes = 0, 0 })
		long := strings.Repeat("x", 60_000)
		took := func(p *peer) time.Duration {
			t.Helper()
			from := time.Now()
			p.send(message("romeo", long))
			p.sync()
			return time.Since(from).Round(time.Second)
		}
		a := h.signIn("romeo", "a")
		if got := took(a); got != 0 {
			t.Errorf("without a limit it took %s", got)
		}
		limits := h.Limits()
		limits.BytesPerSecond, limits.Wire.StanzaBytes = 10_000, 20_000
		h.SetLimits(limits)
		if got := took(a); got < 4*time.Second {
			t.Errorf("at 10 kB a second it took %s", got)
		}
		b := h.signIn("romeo", "b")
		b.send(message("romeo", long))
		b.expect("<policy-violation ")
		limits.BytesPerSecond = 0
		h.SetLimits(limits)
		if got := took(a); got != 0 {
			t.Errorf("when the limit is gone it took %s", got)
		}
	})
}

// Who has not signed in sends nothing that is long, and is told so (XEP-0478 § 3); who has may.
func TestStrangersAreShort(t *testing.T) {
	h := newHouse(t, func(o *c2s.Options) { o.Config.BytesPerSecond = 0 })
	long := strings.Repeat("x", 60_000)
	a := h.dial()
	a.send(header)
	if features := a.expect("</stream:features>"); !strings.Contains(features, "<max-bytes>32768</max-bytes>") {
		t.Errorf("announced: %s", features)
	}
	a.send(message("romeo", long))
	a.expect("<policy-violation ")
	a.ended()
	many := `<message to="romeo@example.net"><x xmlns="x">` + strings.Repeat("<x/>", c2s.StrangerElements) + `</x></message>`
	a = h.dial()
	a.send(header)
	a.expect("</stream:features>")
	a.send(many)
	a.expect("<policy-violation ")
	a.ended()
	b := h.signIn("romeo", "b")
	b.send(message("romeo", long) + many)
	b.sync()
}
