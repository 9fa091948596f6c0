package c2s

import (
	"log/slog"
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// anybody is a directory in which every account is.
type anybody struct{}

func (anybody) Exists(xmpp.JID) bool { return true }

// noLog is a log for messages that nobody archives.
type noLog struct{}

func (noLog) AppendAsync(entries []storage.Entry, done func(ids []int64, err error)) error {
	done(make([]int64, len(entries)), nil)
	return nil
}

// TestCostOfAMessage: on the way from a client to a detached session, whose queue grows by it, a message that nothing archives
// costs one allocation: its bytes, which all share.
func TestCostOfAMessage(t *testing.T) {
	srv := &Server{}
	srv.Logger = slog.New(slog.DiscardHandler)
	srv.Router = router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Directory: anybody{}, Log: noLog{},
		Logger: srv.Logger, Hosts: map[string]hook.Target{"example.net": hook.Server}})
	jid, err := xmpp.ParseJID("nurse@example.net/home")
	if err != nil {
		t.Fatal(err)
	}
	s := &Session{srv: srv, jid: jid, over: true} // it takes nothing, so that nothing is counted but the way
	s.in = router.NewInbound(s)
	st, err := wire.Parse([]byte(`<message to="nurse@example.net/home" type="chat"><body>Hark!</body></message>`))
	if err != nil {
		t.Fatal(err)
	}
	srv.Router.Bind(s)
	n := testing.AllocsPerRun(200, func() {
		if err := s.guarded(st); err != nil {
			t.Fatal(err)
		}
	})
	if most := 1.0 + forgotten; n > most {
		t.Errorf("a message costs %v allocations, want %v", n, most)
	}
	state, err := wire.Parse([]byte(`<active xmlns="urn:xmpp:csi:0"/>`))
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(200, func() {
		if err := s.guarded(state); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("what keeps mistakes from the process costs %v allocations", n)
	}
}
