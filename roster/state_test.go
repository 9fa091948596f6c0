package roster

import (
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// The states of RFC 6121 Appendix A.1.
var (
	none       = state{}
	noneOut    = state{ask: true}
	noneIn     = state{pending: true}
	noneOutIn  = state{ask: true, pending: true}
	toOnly     = state{to: true}
	toIn       = state{to: true, pending: true}
	fromOnly   = state{from: true}
	fromOut    = state{from: true, ask: true}
	bothStates = state{to: true, from: true}
)

func approved(s state) state {
	s.approved = true
	return s
}

// TestOutbound is Appendix A.2 in full; what it says of approvals in advance is § 3.4.2.
func TestOutbound(t *testing.T) {
	for _, c := range []struct {
		typ   string
		was   state
		route bool
		is    state
	}{
		// A.2.1
		{xmpp.TypeSubscribe, none, true, noneOut},
		{xmpp.TypeSubscribe, noneOut, true, noneOut},
		{xmpp.TypeSubscribe, noneIn, true, noneOutIn},
		{xmpp.TypeSubscribe, noneOutIn, true, noneOutIn},
		{xmpp.TypeSubscribe, toOnly, true, toOnly},
		{xmpp.TypeSubscribe, toIn, true, toIn},
		{xmpp.TypeSubscribe, fromOnly, true, fromOut},
		{xmpp.TypeSubscribe, fromOut, true, fromOut},
		{xmpp.TypeSubscribe, bothStates, true, bothStates},
		// A.2.2
		{xmpp.TypeUnsubscribe, none, true, none},
		{xmpp.TypeUnsubscribe, noneOut, true, none},
		{xmpp.TypeUnsubscribe, noneIn, true, noneIn},
		{xmpp.TypeUnsubscribe, noneOutIn, true, noneIn},
		{xmpp.TypeUnsubscribe, toOnly, true, none},
		{xmpp.TypeUnsubscribe, toIn, true, noneIn},
		{xmpp.TypeUnsubscribe, fromOnly, true, fromOnly},
		{xmpp.TypeUnsubscribe, fromOut, true, fromOnly},
		{xmpp.TypeUnsubscribe, bothStates, true, fromOnly},
		// A.2.3
		{xmpp.TypeSubscribed, none, false, approved(none)},
		{xmpp.TypeSubscribed, noneOut, false, approved(noneOut)},
		{xmpp.TypeSubscribed, noneIn, true, fromOnly},
		{xmpp.TypeSubscribed, noneOutIn, true, fromOut},
		{xmpp.TypeSubscribed, toOnly, false, approved(toOnly)},
		{xmpp.TypeSubscribed, toIn, true, bothStates},
		{xmpp.TypeSubscribed, fromOnly, false, fromOnly},
		{xmpp.TypeSubscribed, fromOut, false, fromOut},
		{xmpp.TypeSubscribed, bothStates, false, bothStates},
		// A.2.4
		{xmpp.TypeUnsubscribed, none, false, none},
		{xmpp.TypeUnsubscribed, noneOut, false, noneOut},
		{xmpp.TypeUnsubscribed, noneIn, true, none},
		{xmpp.TypeUnsubscribed, noneOutIn, true, noneOut},
		{xmpp.TypeUnsubscribed, toOnly, false, toOnly},
		{xmpp.TypeUnsubscribed, toIn, true, toOnly},
		{xmpp.TypeUnsubscribed, fromOnly, true, none},
		{xmpp.TypeUnsubscribed, fromOut, true, noneOut},
		{xmpp.TypeUnsubscribed, bothStates, true, toOnly},
		{xmpp.TypeUnsubscribed, approved(none), false, none},
		{xmpp.TypeUnsubscribed, approved(fromOut), true, noneOut},
		{xmpp.TypeUnavailable, bothStates, false, bothStates},
	} {
		is, route := c.was.outbound(c.typ)
		if is != c.is || route != c.route {
			t.Errorf("%s in %+v: %+v, route %v; want %+v, %v", c.typ, c.was, is, route, c.is, c.route)
		}
	}
}

// TestInbound is Appendix A.3 in full.
func TestInbound(t *testing.T) {
	const answered = xmpp.TypeSubscribed
	for _, c := range []struct {
		typ     string
		was     state
		deliver bool
		is      state
		answer  string
	}{
		// A.3.1
		{xmpp.TypeSubscribe, none, true, noneIn, ""},
		{xmpp.TypeSubscribe, noneOut, true, noneOutIn, ""},
		{xmpp.TypeSubscribe, noneIn, false, noneIn, ""},
		{xmpp.TypeSubscribe, noneOutIn, false, noneOutIn, ""},
		{xmpp.TypeSubscribe, toOnly, true, toIn, ""},
		{xmpp.TypeSubscribe, toIn, false, toIn, ""},
		{xmpp.TypeSubscribe, fromOnly, false, fromOnly, answered},
		{xmpp.TypeSubscribe, fromOut, false, fromOut, answered},
		{xmpp.TypeSubscribe, bothStates, false, bothStates, answered},
		{xmpp.TypeSubscribe, approved(none), false, approved(fromOnly), answered},
		{xmpp.TypeSubscribe, approved(noneOut), false, approved(fromOut), answered},
		{xmpp.TypeSubscribe, approved(toOnly), false, approved(bothStates), answered},
		// A.3.2
		{xmpp.TypeUnsubscribe, none, false, none, ""},
		{xmpp.TypeUnsubscribe, noneOut, false, noneOut, ""},
		{xmpp.TypeUnsubscribe, noneIn, true, none, ""},
		{xmpp.TypeUnsubscribe, noneOutIn, true, noneOut, ""},
		{xmpp.TypeUnsubscribe, toOnly, false, toOnly, ""},
		{xmpp.TypeUnsubscribe, toIn, true, toOnly, ""},
		{xmpp.TypeUnsubscribe, fromOnly, true, none, ""},
		{xmpp.TypeUnsubscribe, fromOut, true, noneOut, ""},
		{xmpp.TypeUnsubscribe, bothStates, true, toOnly, ""},
		// A.3.3
		{xmpp.TypeSubscribed, none, false, none, ""},
		{xmpp.TypeSubscribed, noneOut, true, toOnly, ""},
		{xmpp.TypeSubscribed, noneIn, false, noneIn, ""},
		{xmpp.TypeSubscribed, noneOutIn, true, toIn, ""},
		{xmpp.TypeSubscribed, toOnly, false, toOnly, ""},
		{xmpp.TypeSubscribed, toIn, false, toIn, ""},
		{xmpp.TypeSubscribed, fromOnly, false, fromOnly, ""},
		{xmpp.TypeSubscribed, fromOut, true, bothStates, ""},
		{xmpp.TypeSubscribed, bothStates, false, bothStates, ""},
		// A.3.4
		{xmpp.TypeUnsubscribed, none, false, none, ""},
		{xmpp.TypeUnsubscribed, noneOut, true, none, ""},
		{xmpp.TypeUnsubscribed, noneIn, false, noneIn, ""},
		{xmpp.TypeUnsubscribed, noneOutIn, true, noneIn, ""},
		{xmpp.TypeUnsubscribed, toOnly, true, none, ""},
		{xmpp.TypeUnsubscribed, toIn, true, noneIn, ""},
		{xmpp.TypeUnsubscribed, fromOnly, false, fromOnly, ""},
		{xmpp.TypeUnsubscribed, fromOut, true, fromOnly, ""},
		{xmpp.TypeUnsubscribed, bothStates, true, fromOnly, ""},
		{xmpp.TypeProbe, bothStates, false, bothStates, ""},
	} {
		is, deliver, answer := c.was.inbound(c.typ)
		if is != c.is || deliver != c.deliver || answer != c.answer {
			t.Errorf("%s in %+v: %+v, deliver %v, answer %q; want %+v, %v, %q", c.typ, c.was, is, deliver, answer, c.is, c.deliver, c.answer)
		}
	}
}

func TestApplyKeepsTheFirstRequest(t *testing.T) {
	i := storage.RosterItem{PendingIn: []byte("first")}
	noneOutIn.apply(&i, []byte("second"))
	if got := stateOf(&i); got != noneOutIn || string(i.PendingIn) != "first" {
		t.Errorf("got %+v with %q", got, i.PendingIn)
	}
	noneOut.apply(&i, nil)
	if got := stateOf(&i); got != noneOut {
		t.Errorf("got %+v", got)
	}
}
