package blocking

import (
	"context"
	"io"
	"strconv"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Export writes whom an account blocks: as the privacy list that it stands for (XEP-0191 § 5, XEP-0227 § 4.8), and as it is here,
// for servers that know no privacy lists (XEP-0227 § 4: elements of other namespaces may be anywhere).
func (b *Blocking) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	blocked, err := b.lists.of(ctx, account)
	list := blocked.addresses()
	if err != nil || len(list) == 0 {
		return err
	}
	const name = "blocked"
	rules := xmpp.El(ns.Privacy, "list").Set("name", name)
	for i, j := range list {
		rules.Add(xmpp.El(ns.Privacy, "item").Set("type", "jid").Set("value", j.String()).Set("action", "deny").Set("order", strconv.Itoa(i+1)))
	}
	rules.Add(xmpp.El(ns.Privacy, "item").Set("action", "allow").Set("order", strconv.Itoa(len(list)+1)))
	query := xmpp.El(ns.Privacy, "query", xmpp.El(ns.Privacy, "default").Set("name", name), rules)
	_, err = w.Write(items("blocklist", list).Append(query.Append(nil, ""), ""))
	return err
}
