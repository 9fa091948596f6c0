package commands

import (
	"context"
	"slices"
	"strconv"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

func registered(*account) bool { return true }
func disabled(a *account) bool { return a.Disabled }
func online(a *account) bool   { return a.Online > 0 }

// active tells whether somebody is online and not away in all clients (XEP-0133 § 4.16).
func (c *Commands) active(a *account) bool {
	return a.Online > 0 && slices.ContainsFunc(c.sessionsOf(a), func(s hook.Session) bool {
		p := s.Presence()
		return p != nil && p.Show != "away" && p.Show != "xa" && !s.Detached()
	})
}

// idle tells whether somebody is online, and away or cut off in all clients (§ 4.17).
func (c *Commands) idle(a *account) bool { return a.Online > 0 && !c.active(a) }

func (c *Commands) sessionsOf(a *account) []hook.Session {
	j, err := xmpp.ParseJID(a.Address)
	if err != nil {
		return nil
	}
	return c.Sessions(j)
}

// users lists the accounts of the domain that are of a kind.
func (c *Commands) users(ctx context.Context, k *call, kind func(*account) bool) ([]string, error) {
	var all []account
	if err := c.do(ctx, k, "account.list", object{"domain": k.at.Domain()}, &all); err != nil {
		return nil, err
	}
	var list []string
	for i := range all {
		if kind(&all[i]) {
			list = append(list, all[i].Address)
		}
	}
	return list, nil
}

// number counts the accounts of a kind.
func (c *Commands) number(field, label string, kind func(*account) bool) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		list, err := c.users(ctx, k, kind)
		if err != nil {
			return outcome{}, err
		}
		return outcome{payload: form.New("result", ns.Admin).Add(form.Field("text-single", field, label, strconv.Itoa(len(list))))}, nil
	}
}

// listForm asks for the size of a list.
func listForm(title string) formOf {
	return func(context.Context, *call) (*xmpp.Element, error) {
		f := form.Field("list-single", "max_items", "Maximum number of items to show", "none")
		for _, n := range []string{"25", "50", "75", "100", "150", "200"} {
			form.Offer(f, n, n)
		}
		form.Offer(f, "None", "none")
		return form.Titled(title, "", ns.Admin).Add(f), nil
	}
}

// most bounds a list that has no other bound: an answer must fit into a stanza.
const most = 2000

// list lists the accounts of a kind.
func (c *Commands) list(field, label string, kind func(*account) bool) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		list, err := c.users(ctx, k, kind)
		if err != nil {
			return outcome{}, err
		}
		limit := most
		if n, err := strconv.Atoi(k.values.First("max_items")); err == nil {
			limit = n
		}
		var out outcome
		if len(list) > limit {
			out.note = "The first " + strconv.Itoa(limit) + " of " + strconv.Itoa(len(list)) + "."
			list = list[:limit]
		}
		out.payload = form.New("result", ns.Admin).Add(form.Field("jid-multi", field, label, list...))
		return out, nil
	}
}
