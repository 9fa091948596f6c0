package bosh

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"myna/xmpp"
	"myna/xmpp/transport"
)

// A session that begins here goes on with the client that knows its ids.
func TestPrepared(t *testing.T) {
	prepare := func(t *testing.T, w *world) *Prepared {
		t.Helper()
		p, err := w.h.Prepare("example.net", "pass")
		if err != nil {
			t.Fatal(err)
		}
		if f, err := p.Begin(t.Context()); err != nil || f.Child("urn:f", "f") == nil {
			t.Fatal(f, err)
		}
		return p
	}
	proxies, err := transport.ParseProxies([]string{mine.String()})
	if err != nil {
		t.Fatal(err)
	}
	bubble(t, "taken over", func(o *Options) { o.PerAddress = transport.NewPerAddress(1) }, func(t *testing.T, w *world) {
		p := prepare(t, w)
		if who := w.session().Peer(); who.Pass != "pass" || !who.Encrypted {
			t.Error(who)
		}
		sid, rid := p.ID()
		w.post(next(sid, int(rid), "", "")).want(`condition="item-not-found"`) // readable on the way
		w.h.o.Front.Store(&transport.Front{Proxies: proxies})
		w.h.o.PerAddress.Enter(mine)
		w.post(next(sid, int(rid), "", ""), "X-Forwarded-Proto", "https").want(`condition="policy-violation"`)
		w.h.o.PerAddress.Leave(mine)
		w.read()
		c := w.post(next(sid, int(rid), "", message("hi")), "X-Forwarded-Proto", "https")
		if got := w.read(); got != message("hi") || !c.waits() {
			t.Error(got)
		}
		if who := w.session().Peer(); who.Pass != "" || who.Remote != mine || w.h.prepared != 0 {
			t.Error(who, w.h.prepared)
		}
		w.post(next(sid, int(rid)+1, "", "")).want(`condition="item-not-found"`) // it is not continued in public
		if w.h.o.PerAddress.Enter(mine) {
			t.Error("the session does not count")
		}
		w.session().Close()
		synctest.Wait()
		if !w.h.o.PerAddress.Enter(mine) {
			t.Error("the session still counts")
		}
	})
	bubble(t, "nobody comes", nil, func(t *testing.T, w *world) {
		p := prepare(t, w)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if sid, _ := p.ID(); w.h.session(sid) != nil || w.h.prepared != 0 {
			t.Error("the session waits for ever")
		}
		if _, err := p.Send(t.Context(), xmpp.El("jabber:client", "iq"), xmpp.Name{Local: "x"}); err == nil {
			t.Error("a session that has ended answers")
		}
	})
	bubble(t, "too many", nil, func(t *testing.T, w *world) {
		p := prepare(t, w)
		w.h.prepared = maxPrepared
		if _, err := w.h.Prepare("example.net", ""); !errors.Is(err, ErrPrepared) {
			t.Error(err)
		}
		w.h.prepared = 1
		p.Close()
	})
}
