package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Bounds of a query.
const (
	defaultPage  = 50
	maxPage      = 250
	maxIDs       = 250
	maxQueryID   = 1024    // bytes; it comes back with every result
	maxPageBytes = 1 << 20 // of what is read and sent at once (XEP-0313 § 4.3.1)
	maxText      = 1024    // bytes
)

// A search for words costs who asks for it as if it were copied so many times, and once more for so many messages that have them: with
// the defaults six searches that find 20,000 messages come at once, and then one in three seconds.
const (
	searchCopies = 50
	foundPerCopy = 4
)

// fullText is the field of a search for words (XEP-0431 § 3.1).
const fullText = "{" + ns.FullText + "}fulltext"

// groupchatField says that the field include-groupchat is understood; the archives of accounts hold no messages of
// rooms (XEP-0313 § 4.1.4, § 7).
const groupchatField = "urn:xmpp:mam:2#groupchat-field"

// own answers requests to an account's archive: its own only (XEP-0313 § 8.1).
func (a *Archive) own(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if a.nodes != nil && q.Payload.Is(ns.MAM, "query") && q.Payload.Attr("node") != "" {
		return a.nodes(ctx, q)
	}
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "This archive belongs to somebody else.")
	}
	return a.Query(ctx, q, q.Owner, time.Time{}, nil)
}

// Query answers a request to an archive: a query, for the form of a query, for the archive's metadata. Whoever calls it
// has checked that the archive may be read, but for what is older than since: that is not there for who asks; the zero time
// is that of everything. show, where it is not nil, makes of a kept message what who asks may see of it. The results go to
// whoever asks, before the answer.
func (a *Archive) Query(ctx context.Context, q *hook.Request, owner xmpp.JID, since time.Time, show func(stanza []byte) []byte) (*xmpp.Element, error) {
	switch {
	case q.Payload.Is(ns.MAM, "metadata") && q.Type == xmpp.TypeGet:
		return a.metadata(ctx, owner, since)
	case !q.Payload.Is(ns.MAM, "query"):
		return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "")
	case q.Payload.Attr("node") != "": // XEP-0442
		return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "There are no archives of nodes here.")
	case q.Type == xmpp.TypeGet:
		return a.form(owner), nil
	}
	w, err := a.parse(q.Payload, owner)
	if err == nil && !since.IsZero() {
		err = w.begin(since)
	}
	if err != nil {
		return nil, err
	}
	a.unretracted(ctx, owner)
	list, page, err := a.Store.Query(ctx, w.Query)
	if w.Text != "" {
		hook.Charge(q.Session, searchCopies+page.Found/foundPerCopy, 0)
	}
	if errors.Is(err, storage.ErrNotFound) { // XEP-0313 § 4.1.3, § 4.3.2
		return nil, xmpp.Refuse(stanza.ItemNotFound, "This message is not in the archive.")
	}
	if errors.Is(err, storage.ErrNotReady) {
		return nil, xmpp.Refuse(stanza.ResourceConstraint, "The archive is being made ready for searching. Please try again in a moment.")
	}
	if err != nil {
		return nil, err
	}
	if show != nil {
		for i := range list {
			list[i].Stanza = show(list[i].Stanza)
		}
	}
	a.deliver(q, w, list)
	return fin(w, list, page), nil
}

// wish is a query as it was asked.
type wish struct {
	storage.Query
	id      string // queryid; "" for none
	flipped bool
}

// begin leaves out what is older than since, as if it were not in the archive.
func (w *wish) begin(since time.Time) error {
	if since.After(w.Start) {
		w.Start = since
	}
	for _, id := range append([]int64{w.AfterID, w.BeforeID, w.After, w.Before}, w.IDs...) {
		if id != 0 && id < since.UnixMicro() {
			return xmpp.Refuse(stanza.ItemNotFound, "This message is not in the archive.") // XEP-0313 § 4.1.3, § 4.3.2
		}
	}
	return nil
}

// parse reads a query (XEP-0313 § 4).
func (a *Archive) parse(e *xmpp.Element, owner xmpp.JID) (*wish, error) {
	w := &wish{Query: storage.Query{Owner: owner, Max: defaultPage, MaxBytes: maxPageBytes}, id: e.Attr("queryid")}
	if len(w.id) > maxQueryID {
		return nil, bad("The queryid is too long.")
	}
	for c := range e.Elements() {
		var err error
		switch {
		case c.Is(ns.DataForm, "x"):
			err = a.parseForm(w, c)
		case c.Is(ns.RSM, "set"):
			err = w.parseSet(c)
		case c.Is(ns.MAM, "flip-page"): // § 4.3.4
			w.flipped = true
		}
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

// parseForm reads the filter (XEP-0313 § 4.1).
func (a *Archive) parseForm(w *wish, x *xmpp.Element) error {
	if x.Attr("type") != "submit" {
		return bad("The form has not the type submit.")
	}
	var seen []string
	for f := range x.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		name := f.Attr("var")
		if slices.Contains(seen, name) {
			return bad("A field is there twice.")
		}
		seen = append(seen, name)
		if err := a.field(w, name, values(f)); err != nil {
			return err
		}
	}
	if !slices.Contains(seen, "FORM_TYPE") {
		return bad("The form does not say its FORM_TYPE.")
	}
	return nil
}

func values(f *xmpp.Element) (list []string) {
	for v := range f.Elements() {
		if v.Is(ns.DataForm, "value") {
			list = append(list, v.Text())
		}
	}
	return list
}

func (a *Archive) field(w *wish, name string, list []string) (err error) {
	switch name {
	case "ids": // § 4.1.3
		return w.parseIDs(list)
	case "include-groupchat": // § 4.1.4
		if !a.account(w.Owner) {
			break
		}
		if len(list) != 1 || !slices.Contains([]string{"true", "false", "1", "0"}, list[0]) {
			return bad("include-groupchat is true or false.")
		}
		return nil
	}
	known := slices.Contains([]string{"FORM_TYPE", "with", "start", "end", "before-id", "after-id", fullText}, name)
	if !known {
		return xmpp.Refuse(stanza.FeatureNotImplemented, "There is no such field.") // § 4.1.5
	}
	if len(list) != 1 {
		return bad("A field needs one value.")
	}
	switch v := list[0]; name {
	case "FORM_TYPE":
		if v != ns.MAM {
			err = bad("This is another form.")
		}
	case "with": // § 4.1.1
		if w.With, err = xmpp.ParseJID(v); err != nil {
			err = bad("with is no address.")
		}
	case "start": // § 4.1.2
		w.Start, err = parseTime(v)
	case "end":
		w.End, err = parseTime(v)
	case "before-id": // § 4.1.3
		w.BeforeID, err = parseID(v)
	case "after-id":
		w.AfterID, err = parseID(v)
	case fullText: // XEP-0431 § 2.2; an empty one is none
		if w.Text = v; len(v) > maxText {
			err = bad(fmt.Sprintf("A search may have %d bytes of text.", maxText))
		}
	}
	return err
}

func (w *wish) parseIDs(list []string) error {
	if len(list) > maxIDs {
		return xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("%d messages may be asked for at once.", maxIDs))
	}
	w.IDs = []int64{}
	for _, v := range list {
		id, err := parseID(v)
		if err != nil {
			return err
		}
		w.IDs = append(w.IDs, id)
	}
	return nil
}

// parseSet reads which page is wanted (XEP-0059 § 2).
func (w *wish) parseSet(set *xmpp.Element) (err error) {
	for c := range set.Elements() {
		switch v := c.Text(); {
		case c.Is(ns.RSM, "max"):
			n, err := strconv.ParseUint(v, 10, 31)
			if err != nil {
				return bad("max is no number.")
			}
			w.Max = min(int(n), maxPage)
			w.Count = n == 0 // § 2.7
		case c.Is(ns.RSM, "after"):
			if v != "" {
				w.After, err = parseID(v)
			}
		case c.Is(ns.RSM, "before"):
			if v == "" {
				w.Last = true // § 2.5
			} else {
				w.Before, err = parseID(v)
			}
		case c.Is(ns.RSM, "index"):
			return xmpp.Refuse(stanza.FeatureNotImplemented, "Pages by index are not offered.") // § 2.6
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseID reads an id of an archive. What cannot be one is not in the archive.
func parseID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != s {
		return 0, xmpp.Refuse(stanza.ItemNotFound, "This message is not in the archive.")
	}
	return id, nil
}

// parseTime reads a date and time (XEP-0082 § 3.2).
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, bad("This is no date and time as XEP-0082 writes them.")
	}
	return t, nil
}

func bad(text string) error { return xmpp.Refuse(stanza.BadRequest, text) }

// account tells whether an archive is one of an account.
func (a *Archive) account(owner xmpp.JID) bool {
	t, ok := a.Router.Target(owner.Domain())
	return ok && t == hook.Server
}
