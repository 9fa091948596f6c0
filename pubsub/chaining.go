package pubsub

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
)

// Fields of the form by which an owner chains a node (XEP-0253 § 7.2), and one of our own, by which that is undone.
const (
	fieldLocalNode     = "local-node"
	fieldRemoteService = "remote-service"
	fieldRemoteNode    = "remote-node"
	fieldUndo          = "x-undo" // XEP-0068 § 3.4
)

// chainingForm asks an owner which node shall repeat which other, and tells what there is already (XEP-0253 § 2).
func chainingForm(ctx context.Context, s *Service, st *state, who xmpp.JID) (*xmpp.Element, error) {
	list, err := s.ownedBy(ctx, st, who)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, forbidden()
	}
	var now []string
	for _, n := range list {
		for _, l := range n.links() {
			if len(now) < maxAsked {
				now = append(now, n.name+": "+l.String())
			}
		}
	}
	x := xforms.Titled(chainingTitle, "The node gets what is published at another one, of this or any other service.", ns.PubSubChaining)
	if len(now) > 0 {
		x.Add(xforms.Field("fixed", "x-now", "Chained now", now...))
	}
	return x.Add(xforms.Need(xforms.Field("text-single", fieldLocalNode, "The node ID of the local node")),
		xforms.Need(xforms.Field("jid-single", fieldRemoteService, "The address of the remote service")),
		xforms.Need(xforms.Field("text-single", fieldRemoteNode, "The node ID of the remote node")),
		xforms.Field("boolean", fieldUndo, "Undo the chaining of these two", "0")), nil
}

// String says what a node is chained to, for people.
func (l *link) String() string {
	state := l.State
	if state == "" {
		state = "no answer yet"
	}
	return l.Node + " at " + l.Service.String() + " (" + state + ")"
}

// submitChaining takes the form of an owner: the node is chained, or that is undone. The owner hears what the remote service says,
// or after some seconds that it has not said anything yet.
func submitChaining(ctx context.Context, s *Service, q *hook.Request, e *xmpp.Element, v xforms.Values) (*xmpp.Element, error) {
	l, err := chainingOf(v)
	if err != nil {
		return nil, err
	}
	l.By = q.From.Bare()
	at, undo := storage.Node{Owner: q.Owner, Name: v.First(fieldLocalNode)}, v.True(fieldUndo)
	if err := s.noteChaining(ctx, at, &l, q.From, undo); err != nil {
		return nil, err
	}
	told := sync.Once{}
	tell := func(typ, text string) {
		told.Do(func() {
			note := xmpp.El(ns.Commands, "note").Set("type", typ).AddText(text)
			q.Reply(e.Set("status", "completed").Add(note), nil)
		})
	}
	late := time.AfterFunc(s.chains.patience, func() {
		guard.Call(s.Logger, "chaining without answer", func() { tell("warn", "The remote service has not answered yet; it goes on.") })
	})
	done := func(err error) {
		late.Stop()
		switch {
		case err != nil && undo:
			tell("warn", "The node is not chained any more. The remote service says about the subscription: "+reason(err))
		case err != nil:
			tell("error", "The remote service does not let the node subscribe: "+reason(err))
		case undo:
			tell("info", "The node is not chained any more.")
		case l.State == pending:
			tell("info", "The remote service has noted the subscription, and has to approve it.")
		default:
			tell("info", "The node is chained.")
		}
	}
	if undo {
		err = s.endLink(at, l, done)
	} else {
		err = s.beginLink(at, &l, done)
	}
	if err != nil {
		done(err)
	}
	return nil, hook.Later
}

// chainingOf reads the form's remote node.
func chainingOf(v xforms.Values) (l link, err error) {
	service, err := xmpp.ParseJID(v.First(fieldRemoteService))
	if err != nil || !service.IsBare() {
		return l, xmpp.Refuse(stanza.BadRequest, "The remote service is no bare address.")
	}
	l = link{Service: service, Node: v.First(fieldRemoteNode)}
	if v.First(fieldLocalNode) == "" || l.Node == "" || len(l.Node) > maxID {
		return l, xmpp.Refuse(stanza.BadRequest, "Name the local and the remote node.")
	}
	return l, nil
}

// noteChaining writes down what somebody wants with a node, who has to own it. What is undone is found in l.
func (s *Service) noteChaining(ctx context.Context, at storage.Node, l *link, who xmpp.JID, undo bool) error {
	st := s.open(at.Owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.existing(ctx, st, at.Name)
	if err != nil {
		return err
	}
	if err := s.mustOwn(ctx, st, n, who); err != nil {
		return err
	}
	if !undo {
		return s.chain(ctx, st, n, *l)
	}
	list := n.links()
	i := slices.IndexFunc(list, func(o link) bool { return o.is(l.Service, l.Node) })
	if i < 0 {
		return xmpp.Refuse(stanza.ItemNotFound, "The node is not chained to this one.")
	}
	*l = list[i]
	return s.setLinks(ctx, st, n, slices.Delete(list, i, i+1))
}

// beginLink subscribes a node to the remote one (XEP-0253 § 2), and takes the link back where that fails. done is called once.
func (s *Service) beginLink(at storage.Node, l *link, done func(error)) error {
	err := s.askLink(at, l, xmpp.El(ns.PubSub, "subscribe"), func(ctx context.Context, answer *xmpp.Element, err error) {
		if err != nil {
			s.takeBack(ctx, at, l, errors.Is(err, errSilent)) // it may have subscribed the node all the same
			done(err)
			return
		}
		there := false
		err = s.changeLink(ctx, at, l.Service, l.Node, func(o *link) bool {
			there = o.learn(answer.Child(ns.PubSub, "subscription"))
			l.State = o.State
			return there
		})
		if err == nil && !there {
			err = xmpp.Refuse(stanza.UnexpectedRequest, "There is no subscription.")
		}
		done(err)
	})
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		s.takeBack(ctx, at, l, false)
	}
	return err
}

// takeBack forgets a link that has come to nothing; unsubscribe where the remote service may have noted it.
func (s *Service) takeBack(ctx context.Context, at storage.Node, l *link, unsubscribe bool) {
	err := s.changeLink(ctx, at, l.Service, l.Node, func(*link) bool { return false })
	if unsubscribe {
		err = errors.Join(err, s.endLink(at, *l, func(error) {}))
	}
	if err != nil {
		s.Logger.Warn("chaining not taken back", "node", at.Name, "err", err)
	}
}

// endLink ends the subscription of a node that was chained.
func (s *Service) endLink(at storage.Node, l link, done func(error)) error {
	e := xmpp.El(ns.PubSub, "unsubscribe")
	if l.SubID != "" {
		e.Set("subid", l.SubID)
	}
	return s.askLink(at, &l, e, func(_ context.Context, _ *xmpp.Element, err error) { done(err) })
}

// errSilent is what is told of a service that has not answered.
var errSilent = xmpp.Refuse(stanza.RemoteServerTimeout, "It does not answer.")

// askLink asks a remote service for something with the subscription of a node (XEP-0060 § 6.1, § 6.2). No lock is held.
func (s *Service) askLink(at storage.Node, l *link, e *xmpp.Element, done func(context.Context, *xmpp.Element, error)) error {
	own, err := at.Owner.WithResource(at.Name)
	if err != nil {
		return err
	}
	e.Set("node", l.Node).Set("jid", own.String())
	iq := xmpp.NewIQ(own, l.Service, xmpp.TypeSet, "", xmpp.El(ns.PubSub, "pubsub", e))
	return s.Router.AskService(iq, func(answer *xmpp.Stanza, err error) {
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		defer cancel()
		if err != nil {
			done(ctx, nil, errSilent)
			return
		}
		tree, err := answer.Tree()
		if err == nil && answer.Type == xmpp.TypeError {
			err = answeredWith(tree)
		}
		if err != nil {
			done(ctx, nil, err)
			return
		}
		done(ctx, tree.Child(ns.PubSub, "pubsub"), nil)
	})
}

// answeredWith is the error that a service has answered with.
func answeredWith(iq *xmpp.Element) error {
	e := iq.Child(ns.Client, "error")
	condition, text := stanza.UndefinedCondition, e.ChildText(ns.Stanzas, "text")
	for c := range e.Elements() {
		switch {
		case c.Space == ns.Stanzas && c.Local != "text":
			condition = stanza.Condition(c.Local)
		case c.Space == ns.PubSubErrors:
			text = strings.TrimSpace("(" + c.Local + ") " + text)
		}
	}
	return xmpp.Refuse(condition, text)
}

// maxReason is how much of what a remote service says is passed on, in bytes.
const maxReason = 500

// reason is an error for people: its condition and its text.
func reason(err error) string {
	var r *xmpp.Refusal
	if !errors.As(err, &r) {
		return "it cannot be asked now."
	}
	text := string(r.Stanza.Condition)
	for _, t := range r.Stanza.Text {
		if t != "" {
			text += ": " + t
		}
	}
	for i := min(len(text), maxReason); i < len(text); i-- {
		if utf8.RuneStart(text[i]) {
			return text[:i] + "…"
		}
	}
	return text
}

// describe answers who wants to know what subscribes with the address of a node: that it is a node may be a reason to decline it
// (XEP-0253 § 5). Who may discover the node learns it, and who it is chained to.
func (s *Service) describe(p *hook.Packet) error {
	c := p.Find(ns.DiscoInfo, "query")
	q, err := p.Element(c)
	if err != nil || q.Attr("node") != "" {
		return xmpp.Refuse(stanza.ItemNotFound, "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	st := s.open(p.To.Bare())
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, p.To.Resource())
	if err != nil {
		return err
	}
	if n == nil || !slices.ContainsFunc(n.links(), func(l link) bool { return l.Service == p.From }) &&
		s.mayRead(ctx, st, n, p.From, true) != nil {
		return xmpp.Refuse(stanza.ItemNotFound, "")
	}
	e := xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "pubsub").Set("type", s.value(st, n, fieldNodeType)),
		xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.DiscoInfo))
	f := xmpp.FrameOf(xmpp.NewIQ(p.To, p.From, xmpp.TypeResult, p.ID(), e))
	if p.Session != nil {
		p.Session.Send(f)
		return nil
	}
	return s.Router.SendFrame(f)
}
