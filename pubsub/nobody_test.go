package pubsub

import (
	"context"
	"fmt"
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// known is a directory of one account.
type known xmpp.JID

func (k known) Exists(j xmpp.JID) bool { return j == xmpp.JID(k) }

// empty is a store without nodes, which is not asked for them.
type empty struct{ storage.PubSub }

func (empty) Nodes(context.Context, xmpp.JID) ([]storage.Node, error) { return nil, nil }

// Invented names push nobody out of memory (RFC 6121 § 8.5.1).
func TestInventedNames(t *testing.T) {
	w := newWorld(t)
	w.Options.Store = empty{w.Options.Store}
	w.Router = router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Logger: w.Logger, Directory: known(w.jid("romeo@example.net")),
		Hosts: map[string]hook.Target{"example.net": hook.Server}})
	answer := w.public(w.answer(askers))
	ask := func(name string) error {
		q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: xmpp.TypeGet, From: w.jid(juliet)}, Stranger: true, Owner: w.jid(name + "@example.net"),
			Payload: xmpp.El(ns.PubSub, "pubsub", xmpp.El(ns.PubSub, "items").Set("node", "n"))}
		_, err := answer(t.Context(), q)
		return err
	}
	if ask("romeo") == nil {
		t.Error("an account without nodes has answered")
	}
	for i := range 2 * maxNobodies {
		if ask(fmt.Sprint("invented", i)) == nil {
			t.Fatal("nobody has answered")
		}
	}
	if n := len(w.states); n != maxNobodies+1 {
		t.Errorf("%d states are kept", n)
	}
	if w.states[w.jid("romeo@example.net")] == nil || w.states[w.jid(fmt.Sprintf("invented%d@example.net", 2*maxNobodies-1))] == nil {
		t.Error("the account is forgotten, or who was asked for last")
	}
}
