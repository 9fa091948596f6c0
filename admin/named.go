package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// targets prepares the targets of an alias. A new one of this server must exist already: a misspelt name would be a
// member who silently never gets anything. A domain administrator adds no addresses of other domains of this server: what
// an alias comes to would tell who is in theirs.
func (a *Admin) targets(ctx context.Context, who Actor, al *storage.Alias, list []string) ([]string, error) {
	if most := a.Bounds(al.JID.Domain()).AliasTargets; len(list) > most {
		return nil, refuse(Invalid, "targets-many", "%d targets are too many; %d are possible", len(list), most)
	}
	var out []string
	for _, s := range list {
		j, err := xmpp.ParseJID(strings.TrimSpace(s))
		if err != nil || j.Local() == "" || !j.IsBare() {
			return nil, refuse(Invalid, "target-no-address", "the target %q is no address", s)
		}
		if j == al.JID {
			return nil, refuse(Invalid, "target-itself", "%s cannot be a target of itself", j)
		}
		if slices.Contains(out, j.String()) {
			continue
		}
		if !slices.Contains(al.Targets, j.String()) {
			if err := a.known(ctx, who, "target", j, true); err != nil {
				return nil, err
			}
		}
		out = append(out, j.String())
	}
	return out, nil
}

// people prepares the leads or posters of an alias; before are those that it has. As with targets, a new one of this
// server must exist; it is an account, since an alias writes nothing.
func (a *Admin) people(ctx context.Context, who Actor, what, domain string, before []xmpp.JID, list []string) ([]xmpp.JID, error) {
	if most := a.Bounds(domain).AliasTargets; len(list) > most {
		return nil, refuse(Invalid, "people-many", "%d %ss are too many; %d are possible", len(list), what, most)
	}
	var out []xmpp.JID
	for _, s := range list {
		j, err := xmpp.ParseJID(strings.TrimSpace(s))
		if err != nil || j.Local() == "" || !j.IsBare() {
			return nil, refuse(Invalid, "member-no-address", "the %s %q is no address", what, s)
		}
		if slices.Contains(out, j) {
			continue
		}
		if !slices.Contains(before, j) {
			if err := a.known(ctx, who, what, j, false); err != nil {
				return nil, err
			}
		}
		out = append(out, j)
	}
	return out, nil
}

// known checks that an address that an alias is to name exists, where it is of this server, and that the actor may see
// that it does.
func (a *Admin) known(ctx context.Context, who Actor, what string, j xmpp.JID, aliases bool) error {
	if !slices.Contains(a.Hosts(), j.Domain()) {
		return nil
	}
	if err := a.domain(who, j.Domain()); err != nil {
		return err
	}
	_, err := a.Store.Account(ctx, j)
	if err == nil || !errors.Is(err, storage.ErrNotFound) {
		return stored(err, "read account", j.String())
	}
	al, err := a.Store.Alias(ctx, j)
	isAlias := err == nil && al.Deleted.IsZero()
	switch {
	case err != nil && !errors.Is(err, storage.ErrNotFound):
		return stored(err, "read alias", j.String())
	case isAlias && aliases:
		return nil
	case isAlias:
		return refuse(Invalid, "person-is-alias", "the %s %s is an alias; name the accounts of people", what, j)
	}
	is := "is no account"
	if aliases {
		is = "is neither an account nor an alias"
	}
	near, err := a.nearest(ctx, j, true, aliases)
	if err != nil {
		return err
	}
	if near != "" {
		return refuse(NotFound, "member-near", "the %s %s %s; did you mean %s?", what, j, is, near)
	}
	return refuse(NotFound, "member-missing", "the %s %s %s; create it first", what, j, is)
}

// missing says that there is no account or alias with an address that the actor may administer, and which one was meant.
func (a *Admin) missing(ctx context.Context, kind string, j xmpp.JID) error {
	near, err := a.nearest(ctx, j, kind == "account", kind == "alias")
	if err != nil {
		return err
	}
	if near != "" {
		return refuse(NotFound, "no-such-near", "there is no %s %s; did you mean %s?", kind, j, near)
	}
	return refuse(NotFound, "no-such", "there is no %s %s", kind, j)
}

// nearest is the address of an account or alias that a misspelt one was meant to be, "" where none is near.
func (a *Admin) nearest(ctx context.Context, j xmpp.JID, accounts, aliases bool) (string, error) {
	var locals []string
	if accounts {
		list, err := a.Store.Accounts(ctx, j.Domain())
		if err != nil {
			return "", stored(err, "list accounts", j.Domain())
		}
		for _, acc := range list {
			locals = append(locals, acc.JID.Local())
		}
	}
	if aliases {
		list, err := a.Store.Aliases(ctx, j.Domain())
		if err != nil {
			return "", stored(err, "list aliases", j.Domain())
		}
		for _, al := range list {
			if al.Deleted.IsZero() {
				locals = append(locals, al.JID.Local())
			}
		}
	}
	if near := config.Nearest(j.Local(), locals); near != "" {
		return near + "@" + j.Domain(), nil
	}
	return "", nil
}
