package commands

import (
	"context"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/form"
)

// rooms are the commands about rooms: those of groups, and those that people made.
func (c *Commands) rooms() []command {
	list := []command{
		{node: "group-list", name: "List the rooms of groups", run: c.listRooms("group.list")},
		{node: "group-show", name: "Show the room of a group", forms: []formOf{c.chooseRoom("group.list", "Show", "")}, run: c.showRoom("group.show")},
		{node: "group-delete-files", name: "Remove the files of a group",
			forms: []formOf{c.chooseRoom("group.list", "Remove", "All files that were sent to the group are deleted. There is no way back.")}, run: c.deleteFiles},
		{node: "room-list", name: "List rooms that people made", run: c.listRooms("room.list")},
		{node: "room-show", name: "Show a room that people made", forms: []formOf{c.chooseRoom("room.list", "Show", "")}, run: c.showRoom("room.show")},
		{node: "room-delete", name: "Destroy a room that people made",
			forms: []formOf{c.chooseRoom("room.list", "Destroy", "The history of the room is deleted with it. There is no way back."), reasonForm}, run: c.deleteRoom},
	}
	for i := range list {
		list[i].node = ours + list[i].node
	}
	return list
}

// room is what is read of a room.
type room struct {
	Address      string    `json:"address"`
	Name         string    `json:"name"`
	Group        string    `json:"group"`
	Members      int       `json:"members"`
	Occupants    int       `json:"occupants"`
	LastActivity time.Time `json:"last_activity"`
	People       []struct {
		Address     string `json:"address"`
		Affiliation string `json:"affiliation"`
		Nick        string `json:"nick"`
		Joined      bool   `json:"joined"`
	} `json:"people"`
	Effective struct {
		Members []struct {
			Address string `json:"address"`
			Kind    string `json:"kind"`
		} `json:"members"`
	} `json:"effective"`
}

// outside tells how those are reached whom the alias of a group names, and who are not in its room; by address, in order.
func (r *room) outside() (list [][2]string) {
	there := map[string]bool{}
	for _, m := range r.People {
		there[m.Address] = true
	}
	how := map[string]string{"mail": "mail only", "external": "mail only, elsewhere", "disabled": "disabled", "left": "has left"}
	for _, m := range r.Effective.Members {
		if kind, ok := how[m.Kind]; ok && !there[m.Address] {
			list = append(list, [2]string{m.Address, kind})
		}
	}
	return list
}

// active is when something was last said, in the form of XEP-0082; "" for never.
func (r *room) active() string {
	if r.LastActivity.IsZero() {
		return ""
	}
	return r.LastActivity.UTC().Format(time.RFC3339)
}

// chooseRoom asks for one of the domain's rooms.
func (c *Commands) chooseRoom(operation, title, hint string) formOf {
	return func(ctx context.Context, k *call) (*xmpp.Element, error) {
		var list []room
		if err := c.do(ctx, k, operation, object{"domain": k.at.Domain()}, &list); err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, xmpp.Refuse(stanza.ItemNotFound, "There is none in "+k.at.Domain()+".")
		}
		f := form.Need(form.Field("list-single", "room", "Room"))
		for _, r := range list[:min(most, len(list))] {
			offer(f, r.Name, r.Address)
		}
		return form.Titled(title, hint, "").Add(f), nil
	}
}

func reasonForm(_ context.Context, k *call) (*xmpp.Element, error) {
	return form.Titled("Destroy", k.values.First("room"), "").Add(form.Field("text-single", "reason", "Reason, for those who are in it")), nil
}

func (c *Commands) listRooms(operation string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		var list []room
		if err := c.do(ctx, k, operation, object{"domain": k.at.Domain()}, &list); err != nil {
			return outcome{}, err
		}
		x := form.New("result", "").Add(form.Reported(
			form.Field("jid-single", "room", "Room"), form.Field("text-single", "name", "Name"), form.Field("jid-single", "alias", "Alias"),
			form.Field("text-single", "members", "Members"), form.Field("text-single", "joined", "Joined"),
			form.Field("text-single", "active", "Last message")))
		for _, r := range list[:min(most, len(list))] {
			x.Add(form.Item(form.Field("", "room", "", r.Address), form.Field("", "name", "", r.Name), form.Field("", "alias", "", r.Group),
				form.Field("", "members", "", strconv.Itoa(r.Members)), form.Field("", "joined", "", strconv.Itoa(r.Occupants)),
				form.Field("", "active", "", r.active())))
		}
		return outcome{payload: x}, nil
	}
}

func (c *Commands) showRoom(operation string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		var r room
		if err := c.do(ctx, k, operation, object{"address": k.values.First("room")}, &r); err != nil {
			return outcome{}, err
		}
		x := form.New("result", "").Add(form.Field("jid-single", "room", "Room", r.Address),
			form.Field("text-single", "name", "Name", r.Name), form.Field("jid-single", "alias", "Alias", r.Group),
			form.Field("text-single", "joined", "Joined", strconv.Itoa(r.Occupants)), form.Field("text-single", "active", "Last message", r.active()),
			form.Reported(form.Field("jid-single", "member", "Member"), form.Field("text-single", "nick", "Nickname"),
				form.Field("text-single", "affiliation", "Affiliation"), form.Field("boolean", "here", "Joined"), form.Field("text-single", "how", "Reached by")))
		for _, m := range r.People[:min(most, len(r.People))] {
			x.Add(form.Item(form.Field("", "member", "", m.Address), form.Field("", "nick", "", m.Nick),
				form.Field("", "affiliation", "", m.Affiliation), form.Field("", "here", "", flag(m.Joined)), form.Field("", "how", "", "chat")))
		}
		others := r.outside()
		for _, m := range others[:min(most, len(others))] {
			x.Add(form.Item(form.Field("", "member", "", m[0]), form.Field("", "nick", ""), form.Field("", "affiliation", "", "none"),
				form.Field("", "here", "", flag(false)), form.Field("", "how", "", m[1])))
		}
		return outcome{payload: x}, nil
	}
}

func (c *Commands) deleteFiles(ctx context.Context, k *call) (outcome, error) {
	var done struct {
		Files int `json:"files"`
	}
	err := c.do(ctx, k, "group.delete-files", object{"address": k.values.First("room")}, &done)
	return outcome{payload: form.New("result", "").Add(form.Field("text-single", "files", "Files removed", strconv.Itoa(done.Files)))}, err
}

func (c *Commands) deleteRoom(ctx context.Context, k *call) (outcome, error) {
	return outcome{}, c.do(ctx, k, "room.delete", object{"address": k.values.First("room"), "reason": k.values.First("reason")}, nil)
}
