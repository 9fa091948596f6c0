package pubsub

import (
	"context"
	"slices"
	"strings"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// mailing is one notification on its way to many. What it is for everybody is written once; who gets something more shares
// that with others who get the same.
type mailing struct {
	base   xmpp.Frame
	id     string            // of the notification
	node   string            // that it is of
	told   map[xmpp.JID]bool // accounts of whom interested sessions were told, these sessions, and subscribers
	copies int
	ways   []way
}

// way is what some get beside the event.
type way struct {
	more string // XML
	to   []xmpp.JID
}

// add sends a copy to somebody who gets more beside the event.
func (m *mailing) add(to xmpp.JID, more ...*xmpp.Element) {
	var b []byte
	for _, e := range more {
		if e != nil {
			b = e.Append(b, ns.Client)
		}
	}
	m.copies++
	m.told[to] = true
	i := slices.IndexFunc(m.ways, func(w way) bool { return w.more == string(b) })
	if i < 0 {
		i = len(m.ways)
		m.ways = append(m.ways, way{more: string(b)})
	}
	m.ways[i].to = append(m.ways[i].to, to)
}

// send sends all copies.
func (m *mailing) send(s *Service) {
	if len(m.ways) > 0 {
		s.bounces.sent(m.id, m.node)
	}
	for _, w := range m.ways {
		f := m.base
		if w.more != "" {
			f.Tail = xmpp.AppendToTail(slices.Clone(f.Tail), f.Kind, []byte(w.more))
		}
		s.send(f, w.to...)
	}
}

// toSubscribers adds those who have subscribed to the node itself: one copy for an address, whatever number of
// subscriptions it has (XEP-0060 § 6.1.6, § 7.1.2.4). Who may not read the node any more loses the subscription
// (XEP-0163 § 7.1).
func (s *Service) toSubscribers(ctx context.Context, st *state, n *node, e notice, m *mailing) {
	present := s.on(st, n, fieldPresence)
	var lost []*subscription
	for i := 0; i < len(n.subscriptions); {
		who, from := n.subscriptions[i].JID, i
		for i < len(n.subscriptions) && n.subscriptions[i].JID == who {
			i++
		}
		list := n.subscriptions[from:i]
		if m.told[who] {
			continue
		}
		var ids []string
		body := false
		for _, u := range list {
			if s.due(u, e, present) {
				ids = append(ids, u.ID)
				body = body || u.option(optionBody) == "1"
			}
		}
		if len(ids) == 0 {
			continue
		}
		if err := s.mayRead(ctx, st, n, who, false); err != nil && !e.all {
			if refused(err) {
				lost = append(lost, list...)
			}
			continue
		}
		if len(list) == 1 || !e.ids {
			ids = nil
		}
		m.add(who, s.replyFor(st, e.by, who), s.body(st, n, e, body), headers(headerSubID, ids))
	}
	for _, u := range lost {
		if err := s.decide(ctx, st, n, u, false); err != nil {
			s.Logger.Warn("subscription not ended", "node", n.name, "subscriber", u.JID.String(), "err", err)
		}
	}
}

// due tells whether a subscription wants a notice now.
func (s *Service) due(u *subscription, e notice, present bool) bool {
	if u.State != subscribed && !e.all {
		return false
	}
	if u.option(optionDeliver) != "1" {
		return false
	}
	show := lines(u.option(optionShow))
	if !present && len(show) == 0 || !s.account(u.JID) { // of others it is not known
		return true
	}
	now := s.shows(u.JID)
	if len(show) == 0 {
		return len(now) > 0 // § 12.6
	}
	return slices.ContainsFunc(now, func(v string) bool { return slices.Contains(show, v) })
}

// maxBody is how long a text for people may be, in bytes.
const maxBody = 4096

// body is the text for people who want one, of payloads that we understand (XEP-0060 § 12.8); nil: none.
func (s *Service) body(st *state, n *node, e notice, wanted bool) *xmpp.Element {
	if !wanted || e.item == nil || e.item.Payload == nil || s.value(st, n, fieldType) != atom {
		return nil
	}
	text := atomText(e.item)
	if text == "" {
		return nil
	}
	return xmpp.El(ns.Client, "body").AddText(text)
}

// atomText makes a text of an Atom entry: its title, and its summary or content.
func atomText(it *storage.Item) string {
	entry, err := xmpp.ParseElement(it.Payload, "")
	if err != nil || !entry.Is(atom, "entry") {
		return ""
	}
	text := strings.TrimSpace(entry.ChildText(atom, "title"))
	for _, name := range []string{"summary", "content"} {
		if more := strings.TrimSpace(entry.ChildText(atom, name)); more != "" {
			text = strings.TrimSpace(text + "\n" + more)
			break
		}
	}
	if len(text) > maxBody {
		text = strings.ToValidUTF8(text[:maxBody], "")
	}
	return text
}
