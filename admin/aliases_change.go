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

// CreateAlias asks for a new alias.
type CreateAlias struct {
	Address string `json:"address"`
	AliasFields
}

// CreateAlias adds an alias.
func (a *Admin) CreateAlias(ctx context.Context, who Actor, r CreateAlias) (Alias, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	j, err := a.address(who, r.Address)
	if err != nil {
		return Alias{}, err
	}
	if err := a.free(ctx, j); err != nil {
		return Alias{}, err
	}
	al := storage.Alias{JID: j, Created: a.now()}
	if err := a.fill(ctx, who, &al, r.AliasFields); err != nil {
		return Alias{}, err
	}
	if r.Avatar != nil {
		if _, err := a.putAvatar(ctx, who, &al, *r.Avatar); err != nil {
			return Alias{}, err
		}
	}
	return a.put(ctx, who, "alias.create", nil, al)
}

// free checks that an address is neither an account nor an alias, deleted ones included.
func (a *Admin) free(ctx context.Context, j xmpp.JID) error {
	al, err := a.Store.Alias(ctx, j)
	switch {
	case err == nil && !al.Deleted.IsZero():
		return refuse(Conflict, "deleted-alias", "%s is a deleted alias; restore it, or delete it for good (purge) first", j)
	case err == nil:
		return refuse(Conflict, "is-alias", "%s is an alias already", j)
	case !errors.Is(err, storage.ErrNotFound):
		return stored(err, "read alias", j.String())
	}
	if _, err = a.Store.Account(ctx, j); err == nil {
		return refuse(Conflict, "is-account", "%s is an account already", j)
	} else if !errors.Is(err, storage.ErrNotFound) {
		return stored(err, "read account", j.String())
	}
	return nil
}

// put writes an alias, which queues it for the reconciler.
func (a *Admin) put(ctx context.Context, who Actor, action string, before any, al storage.Alias) (Alias, error) {
	if err := a.Store.PutAlias(ctx, al); err != nil {
		return Alias{}, stored(err, "write alias", al.JID.String())
	}
	after := viewAlias(&al)
	a.audit(ctx, who, action, al.JID, before, after)
	a.Changed(al.JID)
	return after, nil
}

// SetAlias changes what is decided about an alias; what is nil stays.
type SetAlias struct {
	Address       string    `json:"address"`
	Name          *string   `json:"name,omitempty"`
	Description   *string   `json:"description,omitempty"`
	Targets       *[]string `json:"targets,omitempty"`
	GroupChat     *bool     `json:"group_chat,omitempty"`
	InternalOnly  *bool     `json:"internal_only,omitempty"`
	Hidden        *bool     `json:"hidden,omitempty"`
	Everyone      *bool     `json:"everyone,omitempty"`
	Announcement  *bool     `json:"announcement,omitempty"`
	Posters       *[]string `json:"posters,omitempty"`
	Leads         *[]string `json:"leads,omitempty"`
	Membership    *string   `json:"membership,omitempty"`
	History       *string   `json:"history,omitempty"`
	RetentionDays *int      `json:"retention_days,omitempty"`
	FilesOff      *bool     `json:"files_off,omitempty"`
	MentionAllOff *bool     `json:"mention_all_off,omitempty"`
	Avatar        *[]byte   `json:"avatar,omitempty"` // as in AliasFields
	If
}

// SetAlias changes an alias. One that is for everyone from now on is for announcements, unless the request says otherwise.
func (a *Admin) SetAlias(ctx context.Context, who Actor, r SetAlias) (Alias, error) {
	return a.changeAlias(ctx, who, "alias.set", r.Address, r.If, func(f *AliasFields) error {
		if r.Announcement != nil {
			f.Announcement = r.Announcement
		} else if r.Everyone != nil && *r.Everyone && !f.Everyone {
			f.Announcement = r.Everyone
		}
		assign(&f.Name, r.Name)
		assign(&f.Description, r.Description)
		assign(&f.Targets, r.Targets)
		assign(&f.GroupChat, r.GroupChat)
		assign(&f.InternalOnly, r.InternalOnly)
		assign(&f.Hidden, r.Hidden)
		assign(&f.Everyone, r.Everyone)
		assign(&f.Posters, r.Posters)
		assign(&f.Leads, r.Leads)
		assign(&f.Membership, r.Membership)
		assign(&f.History, r.History)
		assign(&f.RetentionDays, r.RetentionDays)
		assign(&f.FilesOff, r.FilesOff)
		assign(&f.MentionAllOff, r.MentionAllOff)
		f.Avatar = r.Avatar
		return nil
	})
}

func (a *Admin) changeAlias(ctx context.Context, who Actor, action, address string, cond If, f func(*AliasFields) error) (Alias, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	al, err := a.alias(ctx, who, address, false)
	if err != nil {
		return Alias{}, err
	}
	before := viewAlias(&al)
	if err := cond.check(before); err != nil {
		return Alias{}, err
	}
	fields := viewAlias(&al).AliasFields
	if err := f(&fields); err != nil {
		return Alias{}, err
	}
	if err := a.fill(ctx, who, &al, fields); err != nil {
		return Alias{}, err
	}
	pictured := false
	if fields.Avatar != nil {
		if pictured, err = a.putAvatar(ctx, who, &al, *fields.Avatar); err != nil {
			return Alias{}, err
		}
	}
	switch after := viewAlias(&al); {
	case action != "alias.set" || Version(after) != Version(before):
	case !pictured:
		return after, nil // what is said twice is done once
	default:
		a.changed(ctx, al.JID) // only the picture is another
		return after, nil
	}
	return a.put(ctx, who, action, before, al)
}

// AliasTargets names targets to add or remove.
type AliasTargets struct {
	Address string   `json:"address"`
	Targets []string `json:"targets"`
	If
}

// AddTargets adds targets to an alias. Those it has already are no error: who has left its group is a member again.
func (a *Admin) AddTargets(ctx context.Context, who Actor, r AliasTargets) (Alias, error) {
	if err := a.readmit(ctx, who, r); err != nil {
		return Alias{}, err
	}
	return a.changeAlias(ctx, who, "alias.add", r.Address, r.If, func(f *AliasFields) error {
		f.Targets = append(f.Targets, r.Targets...)
		return nil
	})
}

// readmit brings back who has left the group of an alias. The change of the alias that follows wakes the reconciler.
func (a *Admin) readmit(ctx context.Context, who Actor, r AliasTargets) error {
	al, err := a.alias(ctx, who, r.Address, false)
	if err == nil {
		err = r.check(viewAlias(&al))
	}
	if err != nil || a.Groups == nil || al.Room.IsZero() {
		return err
	}
	var accounts []xmpp.JID
	for _, s := range r.Targets { // what is no address is refused by the change that follows
		if j, err := xmpp.ParseJID(strings.TrimSpace(s)); err == nil {
			accounts = append(accounts, j)
		}
	}
	back, err := a.Groups.Readmit(ctx, al.Room, accounts)
	if err != nil {
		return stored(err, "change group", al.JID.String())
	}
	if len(back) > 0 {
		a.audit(ctx, who, "group.readmit", al.JID, map[string]any{"left": texts(back)}, map[string]any{"members": texts(back)})
	}
	return nil
}

// RemoveTargets removes targets from an alias, and their rights in it as lead or poster.
func (a *Admin) RemoveTargets(ctx context.Context, who Actor, r AliasTargets) (Alias, error) {
	return a.changeAlias(ctx, who, "alias.remove", r.Address, r.If, func(f *AliasFields) error {
		for _, s := range r.Targets {
			j, err := xmpp.ParseJID(s)
			if err != nil || !slices.Contains(f.Targets, j.String()) {
				return refuse(NotFound, "no-target", "%s is no target of %s", s, r.Address)
			}
			is := func(x string) bool { return x == j.String() }
			f.Targets = slices.DeleteFunc(f.Targets, is)
			f.Leads = slices.DeleteFunc(f.Leads, is)
			f.Posters = slices.DeleteFunc(f.Posters, is)
		}
		if len(f.Targets) == 0 && !f.Everyone {
			return refuse(Invalid, "last-target", "%s would have no targets left; delete it instead: myna alias delete %s", r.Address, r.Address)
		}
		return nil
	})
}

// RenameAlias moves an alias to another address. Its room keeps its own, and aliases that name it follow.
type RenameAlias struct {
	Address string `json:"address"`
	To      string `json:"to"`
	If
}

// RenameAlias renames an alias.
func (a *Admin) RenameAlias(ctx context.Context, who Actor, r RenameAlias) (Alias, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	al, err := a.alias(ctx, who, r.Address, false)
	if err != nil {
		return Alias{}, err
	}
	if err := r.check(viewAlias(&al)); err != nil {
		return Alias{}, err
	}
	to, err := a.address(who, r.To)
	if err != nil {
		return Alias{}, err
	}
	if err := a.free(ctx, to); err != nil {
		return Alias{}, err
	}
	others, err := a.Store.RenameAlias(ctx, al.JID, to)
	if err != nil {
		return Alias{}, stored(err, "rename alias", r.Address)
	}
	before, from := viewAlias(&al), al.JID
	al.JID = to
	after := viewAlias(&al)
	a.audit(ctx, who, "alias.rename", to, before, after)
	a.Changed(from)
	a.Changed(to)
	for _, other := range others {
		old := viewAlias(&other)
		now := viewAlias(&other)
		now.Targets = slices.Clone(now.Targets)
		for i, t := range now.Targets {
			if t == from.String() {
				now.Targets[i] = to.String()
			}
		}
		a.audit(ctx, who, "alias.set", other.JID, old, now)
		a.Changed(other.JID)
	}
	return after, nil
}

// DeleteAlias asks to delete an alias. Without Purge it can be restored for 30 days, with its room and history.
type DeleteAlias struct {
	Address string `json:"address"`
	Purge   bool   `json:"purge,omitempty"` // of one that is deleted already: for good
	If
}

// DeletedAlias tells until when an alias can be restored.
type DeletedAlias struct {
	Address string    `json:"address"`
	Until   time.Time `json:"until,omitzero"` // zero: gone for good
}

// DeleteAlias deletes an alias.
func (a *Admin) DeleteAlias(ctx context.Context, who Actor, r DeleteAlias) (DeletedAlias, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	al, err := a.alias(ctx, who, r.Address, r.Purge)
	if err != nil {
		return DeletedAlias{}, err
	}
	out := DeletedAlias{Address: al.JID.String()}
	if err := r.check(viewAlias(&al)); err != nil {
		return out, err
	}
	if r.Purge {
		if al.Deleted.IsZero() {
			return out, refuse(Conflict, "alias-in-use", "%s is in use; delete it first, then purge it", al.JID)
		}
		err := a.dropAvatar(ctx, al.JID.DomainJID(), avatarKey(&al))
		if err == nil {
			err = a.Store.DropAlias(ctx, al.JID)
		}
		if err != nil {
			return out, stored(err, "purge alias", al.JID.String())
		}
		a.audit(ctx, who, "alias.purge", al.JID, viewAlias(&al), nil)
		a.Changed(al.JID)
		return out, nil
	}
	before := viewAlias(&al)
	al.Deleted = a.now()
	out.Until = al.Deleted.Add(undelete)
	_, err = a.put(ctx, who, "alias.delete", before, al)
	return out, err
}

// RestoreAlias asks to bring a deleted alias back.
type RestoreAlias struct {
	Address string `json:"address"`
	If
}

// RestoreAlias brings a deleted alias back with its room and history.
func (a *Admin) RestoreAlias(ctx context.Context, who Actor, r RestoreAlias) (Alias, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	al, err := a.alias(ctx, who, r.Address, true)
	if err != nil {
		return Alias{}, err
	}
	if al.Deleted.IsZero() {
		return Alias{}, refuse(Conflict, "not-deleted", "%s is not deleted", al.JID)
	}
	before := viewAlias(&al)
	if err := r.check(before); err != nil {
		return Alias{}, err
	}
	al.Deleted = time.Time{}
	return a.put(ctx, who, "alias.restore", before, al)
}
