package commands

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// items lists the commands that the asker may use (§ 2.2).
func (c *Commands) items(t hook.Target) hook.ItemsHandler {
	return func(_ context.Context, q *hook.Request, node string) ([]*xmpp.Element, error) {
		if node != ns.Commands {
			return nil, nil
		}
		list := []*xmpp.Element{} // not nil: the node is there for everybody
		a, ok := c.asker(t, q)
		for i := range c.table {
			if cmd := &c.table[i]; ok && !cmd.unlisted && cmd.allowed(&a) {
				list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", a.at.String()).Set("node", cmd.node).Set("name", cmd.name))
			}
		}
		return list, nil
	}
}

// node describes the list of commands and each command (§ 2.2).
func (c *Commands) node(t hook.Target) hook.NodeHandler {
	return func(_ context.Context, q *hook.Request, node string) (*xmpp.Element, error) {
		kind, name := "command-list", "Commands"
		if node != ns.Commands {
			cmd := c.find(node)
			if cmd == nil {
				return nil, nil
			}
			if a, ok := c.asker(t, q); !ok || !cmd.allowed(&a) {
				return nil, forbidden()
			}
			kind, name = "command-node", cmd.name
		}
		return xmpp.El(ns.DiscoInfo, "query",
			xmpp.El(ns.DiscoInfo, "identity").Set("category", "automation").Set("type", kind).Set("name", name),
			xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Commands),
			xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.DataForm)), nil
	}
}

// forbidden is the error of § 4.4, which has another type than usual.
func forbidden() error {
	return xmpp.Refuse(stanza.Forbidden, "This command is not for you.").WithType(stanza.Cancel)
}
