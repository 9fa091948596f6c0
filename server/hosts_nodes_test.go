package server_test

import (
	"fmt"
	"strings"

	"myna/xmpp/ns"
)

// subscriptions makes a node, subscribes to it with several resources, and returns how the last went.
func (h *hosts) subscriptions(domain string, resources ...string) (last string) {
	h.t.Helper()
	c := h.client("lan@" + domain)
	_, _ = h.ask(c, "set", "pubsub."+domain, `<pubsub xmlns="%s"><create node="n"/></pubsub>`, ns.PubSub)
	for _, r := range resources {
		_, last = h.ask(c, "set", "pubsub."+domain, `<pubsub xmlns="%s"><subscribe node="n" jid="lan@%s%s"/></pubsub>`, ns.PubSub, domain, r)
	}
	return last
}

// members lets more people onto a node than some may have.
func members(h *hosts, domain string) string {
	c := h.client("lan@" + domain)
	_, _ = h.ask(c, "set", "pubsub."+domain, `<pubsub xmlns="%s"><create node="n"/></pubsub>`, ns.PubSub)
	var list strings.Builder
	for i := range 11 {
		fmt.Fprintf(&list, `<affiliation jid="m%d@%s" affiliation="member"/>`, i, domain)
	}
	_, got := h.ask(c, "set", "pubsub."+domain, `<pubsub xmlns="%s"><affiliations node="n">%s</affiliations></pubsub>`, ns.PubSubOwner, list.String())
	return got
}
