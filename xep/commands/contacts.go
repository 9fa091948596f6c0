package commands

import (
	"context"

	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// contact is what is read of a contact.
type contact struct {
	Address      string   `json:"address"`
	Name         string   `json:"name"`
	Groups       []string `json:"groups"`
	Subscription string   `json:"subscription"`
}

// roster shows the contacts of users, in the form with the syntax of RFC 6121 (XEP-0133 § 4.8).
func (c *Commands) roster(ctx context.Context, k *call) (outcome, error) {
	x := form.New("result", ns.Admin)
	left := most
	out, err := forEach(k.values.List("accountjids"), func(address string) error {
		var list []contact
		if err := c.do(ctx, k, "account.contacts", object{"address": address}, &list); err != nil {
			return err
		}
		query := xmpp.El(ns.Roster, "query")
		for _, i := range list[:min(left, len(list))] {
			query.Add(i.element())
		}
		left -= min(left, len(list))
		x.Add(form.Field("", "accountjids", "", address), query)
		return nil
	})
	out.payload = x
	return out, err
}

func (i *contact) element() *xmpp.Element {
	e := xmpp.El(ns.Roster, "item").Set("jid", i.Address)
	if i.Name != "" {
		e.Set("name", i.Name)
	}
	e.Set("subscription", i.Subscription)
	for _, g := range i.Groups {
		e.Add(xmpp.El(ns.Roster, "group").AddText(g))
	}
	return e
}
