package blocking

import (
	"context"
	"slices"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes whom an account blocks: as privacy lists (XEP-0227 § 4.8), of which the default one counts, or as it is here.
func (b *Blocking) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{b: b, account: account.Bare(), dry: dry, tell: tell}
}

type intake struct {
	b       *Blocking
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
	seen    []xmpp.JID // what was added, in a dry run
}

const kind = "blocked addresses"

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	switch {
	case e.Is(ns.Blocking, "blocklist"):
		var list []string
		for item := range e.Elements() {
			list = append(list, item.Attr("jid"))
		}
		return true, x.add(ctx, list)
	case e.Is(ns.Privacy, "query"):
		return true, x.add(ctx, x.denied(e))
	}
	return false, nil
}

// denied are the addresses that the default list keeps out altogether. A list says much more: groups, subscriptions, and what
// for; that is no blocking, and is told.
func (x *intake) denied(query *xmpp.Element) (list []string) {
	chosen := query.Child(ns.Privacy, "default")
	if chosen == nil {
		return nil
	}
	for l := range query.Elements() {
		if !l.Is(ns.Privacy, "list") || l.Attr("name") != chosen.Attr("name") {
			continue
		}
		for item := range l.Elements() {
			whole := len(slices.Collect(item.Elements())) == 0
			switch typ := item.Attr("type"); {
			case item.Attr("action") == "allow" && typ == "":
			case item.Attr("action") == "deny" && typ == "jid" && whole:
				list = append(list, item.Attr("value"))
			default:
				x.tell("privacy rules", pie.Refused, "a rule of a privacy list is more than blocking an address")
			}
		}
	}
	return list
}

func (x *intake) add(ctx context.Context, texts []string) error {
	blocked, err := x.b.lists.of(ctx, x.account)
	if err != nil {
		return err
	}
	have := blocked.addresses()
	var list []xmpp.JID
	for _, text := range texts {
		j, err := xmpp.ParseJID(text)
		switch {
		case err != nil:
			x.tell(kind, pie.Refused, "a blocked address is none")
		case newList([]xmpp.JID{j}).covers(x.account):
			x.tell(kind, pie.Refused, "nobody blocks themselves")
		case slices.Contains(have, j) || slices.Contains(list, j) || slices.Contains(x.seen, j):
			x.tell(kind, pie.Kept, "")
		case len(have)+len(list) >= x.b.config.Of(x.account.Domain()).MaxAddresses:
			x.tell(kind, pie.Refused, "too many addresses are blocked")
		default:
			x.tell(kind, pie.Added, "")
			list = append(list, j)
		}
	}
	if x.dry {
		x.seen = append(x.seen, list...)
	}
	if len(list) == 0 || x.dry {
		return nil
	}
	x.b.presence.GoOffline(x.account, list...)
	_, _, err = x.b.lists.edit(ctx, x.account, func(before []xmpp.JID) []xmpp.JID { return with(before, list) })
	if err == nil {
		x.b.push(x.account, items("block", list))
		x.b.changed(x.account)
	}
	return err
}

// End has nothing left to do.
func (*intake) End(context.Context) error { return nil }
