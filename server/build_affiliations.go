package server

import (
	"myna/config"
	"myna/hook"
	"myna/xep/affiliations"
)

func buildAffiliations(p *parts) (hook.Module, error) {
	return affiliations.New(affiliations.Options{
		Config: p.options.(*config.Options[affiliations.Config]), Account: p.accounts.Account, Guest: p.accounts.IsGuest, Alone: p.signUp.Alone,
	}), nil
}
