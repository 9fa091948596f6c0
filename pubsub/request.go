package pubsub

import (
	"context"
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// call is one request: the child of <pubsub/> that says what is wanted, and the node that it is about.
type call struct {
	q    *hook.Request
	st   *state
	e    *xmpp.Element
	node string
}

// verb answers one kind of request.
type verb func(ctx context.Context, s *Service, c *call) (*xmpp.Element, error)

// The requests that are answered, by the name of the child of <pubsub/>: what anybody asks and does (XEP-0060 § 5 to 7),
// and what owners ask and do (§ 8).
var (
	askers = map[string]verb{
		"items": retrieve, "subscriptions": listSubscriptions, "affiliations": listAffiliations, "default": askDefaultOptions,
		"options": askOptions,
	}
	changers = map[string]verb{
		"create": createNode, "publish": publishItem, "retract": retractItem, "subscribe": subscribe, "unsubscribe": unsubscribe,
		"options": setOptions,
	}
	ownerAskers = map[string]verb{
		"configure": askConfiguration, "default": askDefault, "affiliations": ownerAffiliations, "subscriptions": ownerSubscriptions,
	}
	ownerChangers = map[string]verb{
		"configure": setConfiguration, "delete": deleteNode, "purge": purgeNode, "affiliations": setAffiliations,
		"subscriptions": setSubscriptions, "collection": associate,
	}
)

// public answers strangers to an account: with what is open to everybody, or as if there were no account, which costs the
// same (RFC 6121 § 8.5.1). What XEP-0060 says to those who may not would tell them that there is one.
func (s *Service) public(answer hook.RequestHandler) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		if !q.Stranger {
			return answer(ctx, q)
		}
		there := s.Router.IsAccount(q.Owner)
		if err := s.ready(ctx, q.Owner); err != nil {
			return nil, err
		}
		if !there {
			s.nobodyAt(q.Owner)
		}
		if there {
			e, err := answer(ctx, q)
			var refused *xmpp.Refusal
			if !errors.As(err, &refused) && !nothing(e) {
				return e, err
			}
		}
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "")
	}
}

// nothing tells whether an answer is a list of what somebody is here, and that is nothing (XEP-0060 § 5.6, § 5.7).
func nothing(e *xmpp.Element) bool {
	for _, name := range []string{"subscriptions", "affiliations"} {
		if list := e.Child(ns.PubSub, name); list != nil {
			return len(list.Nodes) == 0
		}
	}
	return false
}

// ready reads the nodes of an owner.
func (s *Service) ready(ctx context.Context, owner xmpp.JID) error {
	st := s.open(owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	return s.load(ctx, st)
}

// answer answers a request by the first child of <pubsub/>; what else is in it belongs to that.
func (s *Service) answer(verbs map[string]verb) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		for e := range q.Payload.Elements() {
			f := verbs[e.Local]
			if e.Space != q.Payload.Space || f == nil {
				continue
			}
			c := &call{q: q, st: s.open(q.Owner), e: e, node: e.Attr("node")}
			defer s.close(c.st)
			if q.Session != nil && q.Type == xmpp.TypeSet {
				ctx = context.WithValue(ctx, payerKey{}, q.Session)
			}
			return f(ctx, s, c)
		}
		return nil, xmpp.Refuse(stanza.BadRequest, "")
	}
}
