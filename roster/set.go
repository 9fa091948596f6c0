package roster

import (
	"context"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxName bounds a name or group, in bytes (RFC 6121 § 2.3.3).
const maxName = 1023

// wish is what a client asks for: the item as it wants it.
type wish struct {
	jid    xmpp.JID
	name   string
	groups []string
	remove bool
}

// set adds, changes or removes a contact (RFC 6121 § 2.3, § 2.4, § 2.5).
func (r *Roster) set(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() || q.Session == nil {
		return r.managedSet(ctx, q)
	}
	w, err := parseWish(q.Payload, r.Config.Of(q.Owner.Domain()).Groups)
	if err != nil {
		return nil, err
	}
	if w.jid == q.Owner {
		return nil, xmpp.Refuse(stanza.NotAllowed, "Nobody is a contact of their own.")
	}
	if w.remove {
		return r.remove(q, w.jid)
	}
	welcome, was := r.welcome(q.Owner, w.jid), bond{}
	err = r.update(q.Owner, w.jid, func(e *edit) error {
		was = bondOf(e)
		if err := r.wish(e, w); err != nil {
			return err
		}
		if welcome {
			e.befriend()
		}
		e.push = true                          // § 2.3.2, § 2.4.2: also to who has asked
		e.first = func() { q.Reply(nil, nil) } // § 2.3.2: the result, then the pushes
		return nil
	})
	if err == nil && welcome {
		r.befriended(q.Owner, w.jid, was)
	}
	return later(err)
}

// later ends a request that was answered already unless there is an error.
func later(err error) (*xmpp.Element, error) {
	if err != nil {
		return nil, err
	}
	return nil, hook.Later
}

// parseWish checks a request (§ 2.1.5, § 2.3.3). What a client writes about the subscription does not count (§ 2.1.2.5).
// groups is in how many a contact may be.
func parseWish(query *xmpp.Element, groups int) (w wish, err error) {
	items := slices.Collect(query.Elements())
	if len(items) != 1 || !items[0].Is(ns.Roster, "item") {
		return w, xmpp.Refuse(stanza.BadRequest, "A roster set has exactly one item.")
	}
	item := items[0]
	if item.Attr("jid") == "" {
		return w, xmpp.Refuse(stanza.BadRequest, "The item has no address.")
	}
	j, err := xmpp.ParseJID(item.Attr("jid"))
	if err != nil {
		return w, xmpp.Refuse(stanza.JIDMalformed, "The item's address is none.")
	}
	w = wish{jid: j.Bare(), name: item.Attr("name"), remove: item.Attr("subscription") == "remove"}
	if w.remove {
		return w, nil
	}
	if len(w.name) > maxName {
		return w, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The name is too long: %d bytes at most.", maxName))
	}
	for g := range item.Elements() {
		if !g.Is(ns.Roster, "group") {
			continue
		}
		name := g.Text()
		switch {
		case name == "" || len(name) > maxName:
			return w, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A group has no name, or one of more than %d bytes.", maxName))
		case slices.Contains(w.groups, name):
			return w, xmpp.Refuse(stanza.BadRequest, "A group is named twice.")
		case len(w.groups) == groups:
			return w, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A contact is in %d groups at most.", groups))
		}
		w.groups = append(w.groups, name)
	}
	return w, nil
}

// wish edits the item so that clients see what was asked for.
func (r *Roster) wish(e *edit, w wish) error {
	_, both := e.colleague(w.jid)
	m, named := r.named(e.list, w.jid)
	if _, seen := e.entry(w.jid); !seen || both && !e.known {
		if err := r.full(e, true); err != nil {
			return err
		}
	}
	e.put = true
	e.item.Name, e.item.Groups = w.name, w.groups
	if err := r.full(e, false); err != nil {
		return err
	}
	if !both {
		e.item.Shared = false
		if !named || e.item.PendingIn != nil {
			e.stayListed()
			return nil
		}
	}
	if w.name == m.name {
		e.item.Name = ""
	}
	switch {
	case len(w.groups) == 0:
		e.item.Groups = []string{noGroup}
	case len(w.groups) == 1 && w.groups[0] == m.group:
		e.item.Groups = nil
	}
	if !both || e.known && !e.item.Shared {
		return nil // an own contact, which may have become a colleague
	}
	e.item.Shared = true
	if e.item.Name == "" && len(e.item.Groups) == 0 { // as the domain has it: there is nothing to remember
		e.put, e.drop = false, true
	}
	return nil
}

// full refuses a change where a list has as many contacts as it may and gets one more, or becomes longer than it may be.
func (r *Roster) full(e *edit, more bool) error {
	own := r.Config.Of(e.owner.Domain())
	if n, _ := e.counts(); more && n >= own.Items {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("The contact list is full: %d contacts at most.", own.Items))
	}
	if e.heavier(own.ListBytes) {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("The contact list is full: %d bytes of addresses, names and groups at most.", own.ListBytes))
	}
	return nil
}

// remove takes a contact out and ends what there was between the two (RFC 6121 § 2.5.2).
func (r *Roster) remove(q *hook.Request, contact xmpp.JID) (*xmpp.Element, error) {
	var was storage.RosterItem
	err := r.update(q.Owner, contact, func(e *edit) error {
		if err := r.untouched(e, q); err != nil {
			return err
		}
		if _, both := e.colleague(contact); both {
			return xmpp.Refuse(stanza.NotAllowed, e.stays())
		}
		if _, seen := e.entry(contact); !seen {
			return xmpp.Refuse(stanza.ItemNotFound, "") // § 2.5.3
		}
		if err := r.apart(e, q); err != nil {
			return err
		}
		was = e.item
		e.drop = true
		if !q.Own() {
			e.by = q.From
		}
		e.first = func() { q.Reply(nil, nil) }
		return nil
	})
	if err != nil {
		return nil, err
	}
	if was.To || was.Ask {
		r.tell(q.Owner, contact, xmpp.TypeUnsubscribe)
	}
	if was.From {
		r.showGone(q.Owner, contact)
	}
	if was.From || was.PendingIn != nil {
		r.tell(q.Owner, contact, xmpp.TypeUnsubscribed)
	}
	return nil, hook.Later
}

// stays says why a colleague cannot be taken out.
func (e *edit) stays() string {
	if e.view.personal {
		return "This is a colleague: you are in a group together or have written to each other lately."
	}
	return "This is a colleague: your administrator decides who is in this list."
}

// tell sends presence that manages a subscription on behalf of an account.
func (r *Roster) tell(owner, contact xmpp.JID, typ string) {
	if err := r.Router.Send(xmpp.NewPresence(owner, contact, typ)); err != nil {
		r.Logger.Error("subscription presence not sent", "from", owner.String(), "to", contact.String(), "err", err)
	}
}
