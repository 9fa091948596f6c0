package commands

import (
	"context"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/form"
)

// alias is what is read of an alias.
type alias struct {
	Address       string   `json:"address"`
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Targets       []string `json:"targets"`
	GroupChat     bool     `json:"group_chat"`
	InternalOnly  bool     `json:"internal_only"`
	Hidden        bool     `json:"hidden"`
	Everyone      bool     `json:"everyone"`
	Announce      bool     `json:"announcement"`
	Posters       []string `json:"posters"`
	Leads         []string `json:"leads"`
	Membership    string   `json:"membership"`
	History       string   `json:"history"`
	RetentionDays int      `json:"retention_days"`
	FilesOff      bool     `json:"files_off"`
	MentionAllOff bool     `json:"mention_all_off"`
	Room          string   `json:"room"`
	Effective     *members `json:"effective"`
}

// members is what the targets of an alias come to.
type members struct {
	Members []struct {
		Address string   `json:"address"`
		Via     []string `json:"via"`
		Kind    string   `json:"kind"`
		Lead    bool     `json:"lead"`
	} `json:"members"`
	Warnings []string `json:"warnings"`
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
			offer(f, a.Name, a.Address)
		}
		return form.Titled(title, "", "").Add(f), nil
	}
}

// offer offers something that has an address and perhaps a name.
func offer(f *xmpp.Element, name, address string) {
	label := address
	if name != "" {
		label = name + " (" + address + ")"
	}
	form.Offer(f, label, address)
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
		x.Add(
			form.Field("text-single", "name", "Display name", a.Name),
			form.Field("text-single", "description", "Description", a.Description),
			form.Field("jid-multi", "targets", "Members: accounts, other aliases, outside addresses", a.Targets...),
			form.Field("boolean", "group_chat", "Group chat", flag(a.GroupChat)),
			form.Field("boolean", "internal_only", "Mail from inside only", flag(a.InternalOnly)),
			form.Field("boolean", "hidden", "Not in the address list", flag(a.Hidden)),
			form.Field("boolean", "everyone", "All accounts of the domain", flag(a.Everyone)),
			a.announcement(known),
			form.Field("jid-multi", "posters", "Who may write announcements", a.Posters...),
			form.Field("jid-multi", "leads", "Leads: they moderate", a.Leads...))
		return x.Add(a.policies()...), nil
	}
}

// announcement asks who may write. What a new alias is depends on whether it is for everyone, unless somebody chooses.
func (a *alias) announcement(known bool) *xmpp.Element {
	const label = "Announcements: only leads and the following may write"
	if known {
		return form.Field("boolean", "announcement", label, flag(a.Announce))
	}
	f := form.Field("list-single", "announcement", label, "")
	form.Offer(f, "where it is for all accounts of the domain", "")
	form.Offer(f, "yes", "1")
	form.Offer(f, "no", "0")
	return f
}

// policies are the fields of what a group lets its members do.
func (a *alias) policies() []*xmpp.Element {
	choose := func(name, label, value, usual string, options ...string) *xmpp.Element {
		if value == "" {
			value = usual
		}
		f := form.Field("list-single", name, label, value)
		for i := 0; i < len(options); i += 2 {
			form.Offer(f, options[i], options[i+1])
		}
		return f
	}
	return []*xmpp.Element{
		choose("membership", "Members", a.Membership, "hide",
			"may hide the group and stay members", "hide", "may leave for good", "leave", "stay: the group comes back", "mandatory"),
		choose("history", "Newcomers see", a.History, "all",
			"everything that was said", "all", "the last 30 days", "30d", "nothing of before", "join"),
		form.Field("text-single", "retention_days", "Days after which messages are removed; 0: as in the domain", strconv.Itoa(a.RetentionDays)),
		form.Field("boolean", "files_off", "No files", flag(a.FilesOff)),
		form.Field("boolean", "mention_all_off", "Nobody mentions all members at once", flag(a.MentionAllOff)),
	}
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// decided are the fields of aliasForm that were filled out.
func (k *call) decided() (object, error) {
	v := k.values
	o := object{}
	for _, name := range []string{"name", "description", "membership", "history"} {
		if v.Has(name) {
			o[name] = v.First(name)
		}
	}
	for _, name := range []string{"targets", "posters", "leads"} {
		if v.Has(name) {
			o[name] = append([]string{}, v.List(name)...)
		}
	}
	for _, name := range []string{"group_chat", "internal_only", "hidden", "everyone", "announcement", "files_off", "mention_all_off"} {
		if v.Has(name) && (name != "announcement" || v.First(name) != "") {
			o[name] = v.True(name)
		}
	}
	if v.Has("retention_days") {
		n, err := strconv.Atoi(v.First("retention_days"))
		if err != nil {
			return nil, xmpp.Refuse(stanza.BadRequest, "The days are no number.")
		}
		o["retention_days"] = n
	}
	return o, nil
}
