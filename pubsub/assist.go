package pubsub

import (
	"context"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// featureAssist says that displayed states may come with messages (XEP-0490 § 4.5.2).
const featureAssist = "urn:xmpp:mds:server-assist:0"

// assist takes the displayed state out of a message of a client, and publishes it for the account's other clients: the item is
// named after whom the message is for (XEP-0490 § 4.5.3). It is gone before anybody else, the archive or a carbon sees it (§ 5.2).
func (s *Service) assist(p *hook.Packet) error {
	if p.Kind != xmpp.Message || p.Type == xmpp.TypeError {
		return nil
	}
	for i := range p.Children {
		c := &p.Children[i]
		if !c.Is(Displayed, "displayed") {
			continue
		}
		p.Strip(i)
		e, err := p.Element(c)
		if err != nil {
			return err
		}
		to := p.To
		if to.IsZero() {
			to = p.From.Bare()
		}
		s.publishDisplayed(p.From, to, p.Session, e)
	}
	return nil
}

// publishDisplayed publishes a displayed state on behalf of a client. What is wrong with it is the client's loss: the message
// goes on.
func (s *Service) publishDisplayed(from, chat xmpp.JID, by hook.Session, e *xmpp.Element) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if by != nil {
		ctx = context.WithValue(ctx, payerKey{}, by)
	}
	it := &storage.Item{ID: chat.String(), Publisher: from, Payload: e.Append(nil, "")}
	st := s.open(from.Bare())
	defer s.close(st)
	err := s.publish(ctx, st, &publication{owner: st.owner, from: from, node: Displayed, item: it})
	if err != nil && !refused(err) {
		s.Logger.Warn("displayed state not published", "owner", st.owner.String(), "err", err)
	}
}
