package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// undelete is how long a deleted alias can be restored.
const undelete = 30 * 24 * time.Hour

// AliasFields is what an administrator decides about an alias.
type AliasFields struct {
	Name          string   `json:"name,omitempty"`
	Description   string   `json:"description,omitempty"`
	Targets       []string `json:"targets"`
	GroupChat     bool     `json:"group_chat"`
	InternalOnly  bool     `json:"internal_only,omitempty"`
	Hidden        bool     `json:"hidden,omitempty"`       // not in the address list
	Everyone      bool     `json:"everyone,omitempty"`     // all accounts of the domain
	Announcement  *bool    `json:"announcement,omitempty"` // only leads and posters may post; nil: where it is for everyone
	Posters       []string `json:"posters,omitempty"`
	Leads         []string `json:"leads,omitempty"`
	Membership    string   `json:"membership,omitempty"` // "hide", "leave", "mandatory"
	History       string   `json:"history,omitempty"`    // "all", "30d", "join"
	RetentionDays int      `json:"retention_days,omitempty"`
	FilesOff      bool     `json:"files_off,omitempty"`
	MentionAllOff bool     `json:"mention_all_off,omitempty"`
	Avatar        *[]byte  `json:"avatar,omitempty"` // the picture: PNG, JPEG, GIF or WebP; empty: none; nil: it stays
}

// Alias is an alias as administrators see it.
type Alias struct {
	Address string `json:"address"`
	AliasFields
	Room    string    `json:"room,omitempty"` // once it is a group
	Created time.Time `json:"created"`
	Deleted time.Time `json:"deleted,omitzero"`
}

func viewAlias(al *storage.Alias) Alias {
	v := Alias{
		Address: al.JID.String(),
		AliasFields: AliasFields{
			Name: al.Name, Description: al.Description, Targets: append([]string{}, al.Targets...), GroupChat: al.GroupChat,
			InternalOnly: al.InternalOnly, Hidden: al.Hidden, Everyone: al.Everyone, Announcement: new(al.Announcement),
			Posters: texts(al.Posters), Leads: texts(al.Leads), Membership: al.Membership, History: al.History,
			RetentionDays: al.RetentionDays, FilesOff: al.FilesOff, MentionAllOff: al.MentionAllOff,
		},
		Created: al.Created, Deleted: al.Deleted,
	}
	if !al.Room.IsZero() {
		v.Room = al.Room.String()
	}
	return v
}

func texts(list []xmpp.JID) []string {
	var out []string
	for _, j := range list {
		out = append(out, j.String())
	}
	return out
}

// fill checks fields and writes them into a record.
func (a *Admin) fill(ctx context.Context, who Actor, al *storage.Alias, f AliasFields) error {
	f.Name, f.Description = strings.TrimSpace(f.Name), strings.TrimSpace(f.Description)
	if err := plainText("name", f.Name, 256); err != nil {
		return err
	}
	if err := plainText("description", f.Description, 2000); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "hide", "leave", "mandatory"}, f.Membership) {
		return refuse(Invalid, "no-membership", "%q is no membership; use hide (members may hide the group), leave or mandatory", f.Membership)
	}
	if !slices.Contains([]string{"", "all", "30d", "join"}, f.History) {
		return refuse(Invalid, "no-history", "%q is no history for newcomers; use all, 30d or join", f.History)
	}
	if f.RetentionDays < 0 || f.RetentionDays > 36500 {
		return refuse(Invalid, "retention-range", "the days of retention must be from 0 (the domain's) to 36500")
	}
	if f.Avatar != nil {
		if err := checkPicture(*f.Avatar, a.Bounds(al.JID.Domain()).PictureBytes); err != nil {
			return err
		}
	}
	targets, err := a.targets(ctx, who, al, f.Targets)
	if err != nil {
		return err
	}
	if len(targets) == 0 && !f.Everyone {
		return refuse(Invalid, "targets-missing", "%s needs at least one target, or everyone", al.JID)
	}
	leads, err := a.people(ctx, who, "lead", al.JID.Domain(), al.Leads, f.Leads)
	if err != nil {
		return err
	}
	posters, err := a.people(ctx, who, "poster", al.JID.Domain(), al.Posters, f.Posters)
	if err != nil {
		return err
	}
	al.Name, al.Description, al.Targets, al.GroupChat = f.Name, f.Description, targets, f.GroupChat
	al.InternalOnly, al.Hidden, al.Everyone, al.Announcement = f.InternalOnly, f.Hidden, f.Everyone, f.Everyone
	assign(&al.Announcement, f.Announcement)
	al.Posters, al.Leads, al.Membership, al.History = posters, leads, f.Membership, f.History
	al.RetentionDays, al.FilesOff, al.MentionAllOff = f.RetentionDays, f.FilesOff, f.MentionAllOff
	return nil
}

// names tells whether an alias names an address.
func names(al *storage.Alias, j xmpp.JID) bool {
	return slices.Contains(al.Targets, j.String()) || slices.Contains(al.Leads, j) || slices.Contains(al.Posters, j)
}

// unname takes an address out of an alias.
func unname(al *storage.Alias, j xmpp.JID) {
	is := func(x xmpp.JID) bool { return x == j }
	al.Targets = slices.DeleteFunc(slices.Clone(al.Targets), func(s string) bool { return s == j.String() })
	al.Leads = slices.DeleteFunc(slices.Clone(al.Leads), is)
	al.Posters = slices.DeleteFunc(slices.Clone(al.Posters), is)
}

// alias reads an alias that the actor may administer. A deleted one is only found where it is asked for.
func (a *Admin) alias(ctx context.Context, who Actor, address string, deleted bool) (storage.Alias, error) {
	j, err := a.address(who, address)
	if err != nil {
		return storage.Alias{}, err
	}
	al, err := a.Store.Alias(ctx, j)
	if errors.Is(err, storage.ErrNotFound) {
		return al, a.missing(ctx, "alias", j)
	}
	if err != nil {
		return al, stored(err, "read alias", j.String())
	}
	if !deleted && !al.Deleted.IsZero() {
		return al, refuse(NotFound, "alias-deleted", "the alias %s was deleted on %s; it can be restored: myna alias restore %s", j, al.Deleted.Format("2 January 2006"), j)
	}
	return al, nil
}

// ListAliases asks for the aliases of a domain.
type ListAliases struct {
	Domain  string `json:"domain,omitempty"`
	Deleted bool   `json:"deleted,omitempty"` // the deleted ones instead
	Page
}

// ListAliases lists aliases in the order of their addresses.
func (a *Admin) ListAliases(ctx context.Context, who Actor, r ListAliases) ([]Alias, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Aliases(ctx, domain)
	if err != nil {
		return nil, stored(err, "list aliases", domain)
	}
	list := []Alias{}
	for _, al := range rows {
		if al.Deleted.IsZero() != r.Deleted {
			list = append(list, viewAlias(&al))
		}
	}
	return cut(r.Page, list, func(al Alias) (string, string) { return al.Address, al.Name + "\n" + al.Description }), nil
}

// AliasDetail is an alias with what its targets come to.
type AliasDetail struct {
	Alias
	Effective *Resolution `json:"effective,omitempty"` // nil where groups are not known
	NamedBy   []string    `json:"named_by,omitempty"`  // aliases that have it as a target
	Picture   string      `json:"picture,omitempty"`   // the SHA-1 of its picture, in hexadecimal
}

// ShowAlias tells all about an alias.
func (a *Admin) ShowAlias(ctx context.Context, who Actor, r Identified) (AliasDetail, error) {
	al, err := a.alias(ctx, who, r.Address, true)
	if err != nil {
		return AliasDetail{}, err
	}
	d := AliasDetail{Alias: viewAlias(&al)}
	picture, err := a.avatar(ctx, &al)
	if err != nil {
		return d, err
	}
	d.Picture = picture.Hash
	if a.Groups != nil {
		res, err := a.Groups.Resolve(ctx, al.JID)
		if err != nil {
			return d, stored(err, "resolve alias", al.JID.String())
		}
		d.Effective = &res
	}
	naming, err := a.naming(ctx, al.JID)
	d.NamedBy = a.visible(who, inUse(naming))
	return d, err
}
