package commands

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/form"
)

// Managers are services that manage contacts of accounts (XEP-0321). Its errors are stanza errors where the person may see them.
type Managers interface {
	// Possible tells from memory whether there may be any for the accounts of a domain.
	Possible(domain string) bool
	// Allowed lists those of an account, with their reasons.
	Allowed(ctx context.Context, account xmpp.JID) (map[xmpp.JID]string, error)
	// Revoke ends what an account has allowed.
	Revoke(ctx context.Context, account, entity xmpp.JID) error
}

func (c *Commands) listManagers(ctx context.Context, k *call) (outcome, error) {
	list, err := c.Managers.Allowed(ctx, k.at)
	if err != nil {
		return outcome{}, err
	}
	if len(list) == 0 {
		return outcome{note: "Nobody manages contacts of yours."}, nil
	}
	x := form.New("result", "").Add(form.Reported(form.Field("jid-single", "entity", "Who"), form.Field("text-single", "reason", "Reason")))
	for _, j := range byAddress(list) {
		x.Add(form.Item(form.Field("", "entity", "", j.String()), form.Field("", "reason", "", list[j])))
	}
	return outcome{payload: x}, nil
}

func (c *Commands) chooseManager(ctx context.Context, k *call) (*xmpp.Element, error) {
	list, err := c.Managers.Allowed(ctx, k.at)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "Nobody manages contacts of yours.")
	}
	f := form.Need(form.Field("list-single", "entity", "Who"))
	for _, j := range byAddress(list) {
		form.Offer(f, j.String(), j.String())
	}
	return form.Titled("End that somebody manages my contacts", "The contacts that it has added stay in your list.", "").Add(f), nil
}

func (c *Commands) revokeManager(ctx context.Context, k *call) (outcome, error) {
	entity, err := xmpp.ParseJID(k.values.First("entity"))
	if err != nil {
		return outcome{}, xmpp.Refuse(stanza.JIDMalformed, "")
	}
	return outcome{note: entity.String() + " manages your contacts no more."}, c.Managers.Revoke(ctx, k.at, entity)
}

func byAddress(list map[xmpp.JID]string) []xmpp.JID {
	return slices.SortedFunc(maps.Keys(list), func(a, b xmpp.JID) int { return cmp.Compare(a.String(), b.String()) })
}
