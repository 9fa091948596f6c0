package server

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"myna/account"
	"myna/hook"
	"myna/storage"
	"myna/xep/clients"
	"myna/xmpp"
)

func buildClients(p *parts) (hook.Module, error) {
	key, err := secret(p.ctx, p.store, p.cfg.Hosts[0], "clients")
	if err != nil {
		return nil, err
	}
	p.clients = clients.New(clients.Options{Accounts: access{p.accounts, p}, Limited: p.limited, Now: time.Now, Secret: key})
	return p.clients, nil
}

// access is who has access to accounts.
type access struct {
	*account.Service
	p *parts
}

// Live returns the sessions of an account, with what they have signed in with.
func (a access) Live(ctx context.Context, j xmpp.JID) ([]clients.Live, error) {
	var list []clients.Live
	for _, s := range a.p.router.Sessions(j) {
		by := a.p.proof(s)
		l := clients.Live{Session: s, ID: by.Client.ID, Software: by.Client.Software, Device: by.Client.Device, App: by.App,
			Handed: by.Certificate, By: clients.Password}
		if begun, ok := s.(interface{ Since() time.Time }); ok {
			l.Since = begun.Since().UTC()
		}
		switch by.By {
		case account.ByPass:
			l.By = clients.Grant
		case account.ByNothing: // a guest, for whom the server itself has vouched
			l.By = clients.Grant
		case account.ByCertificate:
			l.By = clients.External
		case account.ByToken: // whose client is not stored any more
			l.By, l.Void = clients.Fast, true
		case account.ByPassword:
			current, err := a.Current(ctx, j, by)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return nil, err
			}
			l.Void = !current
		}
		list = append(list, l)
	}
	return list, nil
}

// EndSession ends a session, and voids the pass that it has come by.
func (a access) EndSession(s hook.Session) {
	if g := a.p.proof(s).Grant; g != nil {
		livePasses{a.p}.Revoke(g.Account.Domain(), g.Session)
	}
	kick(s, "the access of this client was revoked")
}

// Audit notes that somebody has ended a client of the own account.
func (a access) Audit(ctx context.Context, j xmpp.JID, c *clients.Client) {
	change, err := json.Marshal(map[string]any{"old": map[string]string{"client": c.ID, "software": c.Software, "device": c.Device, "app_password": c.AppPassword}})
	if err == nil {
		err = a.p.own().audit(ctx, j, "account.end-client", string(change))
	}
	if err != nil {
		a.p.log.Error("change is missing in the audit log", "action", "account.end-client", "object", j.String(), "err", err)
	}
}
