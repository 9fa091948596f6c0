package archive

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// deliver sends the results, each in a message of the archive's (XEP-0313 § 4.2).
func (a *Archive) deliver(q *hook.Request, w *wish, list []storage.Record) {
	if w.flipped { // § 4.3.4: the same page, the newest first
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	head, size := w.resultHead(), 0
	for i := range list {
		size += len(head) + len(list[i].Stanza) + resultRoom
	}
	b := make([]byte, 0, size) // one buffer for all frames, which are never changed
	for i := range list {
		from := len(b)
		b = appendResult(b, head, &list[i])
		f := xmpp.Frame{Kind: xmpp.Message, To: q.From, Tail: b[from:len(b):len(b)]}
		if q.Session != nil {
			if !q.Session.Send(f) {
				return
			}
		} else if err := a.Router.SendFrame(f); err != nil {
			a.Logger.Error("archive result not sent", "archive", w.Owner.String(), "err", err)
			return
		}
	}
}

// resultRoom is about what a result adds to the stanza and the head.
const resultRoom = 192

// resultHead is what all results of a query begin with.
func (w *wish) resultHead() []byte {
	b := append(make([]byte, 0, 256), ` from="`...)
	b = xmpp.AppendEscaped(b, w.Owner.String())
	b = append(b, `"><result xmlns="urn:xmpp:mam:2"`...)
	if w.id != "" {
		b = append(b, ` queryid="`...)
		b = xmpp.AppendEscaped(b, w.id)
		b = append(b, '"')
	}
	return append(b, ` id="`...)
}

func appendResult(b, head []byte, r *storage.Record) []byte {
	b = append(b, head...)
	b = strconv.AppendInt(b, r.ID, 10)
	b = append(b, `"><forwarded xmlns="urn:xmpp:forward:0">`...)
	b = appendDelay(b, "", r.Time())
	b = append(b, r.Stanza...) // nothing where the message was taken away (§ 3.2)
	return append(b, `</forwarded></result></message>`...)
}

// fin is the answer behind the results (XEP-0313 § 4, § 4.3.2).
func fin(w *wish, list []storage.Record, page storage.Page) *xmpp.Element {
	set := xmpp.El(ns.RSM, "set")
	if len(list) > 0 {
		first := xmpp.El(ns.RSM, "first").AddText(strconv.FormatInt(list[0].ID, 10))
		if page.First >= 0 {
			first.Set("index", strconv.Itoa(page.First))
		}
		set.Add(first, xmpp.El(ns.RSM, "last").AddText(strconv.FormatInt(list[len(list)-1].ID, 10)))
	}
	if page.Count < 0 && page.Complete && w.After == 0 && w.Before == 0 {
		page.Count = len(list) // it is the whole result
	}
	if page.Count >= 0 {
		set.Add(xmpp.El(ns.RSM, "count").AddText(strconv.Itoa(page.Count)))
	}
	e := xmpp.El(ns.MAM, "fin", set)
	if page.Complete {
		e.Set("complete", "true")
	}
	return e
}

// metadata tells where the archive begins and ends (XEP-0313 § 5), for somebody for whom it begins at since.
func (a *Archive) metadata(ctx context.Context, owner xmpp.JID, since time.Time) (*xmpp.Element, error) {
	e, _, err := a.describe(ctx, owner, since)
	return e, err
}

// describe is metadata with the last row's number, 0 for an empty archive.
func (a *Archive) describe(ctx context.Context, owner xmpp.JID, since time.Time) (e *xmpp.Element, end int64, err error) {
	e = xmpp.El(ns.MAM, "metadata")
	first, last, err := a.Store.Bounds(ctx, owner)
	if errors.Is(err, storage.ErrNotFound) {
		return e, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if !since.IsZero() {
		list, _, err := a.Store.Query(ctx, storage.Query{Owner: owner, Start: since, Max: 1})
		if err != nil || len(list) == 0 {
			return e, 0, err
		}
		first = list[0]
	}
	row := func(name string, r *storage.Record) *xmpp.Element {
		return xmpp.El(ns.MAM, name).Set("id", strconv.FormatInt(r.ID, 10)).Set("timestamp", r.Time().Format(stampFormat))
	}
	return e.Add(row("start", &first), row("end", &last)), last.ID, nil
}

// form lists the fields of a query (XEP-0313 § 4.1.5).
func (a *Archive) form(owner xmpp.JID) *xmpp.Element {
	x := xmpp.El(ns.DataForm, "x").Set("type", "form")
	field := func(typ, name string, children ...*xmpp.Element) {
		x.Add(xmpp.El(ns.DataForm, "field", children...).Set("type", typ).Set("var", name))
	}
	field("hidden", "FORM_TYPE", xmpp.El(ns.DataForm, "value").AddText(ns.MAM))
	field("jid-single", "with")
	field("text-single", "start")
	field("text-single", "end")
	field("text-single", "before-id")
	field("text-single", "after-id")
	field("text-single", fullText)
	field("list-multi", "ids", xmpp.El(validate, "validate", xmpp.El(validate, "open")).Set("datatype", "xs:string"))
	if a.account(owner) {
		field("boolean", "include-groupchat")
	}
	return xmpp.El(ns.MAM, "query", x)
}

const validate = "http://jabber.org/protocol/xdata-validate" // XEP-0122
