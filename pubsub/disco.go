package pubsub

import (
	"context"
	"strconv"
	"strings"
	"time"

	"myna/hook"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// discoItems lists nodes (XEP-0060 § 5.2, XEP-0248 § 5.2; XEP-0163 § 6.2: those that who asks may read), page by page where
// that is wanted (XEP-0059); of a leaf its items (§ 5.5).
func (s *Service) discoItems(ctx context.Context, q *hook.Request, name string) ([]*xmpp.Element, error) {
	if name == ns.Commands && q.Owner.Local() == "" {
		return s.discoCommands(q), nil
	}
	st := s.open(q.Owner)
	defer s.close(st)
	if name == "" {
		return s.discoNodes(ctx, st, q, "")
	}
	n, err := s.visible(ctx, st, name, q.From)
	if err != nil || n == nil {
		return nil, err
	}
	if s.isCollection(st, n) {
		return s.discoNodes(ctx, st, q, name)
	}
	items, err := s.read(ctx, st.owner, name, 0, nil)
	if err != nil {
		return nil, err
	}
	list := []*xmpp.Element{}
	for _, it := range s.fresh(st, n, items) {
		list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", st.owner.String()).Set("name", it.ID))
	}
	return paged(list, q, "name")
}

// maxDisco is how many nodes or items are listed without being asked for a page (XEP-0030 § 4.3).
const maxDisco = 1000

// paged is the part of a list that is asked for, with the note that goes with it; id names the attribute that items are
// told apart by.
func paged(list []*xmpp.Element, q *hook.Request, id string) ([]*xmpp.Element, error) {
	set := q.Payload.Child(ns.RSM, "set")
	if set == nil && len(list) <= maxDisco {
		return list, nil
	}
	r, err := rsm.Parse(set)
	if err != nil {
		return nil, err
	}
	page, note, err := rsm.Cut(list, r, maxDisco, func(e *xmpp.Element) string { return e.Attr(id) })
	if err != nil {
		return nil, err
	}
	return append(page, note), nil
}

// visible returns a node that somebody may discover; nil: there is none.
func (s *Service) visible(ctx context.Context, st *state, name string, who xmpp.JID) (*node, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, name)
	if err != nil || n == nil {
		return nil, err
	}
	return s.snapshot(st, n), s.mayRead(ctx, st, n, who, true)
}

// discoNodes lists the nodes in a collection; the root has no name.
func (s *Service) discoNodes(ctx context.Context, st *state, q *hook.Request, in string) ([]*xmpp.Element, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := s.load(ctx, st); err != nil {
		return nil, err
	}
	list := []*xmpp.Element{}
	for _, name := range st.children(in) {
		n := st.nodes[name]
		if s.mayRead(ctx, st, n, q.From, true) != nil {
			continue
		}
		e := xmpp.El(ns.DiscoItems, "item").Set("jid", st.owner.String()).Set("node", name)
		if title := s.value(st, n, FieldTitle); title != "" {
			e.Set("name", title)
		}
		list = append(list, e)
	}
	return paged(list, q, "node")
}

// discoInfo describes a node (XEP-0060 § 5.3, § 5.4), or a command of the service.
func (s *Service) discoInfo(ctx context.Context, q *hook.Request, name string) (*xmpp.Element, error) {
	if e := s.discoCommand(q, name); e != nil {
		return e, nil
	}
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
	if err := s.people(ctx, st, n); n.stored && err != nil {
		return nil, err
	}
	return xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "pubsub").Set("type", s.value(st, n, fieldNodeType)),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.PubSub),
		s.metadata(st, n)), nil
}

// metadata are what is known of a node beside its items: what its owner says, and what has come about (XEP-0060 § 5.4).
func (s *Service) metadata(st *state, n *node) *xmpp.Element {
	x := xforms.New("result", ns.PubSubMeta)
	of := kindOf(s.value(st, n, fieldNodeType))
	for _, name := range []string{fieldType, FieldTitle, fieldDescription, fieldLanguage, fieldContact, FieldAccess, FieldPublishModel, FieldMaxItems} {
		f, v := fieldOf(name), s.value(st, n, name)
		if v != "" && f.of&of != 0 {
			x.Add(xforms.Field(f.typ, name, f.label, strings.Split(v, "\n")...))
		}
	}
	if !n.stored {
		return x
	}
	creator := n.set[noteCreator]
	if st.owner.Local() != "" {
		creator = st.owner.String()
	}
	if creator != "" {
		x.Add(xforms.Field("jid-single", "pubsub#creator", "Who created the node", creator))
	}
	if !n.created.IsZero() {
		x.Add(xforms.Field("text-single", "pubsub#creation_date", "When it was created", n.created.UTC().Format(time.RFC3339)))
	}
	var owners, publishers []string
	for _, j := range st.owners(n) {
		owners = append(owners, j.String())
	}
	for _, j := range sorted(n.affiliations) {
		if n.affiliations[j] == publisher {
			publishers = append(publishers, j.String())
		}
	}
	x.Add(xforms.Field("jid-multi", "pubsub#owner", "Who owns it", owners...))
	if len(publishers) > 0 {
		x.Add(xforms.Field("jid-multi", "pubsub#publisher", "Who else publishes", publishers...))
	}
	subscribers := 0
	for _, u := range n.subscriptions {
		if u.State == subscribed {
			subscribers++
		}
	}
	return x.Add(xforms.Field("text-single", "pubsub#num_subscribers", "How many subscriptions it has", strconv.Itoa(subscribers)))
}
