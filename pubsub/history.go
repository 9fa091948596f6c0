package pubsub

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// Bounds of a page of a node's archive.
const (
	usualPage = 50
	mostPage  = 250
)

// past is which of a node's items somebody wants as from an archive (XEP-0313 § 4.1).
type past struct {
	id                string // queryid
	with              xmpp.JID
	start, end        time.Time
	afterID, beforeID string
	ids               []string
	page              rsm.Request
	flipped           bool
}

// History answers a query for the archive of a node (XEP-0442): its items, each as the notification that it was. What was
// replaced or removed is not there any more.
func (s *Service) History(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	name := q.Payload.Attr("node")
	if name == "" {
		return nil, xmpp.Refuse(stanza.BadRequest, "The service has archives of its nodes; name one.")
	}
	if q.Type == xmpp.TypeGet {
		return pastForm(), nil
	}
	want, err := parsePast(q.Payload)
	if err != nil {
		return nil, err
	}
	st := s.open(q.Owner)
	defer s.close(st)
	n, err := s.archived(ctx, st, name, q)
	if err != nil {
		return nil, err
	}
	list, err := s.read(ctx, st.owner, name, 0, nil)
	if err != nil {
		return nil, err
	}
	if list, err = want.filter(s.fresh(st, n, list), func(it *storage.Item) bool { return s.from(st, n, it, want.with) }); err != nil {
		return nil, err
	}
	page, note, err := rsm.Cut(list, want.page, min(mostPage, max(usualPage, want.page.Max)), archiveID)
	if err != nil {
		return nil, err
	}
	back := want.page.Before != "" || want.page.Last
	if short := fit(page, !back); len(short) < len(page) {
		at := slices.IndexFunc(list, func(it storage.Item) bool { return it.Seq == short[0].Seq })
		page, note = short, rsm.Note(archiveID(short[0]), archiveID(short[len(short)-1]), at, len(list))
	}
	s.deliver(st, n, q, want, page)
	fin := xmpp.El(ns.MAM, "fin", note)
	if len(page) == 0 && want.page.Max != 0 || len(page) > 0 && (back && page[0].Seq == list[0].Seq || !back && page[len(page)-1].Seq == list[len(list)-1].Seq) {
		fin.Set("complete", "true")
	}
	return fin, nil
}

// archived returns a node whose items who asks may read.
func (s *Service) archived(ctx context.Context, st *state, name string, q *hook.Request) (*node, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.existing(ctx, st, name)
	if err != nil {
		return nil, err
	}
	if err := s.mayRead(ctx, st, n, q.From, false); err != nil {
		return nil, err
	}
	if s.isCollection(st, n) || !s.on(st, n, FieldPersist) || n.own != nil && n.own.Virtual != nil {
		return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "This node has no archive.")
	}
	return s.snapshot(st, n), nil
}

func archiveID(it storage.Item) string { return strconv.FormatInt(it.Seq, 10) }

// from tells whether an item came from somebody, as far as the node says who has published: else all come from the service.
func (s *Service) from(st *state, n *node, it *storage.Item, with xmpp.JID) bool {
	if with.IsZero() || with == st.owner {
		return true
	}
	return s.value(st, n, fieldItemReply) == replyPublish && it.Publisher.Bare() == with.Bare()
}

// parsePast reads a query (XEP-0313 § 4).
func parsePast(e *xmpp.Element) (*past, error) {
	w := &past{id: e.Attr("queryid"), flipped: e.Child(ns.MAM, "flip-page") != nil}
	if len(w.id) > maxID {
		return nil, xmpp.Refuse(stanza.BadRequest, fmt.Sprintf("The queryid is too long: %d bytes at most.", maxID))
	}
	var err error
	if w.page, err = rsm.Parse(e.Child(ns.RSM, "set")); err != nil {
		return nil, err
	}
	x := e.Child(ns.DataForm, "x")
	if x == nil {
		return w, nil
	}
	values, err := xforms.Read(x)
	if err != nil || values.Type() != ns.MAM {
		return nil, xmpp.Refuse(stanza.BadRequest, "This is no form of a query.")
	}
	for name := range values {
		bad := false
		switch v := values.First(name); name {
		case "FORM_TYPE":
		case "with":
			w.with, err = xmpp.ParseJID(v)
		case "start":
			w.start, err = time.Parse(time.RFC3339, v)
		case "end":
			w.end, err = time.Parse(time.RFC3339, v)
		case "after-id":
			w.afterID, bad = v, v == ""
		case "before-id":
			w.beforeID, bad = v, v == ""
		case "ids":
			w.ids = values.List(name)
			bad = len(w.ids) == 0 || len(w.ids) > mostPage
		default:
			return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "There is no such field.") // § 4.1.5
		}
		if err != nil || bad {
			return nil, xmpp.Refuse(stanza.BadRequest, "A field has a value that it cannot have.")
		}
	}
	return w, nil
}

// filter leaves the items that are wanted. Ids that are not there are an error (XEP-0313 § 4.1.3).
func (w *past) filter(list []storage.Item, from func(*storage.Item) bool) ([]storage.Item, error) {
	there := map[string]int64{}
	for i := range list {
		there[archiveID(list[i])] = list[i].Seq
	}
	for _, id := range append([]string{w.afterID, w.beforeID}, w.ids...) {
		if _, ok := there[id]; id != "" && !ok {
			return nil, xmpp.Refuse(stanza.ItemNotFound, "This item is not in the archive.")
		}
	}
	out := make([]storage.Item, 0, len(list))
	for i := range list {
		it := &list[i]
		switch {
		case !w.start.IsZero() && it.At.Before(w.start), !w.end.IsZero() && it.At.After(w.end),
			w.afterID != "" && it.Seq <= there[w.afterID], w.beforeID != "" && it.Seq >= there[w.beforeID],
			len(w.ids) > 0 && !slices.Contains(w.ids, archiveID(*it)), !from(it):
			continue
		}
		out = append(out, *it)
	}
	return out, nil
}

// deliver sends the results, each item in a message of its own, which is as the notification was (XEP-0442 § 3).
func (s *Service) deliver(st *state, n *node, q *hook.Request, w *past, page []storage.Item) {
	if w.flipped {
		page = slices.Clone(page)
		slices.Reverse(page)
	}
	for i := range page {
		it := &page[i]
		inner := xmpp.El(ns.Client, "message", s.itemsEvent(st, n, []storage.Item{*it}), originOf(it).ofrom(), s.replyFor(st, it.Publisher, q.From)).
			Set("from", st.owner.String()).Set("type", s.value(st, n, fieldNotifyType))
		result := xmpp.El(ns.MAM, "result", xmpp.El(ns.Forward, "forwarded",
			xmpp.El(ns.Delay, "delay").Set("stamp", it.At.UTC().Format(time.RFC3339Nano)), inner))
		if w.id != "" {
			result.Set("queryid", w.id)
		}
		f := xmpp.FrameOf(xmpp.NewMessage(st.owner, q.From, "", result.Set("id", archiveID(*it))))
		if q.Session == nil {
			s.send(f, q.From)
		} else if !q.Session.Send(f) {
			return
		}
	}
}

// pastForm lists the fields of a query (XEP-0313 § 4.1.5).
func pastForm() *xmpp.Element {
	x := xforms.New("form", ns.MAM).Add(xforms.Field("jid-single", "with", ""))
	for _, name := range []string{"start", "end", "before-id", "after-id"} {
		x.Add(xforms.Field("text-single", name, ""))
	}
	return xmpp.El(ns.MAM, "query", x.Add(xforms.Field("list-multi", "ids", "")))
}
