package commands

import (
	"context"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/form"
)

// aliases are the commands about aliases and groups.
func (c *Commands) aliases() []command {
	list := []command{
		{node: "alias-create", name: "Create an alias or group", forms: []formOf{c.aliasForm(false)}, run: c.createAlias},
		{node: "alias-list", name: "List aliases and groups", run: c.listAliases},
		{node: "alias-show", name: "Show who is in an alias or group", forms: []formOf{c.chooseAlias("Show", false)}, run: c.showAlias},
		{node: "alias-set", name: "Change an alias or group", forms: []formOf{c.chooseAlias("Change", false), c.aliasForm(true)}, run: c.setAlias},
		{node: "alias-add", name: "Add members to an alias or group", forms: []formOf{c.chooseAlias("Add members", false), targetsForm("Add")}, run: c.targets("alias.add")},
		{node: "alias-remove", name: "Remove members from an alias or group", forms: []formOf{c.chooseAlias("Remove members", false), targetsForm("Remove")}, run: c.targets("alias.remove")},
		{node: "alias-delete", name: "Delete an alias or group", forms: []formOf{c.chooseAlias("Delete", false)}, run: c.onAlias("alias.delete")},
		{node: "alias-restore", name: "Restore a deleted alias or group", forms: []formOf{c.chooseAlias("Restore", true)}, run: c.onAlias("alias.restore")},
	}
	for i := range list {
		list[i].node = ours + list[i].node
	}
	return list
}

// alias is what is read of an alias.
type alias struct {
	Address   string   `json:"address"`
	Name      string   `json:"name"`
	Targets   []string `json:"targets"`
	GroupChat bool     `json:"group_chat"`
	Everyone  bool     `json:"everyone"`
	Announce  bool     `json:"announcement"`
	Room      string   `json:"room"`
	Effective *struct {
		Members []struct {
			Address string   `json:"address"`
			Via     []string `json:"via"`
			Kind    string   `json:"kind"`
			Lead    bool     `json:"lead"`
		} `json:"members"`
		Warnings []string `json:"warnings"`
	} `json:"effective"`
}

// chooseAlias asks for one of the domain's aliases.
func (c *Commands) chooseAlias(title string, deleted bool) formOf {
	return func(ctx context.Context, k *call) (*xmpp.Element, error) {
		var list []alias
		if err := c.do(ctx, k, "alias.list", object{"domain": k.at.Domain(), "deleted": deleted}, &list); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, xmpp.Refuse(stanza.ItemNotFound, "There is none in "+k.at.Domain()+".")
		}
		f := form.Need(form.Field("list-single", "alias", "Alias or group"))
		for _, a := range list {
			label := a.Address
			if a.Name != "" {
				label = a.Name + " (" + a.Address + ")"
			}
			form.Offer(f, label, a.Address)
		}
		return form.Titled(title, "", "").Add(f), nil
	}
}

// aliasForm asks for what can be decided about an alias; known: about the one that was chosen.
func (c *Commands) aliasForm(known bool) formOf {
	return func(ctx context.Context, k *call) (*xmpp.Element, error) {
		a := alias{GroupChat: true}
		x := form.Titled("Alias or group", "With group chat the alias is a group: it appears in its members' clients by itself.", "")
		if known {
			if err := c.do(ctx, k, "alias.show", object{"address": k.values.First("alias")}, &a); err != nil {
				return nil, err
			}
		} else {
			x.Add(form.Need(form.Field("jid-single", "address", "Address")))
		}
		return x.Add(
			form.Field("text-single", "name", "Display name", a.Name),
			form.Field("jid-multi", "targets", "Members: accounts, other aliases, outside addresses", a.Targets...),
			form.Field("boolean", "group_chat", "Group chat", flag(a.GroupChat)),
			form.Field("boolean", "everyone", "All accounts of the domain", flag(a.Everyone)),
			form.Field("boolean", "announcement", "Announcements: only leads may write", flag(a.Announce))), nil
	}
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// decided are the fields of aliasForm that were filled out.
func (k *call) decided() object {
	v := k.values
	o := object{}
	if v.Has("name") {
		o["name"] = v.First("name")
	}
	if v.Has("targets") {
		o["targets"] = append([]string{}, v.List("targets")...)
	}
	for _, name := range []string{"group_chat", "everyone", "announcement"} {
		if v.Has(name) {
			o[name] = v.True(name)
		}
	}
	return o
}

func (c *Commands) createAlias(ctx context.Context, k *call) (outcome, error) {
	o := k.decided()
	o["address"] = k.values.First("address")
	return outcome{}, c.do(ctx, k, "alias.create", o, nil)
}

func (c *Commands) setAlias(ctx context.Context, k *call) (outcome, error) {
	o := k.decided()
	o["address"] = k.values.First("alias")
	return outcome{}, c.do(ctx, k, "alias.set", o, nil)
}

func targetsForm(title string) formOf {
	return func(_ context.Context, k *call) (*xmpp.Element, error) {
		return form.Titled(title, k.values.First("alias"), "").Add(form.Need(form.Field("jid-multi", "targets", "Members"))), nil
	}
}

func (c *Commands) targets(operation string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		return outcome{}, c.do(ctx, k, operation, object{"address": k.values.First("alias"), "targets": k.values.List("targets")}, nil)
	}
}

func (c *Commands) onAlias(operation string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		return outcome{}, c.do(ctx, k, operation, object{"address": k.values.First("alias")}, nil)
	}
}

func (c *Commands) listAliases(ctx context.Context, k *call) (outcome, error) {
	var list []alias
	if err := c.do(ctx, k, "alias.list", object{"domain": k.at.Domain()}, &list); err != nil {
		return outcome{}, err
	}
	x := form.New("result", "").Add(form.Reported(
		form.Field("jid-single", "address", "Address"), form.Field("text-single", "name", "Name"),
		form.Field("boolean", "group_chat", "Group chat"), form.Field("jid-single", "room", "Room"),
		form.Field("text-single", "targets", "Targets")))
	for _, a := range list[:min(most, len(list))] {
		x.Add(form.Item(form.Field("", "address", "", a.Address), form.Field("", "name", "", a.Name),
			form.Field("", "group_chat", "", flag(a.GroupChat)), form.Field("", "room", "", a.Room),
			form.Field("", "targets", "", strings.Join(a.Targets, ", "))))
	}
	return outcome{payload: x}, nil
}

func (c *Commands) showAlias(ctx context.Context, k *call) (outcome, error) {
	var a alias
	if err := c.do(ctx, k, "alias.show", object{"address": k.values.First("alias")}, &a); err != nil {
		return outcome{}, err
	}
	x := form.New("result", "").Add(form.Field("jid-single", "address", "Address", a.Address),
		form.Field("text-single", "name", "Name", a.Name), form.Field("jid-single", "room", "Room", a.Room))
	if a.Effective == nil {
		return outcome{payload: x}, nil
	}
	x.Add(form.Reported(form.Field("jid-single", "member", "Member"), form.Field("text-single", "kind", "Kind"),
		form.Field("boolean", "lead", "Lead"), form.Field("text-single", "via", "Through")))
	for _, m := range a.Effective.Members[:min(most, len(a.Effective.Members))] {
		x.Add(form.Item(form.Field("", "member", "", m.Address), form.Field("", "kind", "", m.Kind),
			form.Field("", "lead", "", flag(m.Lead)), form.Field("", "via", "", strings.Join(m.Via, ", "))))
	}
	return outcome{payload: x, note: strings.Join(a.Effective.Warnings, "\n")}, nil
}
