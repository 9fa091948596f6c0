package pubsub

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// exportPage is how many items are read at a time.
const exportPage = 200

// Export writes the nodes of an account (XEP-0227 § 4.10): first how each is configured and who has to do with it, then the
// items that are stored of each.
func (s *Service) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	account = account.Bare()
	owned, names, err := s.exportNodes(ctx, account)
	if err != nil || len(names) == 0 {
		return err
	}
	x := exporter{w: w}
	x.write(owned.Append(nil, ""))
	x.write([]byte("\n<pubsub xmlns='" + ns.PubSub + "'>"))
	for _, name := range names {
		open := xmpp.El(ns.PubSub, "items").Set("node", name).Append(nil, ns.PubSub)
		x.write(append(open[:len(open)-len("/>")], '>'))
		if err := s.exportItems(ctx, account, name, &x); err != nil {
			return err
		}
		x.write([]byte("</items>"))
	}
	x.write([]byte("</pubsub>"))
	return x.err
}

// exporter writes until the first error.
type exporter struct {
	w   io.Writer
	err error
}

func (x *exporter) write(b []byte) {
	if x.err == nil {
		_, x.err = x.w.Write(b)
	}
}

// exportNodes describes the nodes that are there (XEP-0227 § 4.10.1), and returns their names.
func (s *Service) exportNodes(ctx context.Context, account xmpp.JID) (*xmpp.Element, []string, error) {
	st := s.open(account)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := s.load(ctx, st); err != nil {
		return nil, nil, err
	}
	all := xmpp.El(ns.PubSubOwner, "pubsub")
	var names []string
	for _, name := range slices.Sorted(maps.Keys(st.nodes)) {
		n := st.nodes[name]
		if name == "" || !n.stored || n.set[noteMoved] != "" { // the root, and what is elsewhere now
			continue
		}
		if err := s.people(ctx, st, n); err != nil {
			return nil, nil, err
		}
		form := s.configForm(st, n, "result") // the fields without their labels
		all.Add(xmpp.El(ns.PubSubOwner, "configure", form.Set("type", "form")).Set("node", name))
		if len(n.affiliations) > 0 {
			list := xmpp.El(ns.PubSubOwner, "affiliations").Set("node", name)
			for _, j := range sorted(n.affiliations) {
				list.Add(affiliated(j, n.affiliations[j]))
			}
			all.Add(list)
		}
		if len(n.subscriptions) > 0 {
			list := xmpp.El(ns.PubSubOwner, "subscriptions").Set("node", name)
			for _, u := range n.subscriptions {
				list.Add(managed(u.JID, u.ID, u.State))
			}
			all.Add(list)
		}
		names = append(names, name)
	}
	return all, names, nil
}

// exportItems writes what is stored of a node, oldest first (XEP-0227 § 4.10.2).
func (s *Service) exportItems(ctx context.Context, account xmpp.JID, name string, x *exporter) error {
	for seq := int64(-1); x.err == nil; {
		list, err := s.Store.ItemsAfter(ctx, account, name, seq, exportPage)
		if errors.Is(err, storage.ErrNotFound) {
			return nil // it was deleted meanwhile
		}
		if err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			item := xmpp.El(ns.PubSub, "item").Set("id", list[i].ID)
			if list[i].Payload != nil {
				item.AddRaw(list[i].Payload)
			}
			x.write(item.Append(nil, ns.PubSub))
		}
		seq = list[len(list)-1].Seq
	}
	return x.err
}
