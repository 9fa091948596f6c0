package pubsub

import (
	"context"
	"slices"
	"strconv"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// discoItems lists nodes (XEP-0060 § 5.2; XEP-0163 § 6.2: those that who asks may read), and the items of one (§ 5.5).
func (s *Service) discoItems(ctx context.Context, q *hook.Request, name string) ([]*xmpp.Element, error) {
	st := s.open(q.Owner)
	defer s.close(st)
	if name == "" {
		return s.discoNodes(ctx, st, q.From)
	}
	if ok, err := s.visible(ctx, st, name, q.From); err != nil || !ok {
		return nil, err
	}
	items, err := s.read(ctx, st.owner, name, 0, nil)
	if err != nil {
		return nil, err
	}
	list := []*xmpp.Element{}
	for i := range items {
		list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", st.owner.String()).Set("name", items[i].ID))
	}
	return list, nil
}

func (s *Service) visible(ctx context.Context, st *state, name string, who xmpp.JID) (bool, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, name)
	if err != nil || n == nil {
		return false, err
	}
	return true, s.mayRead(ctx, st, n, who, true)
}

func (s *Service) discoNodes(ctx context.Context, st *state, who xmpp.JID) ([]*xmpp.Element, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := s.load(ctx, st); err != nil {
		return nil, err
	}
	var list []*xmpp.Element
	names := make([]string, 0, len(st.nodes))
	for name := range st.nodes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		n := st.nodes[name]
		if s.mayRead(ctx, st, n, who, true) != nil {
			continue
		}
		e := xmpp.El(ns.DiscoItems, "item").Set("jid", st.owner.String()).Set("node", name)
		if title := s.value(st, n, FieldTitle); title != "" {
			e.Set("name", title)
		}
		list = append(list, e)
	}
	return list, nil
}

// discoInfo describes a node (XEP-0060 § 5.3, § 5.4).
func (s *Service) discoInfo(ctx context.Context, q *hook.Request, name string) (*xmpp.Element, error) {
	st := s.open(q.Owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, name)
	if err != nil || n == nil {
		return nil, err
	}
	if err := s.mayRead(ctx, st, n, q.From, true); err != nil {
		return nil, err
	}
	e := xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "pubsub").Set("type", "leaf"),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.PubSub))
	x := xmpp.El(ns.DataForm, "x").Set("type", "result")
	x.Add(formField("hidden", "FORM_TYPE", ns.PubSub+"#meta-data"))
	for _, name := range []string{FieldTitle, fieldDescription, fieldType, FieldAccess, FieldPublishModel} {
		if v := s.value(st, n, name); v != "" {
			x.Add(formField("", name, v))
		}
	}
	if n.stored {
		x.Add(formField("", "pubsub#num_subscribers", strconv.Itoa(len(n.subscriptions))))
	}
	return e.Add(x), nil
}
