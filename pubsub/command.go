package pubsub

import (
	"context"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
)

// commandPending is the command by which owners see who waits for approval (XEP-0060 § 8.7).
const commandPending = ns.PubSub + "#get-pending"

// maxAsked is how many requests are put before an owner at once.
const maxAsked = 200

// discoCommands lists the service's commands (XEP-0050 § 2.2).
func (s *Service) discoCommands(q *hook.Request) []*xmpp.Element {
	return []*xmpp.Element{xmpp.El(ns.DiscoItems, "item").Set("jid", q.Owner.String()).Set("node", commandPending).Set("name", pendingTitle)}
}

const pendingTitle = "Subscriptions that wait for approval"

// discoCommand describes the service's commands; nil: the node is none.
func (s *Service) discoCommand(q *hook.Request, name string) *xmpp.Element {
	if q.Owner.Local() != "" || name != ns.Commands && name != commandPending {
		return nil
	}
	kind, title := "command-list", "Commands"
	if name == commandPending {
		kind, title = "command-node", pendingTitle
	}
	return xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "automation").Set("type", kind).Set("name", title),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Commands), xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.DataForm))
}

// command executes the service's command. It needs no memory of its sessions: the form says all (XEP-0050 § 2.4).
func (s *Service) command(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if q.Payload.Attr("node") != commandPending {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "")
	}
	id := q.Payload.Attr("sessionid")
	if id == "" {
		id = xmpp.NewID()
	}
	if len(id) > maxID {
		return nil, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-sessionid"))
	}
	e := xmpp.El(ns.Commands, "command").Set("node", commandPending).Set("sessionid", id)
	x := q.Payload.Child(ns.DataForm, "x")
	switch action := q.Payload.Attr("action"); {
	case action == "cancel":
		return e.Set("status", "canceled"), nil
	case !slices.Contains([]string{"", "execute", "complete", "next"}, action):
		return nil, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-action"))
	}
	st := s.open(q.Owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	if x == nil {
		form, err := s.waiting(ctx, st, q.From)
		if err != nil {
			return nil, err
		}
		actions := xmpp.El(ns.Commands, "actions", xmpp.El(ns.Commands, "complete")).Set("execute", "complete")
		return e.Set("status", "executing").Add(actions, form), nil
	}
	values, err := xforms.Read(x)
	if err != nil {
		return nil, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-payload"))
	}
	return e.Set("status", "completed"), s.askAgain(ctx, st, values.First("pubsub#node"), q.From)
}

// waiting lists the nodes of an owner to which somebody wants to subscribe (XEP-0060 § 8.7.2).
func (s *Service) waiting(ctx context.Context, st *state, who xmpp.JID) (*xmpp.Element, error) {
	if err := s.load(ctx, st); err != nil {
		return nil, err
	}
	f, owns := xforms.Field("list-single", "pubsub#node", "Node"), false
	for _, name := range st.names() {
		n := st.nodes[name]
		if s.mustOwn(ctx, st, n, who) != nil {
			continue
		}
		owns = true
		if slices.ContainsFunc(n.subscriptions, func(u *subscription) bool { return u.State == pending }) {
			xforms.Offer(f, "", name)
		}
	}
	if !owns {
		return nil, forbidden() // § 8.7.3.3
	}
	return xforms.Titled(pendingTitle, "", ns.PubSubAuthorize).Add(f), nil
}

// askAgain puts before an owner who waits for approval at a node (XEP-0060 § 8.7.4).
func (s *Service) askAgain(ctx context.Context, st *state, name string, who xmpp.JID) error {
	n, err := s.existing(ctx, st, name)
	if err != nil {
		return err // § 8.7.3.4
	}
	if err := s.mustOwn(ctx, st, n, who); err != nil {
		return err // § 8.7.3.3
	}
	asked := 0
	for _, u := range n.subscriptions {
		if u.State == pending && asked < maxAsked {
			s.askOwner(st, n, u, who.Bare())
			asked++
		}
	}
	return nil
}
