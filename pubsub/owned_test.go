package pubsub

import (
	"context"
	"strings"
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// readers counts what is read of the people of nodes, and of nodes.
type readers struct {
	storage.PubSub
	n int
}

func (r *readers) Nodes(ctx context.Context, owner xmpp.JID) ([]storage.Node, error) {
	r.n++
	return r.PubSub.Nodes(ctx, owner)
}

func (r *readers) Affiliations(ctx context.Context, owner xmpp.JID, node string) (map[xmpp.JID]string, error) {
	r.n++
	return r.PubSub.Affiliations(ctx, owner, node)
}

func (r *readers) Subscriptions(ctx context.Context, owner xmpp.JID, node string) ([]storage.Subscription, error) {
	r.n++
	return r.PubSub.Subscriptions(ctx, owner, node)
}

// Who owns nothing is told so, and nothing is read for that (XEP-0060 § 8.7.3.3, XEP-0253 § 2).
func TestCommandsOfStrangers(t *testing.T) {
	w := newWorld(t)
	w.create(romeo, "mine")
	for _, name := range []string{"a", "b", "c"} {
		w.create(juliet, name)
	}
	counted := &readers{PubSub: w.store.PubSub()}
	w.Options.Store = counted
	for _, node := range []string{ns.PubSubChaining, commandPending} {
		for who, reads := range map[string]int{"nurse@example.net/room": 0, romeo: 3} { // the nodes, and the people of one
			w.Service = New(w.Options) // with nothing in memory
			counted.n = 0
			q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: xmpp.TypeSet, From: w.jid(who)}, Owner: w.jid(host),
				Payload: xmpp.El(ns.Commands, "command").Set("node", node)}
			form, err := w.command(t.Context(), q)
			if counted.n != reads || (err == nil) != (reads > 0) {
				t.Errorf("%s, %s: %v, %d reads", who, node, err, counted.n)
			}
			if err == nil && strings.Contains(form.String(), ">a<") {
				t.Errorf("%s sees nodes of others: %s", who, form)
			}
		}
	}
}
