package pubsub

import (
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// Who gets the address of a deleted account inherits nothing of it from nodes in memory.
func TestForget(t *testing.T) {
	parse := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	gone, other := parse("gone@example.net"), parse("other@example.net")
	n := &node{
		affiliations:  map[xmpp.JID]string{gone: publisher, other: member},
		subscriptions: []*subscription{sub(gone, subscribed), sub(parse("gone@example.net/phone"), subscribed), sub(other, subscribed)},
	}
	s := &Service{states: map[xmpp.JID]*state{
		other: {owner: other, nodes: map[string]*node{"n": n}},
		gone:  {owner: gone, nodes: map[string]*node{"own": {}}},
	}}
	s.Forget(parse("gone@example.net/phone"))
	if len(n.affiliations) != 1 || len(n.subscriptions) != 1 {
		t.Errorf("left: %v, %v", n.affiliations, n.subscriptions)
	}
	if st := s.states[gone]; st.nodes != nil || st.refs != 0 {
		t.Errorf("its own nodes: %v, %d references", st.nodes, st.refs)
	}
}

func sub(who xmpp.JID, state string) *subscription {
	return &subscription{Subscription: storage.Subscription{JID: who, ID: "1", State: state}}
}
