package admin

import (
	"context"
	"errors"
	"maps"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// looked is up to how many addresses of a domain are looked up one by one; for more, all that there are are read.
const looked = 100

// called notes what the people and aliases of a preview are called, as far as the actor administers them.
func (a *Admin) called(ctx context.Context, who Actor, f AliasFields, p *AliasPreview) error {
	all := slices.Concat(f.Targets, f.Leads, f.Posters)
	for _, m := range p.Members {
		all = append(all, m.Address)
	}
	byDomain := map[string]map[xmpp.JID]bool{}
	for _, s := range all {
		j, err := xmpp.ParseJID(s)
		if err != nil || !slices.Contains(a.Hosts(), j.Domain()) || a.domain(who, j.Domain()) != nil {
			continue
		}
		if byDomain[j.Domain()] == nil {
			byDomain[j.Domain()] = map[xmpp.JID]bool{}
		}
		byDomain[j.Domain()][j.Bare()] = true
	}
	p.Names = map[string]string{}
	note := func(j xmpp.JID, name string, alias bool) {
		p.Names[j.String()] = name
		if alias {
			p.Groups = append(p.Groups, j.String())
		}
	}
	for domain, wanted := range byDomain {
		err := a.namesOf(ctx, domain, wanted, note)
		if err != nil {
			return stored(err, "read names", domain)
		}
	}
	slices.Sort(p.Groups)
	return nil
}

// namesOf tells note what addresses of a domain are called. Of what is no account or alias there is nothing to tell.
func (a *Admin) namesOf(ctx context.Context, domain string, wanted map[xmpp.JID]bool, note func(j xmpp.JID, name string, alias bool)) error {
	if len(wanted) > looked {
		accounts, err := a.Store.Accounts(ctx, domain)
		if err != nil {
			return err
		}
		for _, acc := range accounts {
			if wanted[acc.JID] {
				note(acc.JID, acc.Name, false)
			}
		}
		aliases, err := a.Store.Aliases(ctx, domain)
		for _, al := range aliases {
			if wanted[al.JID] {
				note(al.JID, al.Name, true)
			}
		}
		return err
	}
	for _, j := range slices.Collect(maps.Keys(wanted)) {
		acc, err := a.Store.Account(ctx, j)
		if err == nil {
			note(j, acc.Name, false)
			continue
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		al, err := a.Store.Alias(ctx, j)
		switch {
		case err == nil:
			note(j, al.Name, true)
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
	}
	return nil
}
