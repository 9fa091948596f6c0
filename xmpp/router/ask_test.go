package router_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
)

// TestAskBounds: so many requests wait for one client, and no more until it has answered or its time is over.
func TestAskBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		romeo := w.session("romeo@example.net/o", 0)
		w.session("juliet@example.net/b", 0)
		var timeouts, answers atomic.Int64
		n := 0
		ask := func(to string) error {
			n++
			iq := xmpp.NewIQ(address(t, "example.net"), address(t, to), xmpp.TypeGet, fmt.Sprint("q", n), xmpp.El("urn:test", "q"))
			return w.Ask(iq, func(_ *xmpp.Stanza, err error) {
				if errors.Is(err, router.ErrTimeout) {
					timeouts.Add(1)
				} else {
					answers.Add(1)
				}
			})
		}
		full := 0
		for ask("romeo@example.net/o") == nil {
			full++
		}
		if err := ask("romeo@example.net/o"); !errors.Is(err, storage.ErrBusy) || full < 100 {
			t.Errorf("after %d: %v", full, err)
		}
		if err := ask("juliet@example.net/b"); err != nil {
			t.Errorf("another client: %v", err)
		}
		w.send(romeo, `<iq type="result" id="q1" to="example.net"/>`)
		if err := ask("romeo@example.net/o"); err != nil || answers.Load() != 1 {
			t.Errorf("after an answer: %v, %d", err, answers.Load())
		}
		if err := ask("nurse@example.net/x"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("nobody there: %v", err)
		}
		time.Sleep(time.Minute)
		if int(timeouts.Load()) != full+1 {
			t.Errorf("%d of %d told that nobody answers", timeouts.Load(), full+1)
		}
		if err := ask("romeo@example.net/o"); err != nil {
			t.Errorf("after the time is over: %v", err)
		}
		time.Sleep(time.Minute)
	})
}

// TestBounceToService: a service hears what became of its stanzas (XEP-0045 § 17.5), and what it says to that goes nowhere.
func TestBounceToService(t *testing.T) {
	var heard []string
	w := newWorld(t, func(r *hook.Registrar) {
		r.Host("groups", func(p *hook.Packet) error {
			heard = append(heard, p.From.String()+" > "+p.To.String()+" "+p.Kind.String()+" "+p.Type)
			return xmpp.Refuse(stanza.BadRequest, "")
		})
	})
	room := address(t, "room@groups.example.net/nick")
	for _, to := range []string{"tybalt@example.net", "juliet@example.com"} {
		if err := w.Send(xmpp.NewMessage(room, address(t, to), "", xmpp.El("urn:test", "x"))); err != nil {
			t.Fatal(err)
		}
		if err := w.Send(xmpp.NewIQ(room, address(t, to), xmpp.TypeGet, "1", xmpp.El("urn:test", "x"))); err != nil {
			t.Fatal(err)
		}
	}
	want := "tybalt@example.net > room@groups.example.net/nick message error\ntybalt@example.net > room@groups.example.net/nick iq error\n" +
		"juliet@example.com > room@groups.example.net/nick message error\njuliet@example.com > room@groups.example.net/nick iq error"
	if got := strings.Join(heard, "\n"); got != want {
		t.Errorf("heard\n%s", got)
	}
}

// TestAskMistake: who has asked may fail when nobody answers; the process goes on.
func TestAskMistake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.session("romeo@example.net/o", 0)
		var called atomic.Bool
		iq := xmpp.NewIQ(address(t, "example.net"), address(t, "romeo@example.net/o"), xmpp.TypeGet, "q", xmpp.El("urn:test", "q"))
		if err := w.Ask(iq, func(*xmpp.Stanza, error) { called.Store(true); panic("a mistake of a module") }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble
		if !called.Load() {
			t.Error("nobody was told")
		}
	})
}

// TestAskService: services and accounts answer as they answer clients, and who cannot be reached answers with an error.
func TestAskService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for _, to := range []string{"romeo@example.net", "nobody@example.net", "elsewhere.example", "example.net"} {
			got := ""
			iq := xmpp.NewIQ(address(t, "groups.example.net/x"), address(t, to), xmpp.TypeGet, "q", xmpp.El("urn:test:unknown", "q"))
			err := w.AskService(iq, func(answer *xmpp.Stanza, err error) { got = fmt.Sprintf("%s of %s, %v", answer.Type, answer.From, err) })
			if want := "error of " + to + ", <nil>"; err != nil || got != want {
				t.Errorf("%s: %v, %s, want %s", to, err, got, want)
			}
		}
	})
}
