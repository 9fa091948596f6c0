package server

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/account"
	"myna/account/signup"
	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/xep/commands"
	"myna/xep/contactaddresses"
	"myna/xep/datapolicy"
	"myna/xep/outage"
	"myna/xep/push"
	"myna/xep/search"
	"myna/xmpp"
	"myna/xmpp/ns"
)

func buildContact(p *parts) (hook.Module, error) {
	return contactaddresses.New(p.options.(*config.Options[contactaddresses.Config])), nil
}

// optionsOf are the options of another module.
func optionsOf[C any](p *parts, name string) *config.Options[C] {
	i := slices.IndexFunc(p.rows, func(r row) bool { return r.name == name })
	return p.rows[i].options.(*config.Options[C])
}

func buildOutage(p *parts) (hook.Module, error) {
	return outage.New(p.options.(*config.Options[outage.Config])), nil
}

func buildDataPolicy(p *parts) (hook.Module, error) {
	return datapolicy.New(datapolicy.Options{
		Config: p.options.(*config.Options[datapolicy.Config]),
		Known: func(domain string) datapolicy.Known {
			kept := p.archive.Config.Of(domain)
			return datapolicy.Known{
				Plain: optionsOf[account.Config](p, "accounts").Of(domain).Plain, Stored: kept.Enabled, Days: kept.RetentionDays,
				Erased: optionsOf[signup.Config](p, "registration").Of(domain).UserDeletion,
			}
		},
	}), nil
}

func buildSearch(p *parts) (hook.Module, error) {
	return search.New(search.Options{
		Config:    p.options.(*config.Options[search.Config]),
		Directory: func(domain string) search.Directory { return p.accounts.Directory(domain) },
	}), nil
}

func buildPush(p *parts) (hook.Module, error) {
	m := push.New(push.Options{
		Config: p.options.(*config.Options[push.Config]), Docs: p.store, Router: p.router, Logger: p.log,
		Enabled: func(j xmpp.JID) bool {
			a, ok := p.accounts.Account(j)
			return ok && !a.Disabled
		},
		Wants: p.bookmarks.Wants,
	})
	p.push = m
	p.starters = append(p.starters, m.Run)
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			m.Forget(e.Account.JID)
		}
	})
	return m, nil
}

func buildCommands(p *parts) (hook.Module, error) {
	key, err := secret(p.ctx, p.store, p.cfg.Hosts[0], "commands")
	if err != nil {
		return nil, err
	}
	own := p.own()
	return commands.New(commands.Options{
		Account: p.accounts.Account, Sessions: p.router.Sessions, SetPassword: own.SetPassword, MayInvite: p.signUp.MayInvite, Now: time.Now, Secret: key,
		Apps: own, Mails: ownMails{p}, Managers: p.managers, Limited: p.limited,
		Do: func(ctx context.Context, who commands.Actor, operation string, request any) (json.RawMessage, error) {
			return p.administer(ctx, admin.Actor{Name: who.Name, Role: who.Role, Domain: who.Domain, Door: "xmpp"}, operation, request)
		},
	}), nil
}

// administer carries out an operation for a client. Administration is built after the modules, and before any client
// can ask.
func (p *parts) administer(ctx context.Context, who admin.Actor, operation string, request any) (json.RawMessage, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	result, err := p.admin.Do(ctx, who, operation, body, func(admin.Progress) {})
	if err != nil {
		return nil, shown(err)
	}
	return json.Marshal(result)
}

// shown is the stanza error of an operation's error (XEP-0133 § 5); those that nobody may see stay as they are.
func shown(err error) error {
	var e *admin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case admin.NotFound:
		return xmpp.Refuse(stanza.ItemNotFound, e.Text)
	case admin.Conflict, admin.Changed:
		return xmpp.Refuse(stanza.Conflict, e.Text)
	case admin.Invalid:
		return xmpp.Refuse(stanza.BadRequest, e.Text).WithApp(xmpp.El(ns.Commands, "bad-payload")) // XEP-0050 § 4.4
	case admin.Forbidden:
		return xmpp.Refuse(stanza.Forbidden, e.Text)
	}
	return err
}
