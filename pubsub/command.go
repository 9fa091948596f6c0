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

// command is a command of the service: a form, and what is done with it when it is filled out.
type command struct {
	node, title string
	// form is called with the state's lock held.
	form func(context.Context, *Service, *state, xmpp.JID) (*xmpp.Element, error)
	// submit gets the command element that it answers with.
	submit func(context.Context, *Service, *hook.Request, *xmpp.Element, xforms.Values) (*xmpp.Element, error)
}

// commands are those that there are (XEP-0060 § 8.7, XEP-0253 § 4).
var commands = []command{
	{commandPending, pendingTitle, waiting, submitPending},
	{ns.PubSubChaining, chainingTitle, chainingForm, submitChaining},
}

const (
	pendingTitle  = "Subscriptions that wait for approval"
	chainingTitle = "Chain a node to another"
)

func commandOf(node string) *command {
	i := slices.IndexFunc(commands, func(c command) bool { return c.node == node })
	if i < 0 {
		return nil
	}
	return &commands[i]
}

// discoCommands lists the service's commands (XEP-0050 § 2.2).
func (s *Service) discoCommands(q *hook.Request) []*xmpp.Element {
	list := make([]*xmpp.Element, 0, len(commands))
	for _, c := range commands {
		list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", q.Owner.String()).Set("node", c.node).Set("name", c.title))
	}
	return list
}

// discoCommand describes the service's commands; nil: the node is none.
func (s *Service) discoCommand(q *hook.Request, name string) *xmpp.Element {
	c := commandOf(name)
	if q.Owner.Local() != "" || name != ns.Commands && c == nil {
		return nil
	}
	kind, title := "command-list", "Commands"
	if c != nil {
		kind, title = "command-node", c.title
	}
	return xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "automation").Set("type", kind).Set("name", title),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Commands), xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.DataForm))
}

// command executes a command of the service. It needs no memory of its sessions: the form says all (XEP-0050 § 2.4).
func (s *Service) command(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	c := commandOf(q.Payload.Attr("node"))
	if c == nil {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "")
	}
	id := q.Payload.Attr("sessionid")
	if id == "" {
		id = xmpp.NewID()
	}
	if len(id) > maxID {
		return nil, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-sessionid"))
	}
	e := xmpp.El(ns.Commands, "command").Set("node", c.node).Set("sessionid", id)
	switch action := q.Payload.Attr("action"); {
	case action == "cancel":
		return e.Set("status", "canceled"), nil
	case !slices.Contains([]string{"", "execute", "complete", "next"}, action):
		return nil, xmpp.Refuse(stanza.BadRequest, "").WithApp(xmpp.El(ns.Commands, "bad-action"))
	}
	x := q.Payload.Child(ns.DataForm, "x")
	if x == nil {
		st := s.open(q.Owner)
		defer s.close(st)
		st.mu.Lock()
		defer st.mu.Unlock()
		form, err := c.form(ctx, s, st, q.From)
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
	return c.submit(ctx, s, q, e, values)
}

// waiting lists the nodes of an owner to which somebody wants to subscribe (XEP-0060 § 8.7.2).
func waiting(ctx context.Context, s *Service, st *state, who xmpp.JID) (*xmpp.Element, error) {
	list, err := s.ownedBy(ctx, st, who)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, forbidden() // § 8.7.3.3
	}
	f := xforms.Field("list-single", "pubsub#node", "Node")
	for _, n := range list {
		if slices.ContainsFunc(n.subscriptions, func(u *subscription) bool { return u.State == pending }) {
			xforms.Offer(f, "", n.name)
		}
	}
	return xforms.Titled(pendingTitle, "", ns.PubSubAuthorize).Add(f), nil
}

func submitPending(ctx context.Context, s *Service, q *hook.Request, e *xmpp.Element, v xforms.Values) (*xmpp.Element, error) {
	st := s.open(q.Owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	return e.Set("status", "completed"), s.askAgain(ctx, st, v.First("pubsub#node"), q.From)
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
