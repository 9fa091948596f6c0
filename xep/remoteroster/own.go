package remoteroster

import (
	"context"
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// list tells an account whom it has allowed to manage contacts (§ 4.5).
func (m *RemoteRoster) list(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	return m.query(ctx, q.Owner)
}

// query is who may manage contacts of an account (§ 4.5).
func (m *RemoteRoster) query(ctx context.Context, account xmpp.JID) (*xmpp.Element, error) {
	list, err := m.grants.all(ctx, account)
	if err != nil {
		return nil, err
	}
	query := xmpp.El(ns.RosterManagement, "query")
	for _, g := range list {
		if g.State != stateAllowed {
			continue
		}
		item := xmpp.El(ns.RosterManagement, "item").Set("jid", g.Entity.String())
		if g.Reason != "" {
			item.Set("reason", g.Reason)
		}
		query.Add(item)
	}
	return query, nil
}

// Allowed lists whom an account has allowed to manage contacts, with their reasons.
func (m *RemoteRoster) Allowed(ctx context.Context, account xmpp.JID) (map[xmpp.JID]string, error) {
	list, err := m.grants.all(ctx, account)
	if err != nil {
		return nil, err
	}
	reasons := map[xmpp.JID]string{}
	for _, g := range list {
		if g.State == stateAllowed {
			reasons[g.Entity] = g.Reason
		}
	}
	return reasons, nil
}

// Revoke ends what an account has allowed, and tells the entity.
func (m *RemoteRoster) Revoke(ctx context.Context, account, entity xmpp.JID) error {
	g, err := m.grants.take(ctx, account, entity, m.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return xmpp.Refuse(stanza.ItemNotFound, "Nothing is allowed to this address.")
	}
	if err != nil {
		return err
	}
	m.tell(account, &g, answer(rejected))
	return nil
}

// refuse takes from an account that an entity shall not manage contacts any more (§ 4.5): the one that the request was sent to,
// or those that its items name.
func (m *RemoteRoster) refuse(ctx context.Context, account, entity xmpp.JID, query *xmpp.Element) error {
	if typ := query.Attr("type"); typ != reject && typ != rejected {
		return xmpp.Refuse(stanza.BadRequest, "The type of the query is reject.")
	}
	var list []xmpp.JID
	if !entity.IsZero() {
		list = append(list, entity)
	}
	for e := range query.Elements() {
		if !e.Is(ns.RosterManagement, "item") {
			continue
		}
		j, err := xmpp.ParseJID(e.Attr("jid"))
		if err != nil {
			return xmpp.Refuse(stanza.JIDMalformed, "")
		}
		list = append(list, j.Bare())
	}
	if len(list) == 0 {
		return xmpp.Refuse(stanza.BadRequest, "The query names nobody.")
	}
	for _, j := range list {
		if err := m.Revoke(ctx, account, j); err != nil {
			return err
		}
	}
	return nil
}

// named answers what an account asks and says of its own list at the address of an entity, or of its domain, as the
// examples of § 4.5 do: it is for the server. Storage is read on a goroutine of the module.
func (m *RemoteRoster) named(p *hook.Packet) error {
	if p.Kind != xmpp.IQ || p.Session == nil || len(p.Children) != 1 || p.Children[0].Space != ns.RosterManagement ||
		p.Type != xmpp.TypeGet && p.Type != xmpp.TypeSet || p.To.IsZero() || p.To.Bare() == p.From.Bare() {
		return nil
	}
	domain, entity := p.To == p.From.DomainJID(), p.To.Bare()
	if !domain && !m.Config.Of(p.From.Domain()).names(entity) {
		return nil
	}
	query, err := p.Element(&p.Children[0])
	if err != nil || !query.Is(ns.RosterManagement, "query") || len(p.Attr("id")) == 0 {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	typ := query.Attr("type")
	switch {
	case p.Type == xmpp.TypeSet && !domain && typ != reject && typ != rejected:
		return nil // a request of one account to another, which is an entity, too
	case domain:
		entity = xmpp.JID{}
	}
	get, s, from, to, id := p.Type == xmpp.TypeGet, p.Session, p.To, p.From, p.ID()
	ok := m.tasks.add(func(ctx context.Context) {
		var result *xmpp.Element
		var err error
		if get {
			result, err = m.query(ctx, to.Bare())
		} else {
			err = m.refuse(ctx, to.Bare(), entity, query)
		}
		m.reply(s, from, to, id, result, err)
	})
	if !ok {
		return xmpp.Refuse(stanza.ResourceConstraint, "")
	}
	return hook.Drop
}

// reply answers a client in the name of whom it has asked.
func (m *RemoteRoster) reply(s hook.Session, from, to xmpp.JID, id string, result *xmpp.Element, err error) {
	typ := xmpp.TypeResult
	if err != nil {
		e, seen := xmpp.ErrorElement(err)
		if !seen {
			m.Logger.Error("request failed", "from", to.String(), "to", from.String(), "err", err)
		}
		typ, result = xmpp.TypeError, e
	}
	s.Send(xmpp.FrameOf(xmpp.NewIQ(from, to, typ, id, result)))
}
