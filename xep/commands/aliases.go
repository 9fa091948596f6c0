package commands

import (
	"context"
	"strings"

	"myna/xmpp"
	"myna/xmpp/form"
)

// aliases are the commands about aliases and groups.
func (c *Commands) aliases() []command {
	list := []command{
		{node: "alias-create", name: "Create an alias or group", forms: []formOf{c.aliasForm(false)}, run: c.changeAlias("alias.create", "address")},
		{node: "alias-put", name: "Create an alias or group, or make one so", forms: []formOf{c.aliasForm(false)}, run: c.changeAlias("alias.put", "address")},
		{node: "alias-preview", name: "Show what an alias or group would come to", forms: []formOf{c.aliasForm(false)}, run: c.previewAlias},
		{node: "alias-list", name: "List aliases and groups", run: c.listAliases},
		{node: "alias-show", name: "Show who is in an alias or group", forms: []formOf{c.chooseAlias("Show", false)}, run: c.showAlias},
		{node: "alias-set", name: "Change an alias or group", forms: []formOf{c.chooseAlias("Change", false), c.aliasForm(true)}, run: c.changeAlias("alias.set", "alias")},
		{node: "alias-add", name: "Add members to an alias or group", forms: []formOf{c.chooseAlias("Add members", false), targetsForm("Add")}, run: c.targets("alias.add")},
		{node: "alias-remove", name: "Remove members from an alias or group", forms: []formOf{c.chooseAlias("Remove members", false), targetsForm("Remove")}, run: c.targets("alias.remove")},
		{node: "alias-rename", name: "Move an alias or group to another address", forms: []formOf{c.chooseAlias("Move", false), renameForm}, run: c.renameAlias},
		{node: "alias-delete", name: "Delete an alias or group", forms: []formOf{c.chooseAlias("Delete", false)}, run: c.onAlias("alias.delete", nil)},
		{node: "alias-restore", name: "Restore a deleted alias or group", forms: []formOf{c.chooseAlias("Restore", true)}, run: c.onAlias("alias.restore", nil)},
		{node: "alias-purge", name: "Remove a deleted alias or group for good", forms: []formOf{c.chooseAlias("Remove for good", true)}, run: c.onAlias("alias.delete", object{"purge": true})},
	}
	for i := range list {
		list[i].node = ours + list[i].node
	}
	return list
}

// changeAlias carries out an operation with what was decided about the alias whose address is in a field.
func (c *Commands) changeAlias(operation, field string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		o, err := k.decided()
		if err != nil {
			return outcome{}, err
		}
		o["address"] = k.values.First(field)
		return outcome{}, c.do(ctx, k, operation, o, nil)
	}
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

func renameForm(_ context.Context, k *call) (*xmpp.Element, error) {
	return form.Titled("Move", k.values.First("alias")+": its room and history stay, other aliases follow.", "").Add(
		form.Need(form.Field("jid-single", "to", "New address"))), nil
}

func (c *Commands) renameAlias(ctx context.Context, k *call) (outcome, error) {
	return outcome{}, c.do(ctx, k, "alias.rename", object{"address": k.values.First("alias"), "to": k.values.First("to")}, nil)
}

// onAlias carries out an operation on the alias that was chosen, with further fields of the request.
func (c *Commands) onAlias(operation string, with object) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		o := object{"address": k.values.First("alias")}
		for name, value := range with {
			o[name] = value
		}
		return outcome{}, c.do(ctx, k, operation, o, nil)
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
	return outcome{payload: x.Add(a.Effective.table()...), note: strings.Join(a.Effective.Warnings, "\n")}, nil
}

// table shows members in a form.
func (l *members) table() []*xmpp.Element {
	rows := []*xmpp.Element{form.Reported(form.Field("jid-single", "member", "Member"), form.Field("text-single", "kind", "Kind"),
		form.Field("boolean", "lead", "Lead"), form.Field("text-single", "via", "Through"))}
	for _, m := range l.Members[:min(most, len(l.Members))] {
		rows = append(rows, form.Item(form.Field("", "member", "", m.Address), form.Field("", "kind", "", m.Kind),
			form.Field("", "lead", "", flag(m.Lead)), form.Field("", "via", "", strings.Join(m.Via, ", "))))
	}
	return rows
}
