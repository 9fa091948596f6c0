package router_test

import (
	"errors"
	"strings"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// A service's message to some sessions of an account passes the account's stages once, and goes to these sessions only; who brings
// it hears what has become of it.
func TestBring(t *testing.T) {
	screened, kept := 0, 0
	var refusal error
	w := newWorld(t, func(r *hook.Registrar) {
		r.Received(hook.Screen, func(*hook.Packet) error { screened++; return refusal })
		r.Received(hook.Archive, func(p *hook.Packet) error {
			kept++
			p.Keep(storage.Entry{Owner: p.Owner, Peer: p.From, Kind: p.Type})
			return nil
		})
	})
	one, two, other := w.session("juliet@example.net/one", 0), w.session("juliet@example.net/two", -1), w.session("juliet@example.net/other", 5)
	m := xmpp.NewMessage(address(t, "den@groups.example.net/Romeo"), one.JID(), xmpp.TypeChat, xmpp.El("jabber:client", "body").AddText("psst"))
	bring := func() error {
		t.Helper()
		done := make(chan error, 2)
		if err := w.Bring(xmpp.FrameOf(m), []hook.Session{one, two}, func(err error) { done <- err }); err != nil {
			t.Fatal(err)
		}
		w.log.commit(len(w.log.queue))
		err := <-done
		if len(done) > 0 {
			t.Error("told twice")
		}
		return err
	}
	if err := bring(); err != nil || screened != 1 || kept != 1 {
		t.Errorf("%v; screened %d times, kept %d times", err, screened, kept)
	}
	for _, s := range []*session{one, two} {
		if got := s.take(); len(got) != 1 || !strings.Contains(got[0], `to="`+s.JID().String()+`"`) || !strings.Contains(got[0], `by="juliet@example.net"`) {
			t.Errorf("%s: %q", s.JID(), got)
		}
	}
	refusal = xmpp.Refuse(stanza.ServiceUnavailable, "")
	if err := bring(); !errors.Is(err, refusal) || kept != 1 {
		t.Errorf("refused: %v", err)
	}
	if refusal = hook.Drop; bring() != nil {
		t.Error("what was dropped is an error")
	}
	if got := other.take(); len(got) != 0 {
		t.Errorf("another session got %q", got)
	}
}
