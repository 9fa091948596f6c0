package c2s

import (
	"testing"

	"myna/xmpp"
)

// What a session was sent is remembered for as long as another one of the account may give it back, and not longer.
func TestRecent(t *testing.T) {
	const sent = 500
	srv, p := &Server{}, &purse{}
	srv.Config = DefaultConfig()
	x, y := &Session{srv: srv, purse: p, sm: &managed{}}, &Session{srv: srv, purse: p}
	message := func(id int64) xmpp.Frame { return xmpp.Frame{Kind: xmpp.Message, Archived: id} }
	for id := int64(1); id <= sent; id++ {
		x.emit(message(id))
		y.emit(message(id))
	}
	left, _, _ := x.leftovers()
	if len(left) != sent {
		t.Fatalf("%d are given back", len(left))
	}
	for i := range left {
		if !y.WasSent(left[i].Archived) {
			t.Fatalf("%d comes twice", left[i].Archived)
		}
	}
	x.settled()
	y.emit(message(sent + 1))
	if got := y.recent.ids; len(got) != maxRecent || got[0] != sent+2-maxRecent || got[maxRecent-1] != sent+1 {
		t.Errorf("when nobody is behind %d are remembered, %d to %d", len(got), got[0], got[len(got)-1])
	}
	if y.emit(message(sent + 2)); y.WasSent(sent+2-maxRecent) || !y.WasSent(sent+2) || p.behind.Load() != 0 {
		t.Errorf("the ring: %d, %d are behind", y.recent.ids, p.behind.Load())
	}
}

// A session that confirms is not behind.
func TestNotBehind(t *testing.T) {
	srv, p := &Server{}, &purse{}
	srv.Config = DefaultConfig()
	x := &Session{srv: srv, purse: p, sm: &managed{}}
	for id := int64(1); id <= maxUnwatched+1; id++ {
		x.emit(xmpp.Frame{Kind: xmpp.Message, Archived: id})
	}
	if p.behind.Load() != 1 {
		t.Error("it is not behind, though it has confirmed nothing")
	}
	if _, _, ok := x.confirmed(maxUnwatched); !ok || p.behind.Load() != 0 {
		t.Errorf("after its confirmation %d are behind", p.behind.Load())
	}
	x.settled()
	if p.behind.Load() != 0 {
		t.Errorf("after its end %d are behind", p.behind.Load())
	}
}
