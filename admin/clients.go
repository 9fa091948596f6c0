package admin

import (
	"context"

	"myna/xep/clients"
	"myna/xmpp"
)

// Access is who can sign in to an account.
type Access interface {
	// Of lists the clients that can, or are signed in.
	Of(ctx context.Context, account xmpp.JID) ([]clients.Client, error)
	// End takes the access of a client away; nil for one that there is not. One that knows the password can come back.
	End(ctx context.Context, account xmpp.JID, id string) (*clients.Client, error)
}

// ListClients lists the clients that can sign in to an account, as far as they are known.
func (a *Admin) ListClients(ctx context.Context, who Actor, r Identified) ([]clients.Client, error) {
	rec, err := a.account(ctx, who, r.Address)
	if err != nil {
		return nil, err
	}
	list, err := a.Access.Of(ctx, rec.JID)
	return list, stored(err, "list clients of account", rec.JID.String())
}

// EndClient asks to end a client.
type EndClient struct {
	Address string `json:"address"`
	ID      string `json:"id"`
}

// EndClient ends a client: its sessions, its tokens, and the app password that it has signed in with. It returns the client as it
// was. One that knows the password of the account can sign in again; SetPassword keeps it out.
func (a *Admin) EndClient(ctx context.Context, who Actor, r EndClient) (clients.Client, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return clients.Client{}, err
	}
	c, err := a.Access.End(ctx, rec.JID, r.ID)
	if err != nil {
		return clients.Client{}, stored(err, "end client of account", rec.JID.String())
	}
	if c == nil {
		return clients.Client{}, refuse(NotFound, "no-client", "%s has no client %s", rec.JID, r.ID)
	}
	a.audit(ctx, who, "account.end-client", rec.JID, map[string]string{
		"client": c.ID, "software": c.Software, "device": c.Device, "app_password": c.AppPassword}, nil)
	return *c, nil
}
