package admin

import (
	"context"

	"myna/xmpp"
)

// ListSessions lists the sessions of an account.
func (a *Admin) ListSessions(ctx context.Context, who Actor, r Identified) ([]Session, error) {
	rec, err := a.account(ctx, who, r.Address)
	if err != nil {
		return nil, err
	}
	if a.Sessions == nil {
		return nil, notRunning()
	}
	return append([]Session{}, a.Sessions.Sessions(rec.JID)...), nil // a list, also where it is empty
}

// AllSessions asks for the sessions of a domain; "" is all that the actor administers.
type AllSessions struct {
	Domain string `json:"domain,omitempty"`
	Page          // the address of a session is ACCOUNT/RESOURCE
}

// AllSessions lists who is signed in, in the order of addresses.
func (a *Admin) AllSessions(ctx context.Context, who Actor, r AllSessions) ([]AccountSession, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	if a.Sessions == nil {
		return nil, notRunning()
	}
	accounts, err := a.Store.Accounts(ctx, domain)
	if err != nil {
		return nil, stored(err, "list accounts", domain)
	}
	names := make(map[string]string, len(accounts))
	for _, rec := range accounts {
		names[rec.JID.String()] = rec.Name
	}
	list := append([]AccountSession{}, a.Sessions.All(domain)...)
	for i := range list {
		list[i].Name = names[list[i].Address]
	}
	return cut(r.Page, list, func(s AccountSession) (string, string) {
		return s.Address + "/" + s.Resource, s.Name + "\n" + s.Remote + "\n" + s.Client
	}), nil
}

// Kick asks to end the sessions of an account, or the one with the resource.
type Kick struct {
	Address  string `json:"address"`
	Resource string `json:"resource,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Kicked tells how many sessions were ended.
type Kicked struct {
	Ended int `json:"ended"`
}

// Kick ends sessions. The client may sign in again at once; DisableAccount keeps it out.
func (a *Admin) Kick(ctx context.Context, who Actor, r Kick) (Kicked, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return Kicked{}, err
	}
	if err := plainText("reason", r.Reason, 256); err != nil {
		return Kicked{}, err
	}
	if a.Sessions == nil {
		return Kicked{}, notRunning()
	}
	if r.Reason == "" {
		r.Reason = "an administrator ended the session"
	}
	n := a.Sessions.Kick(rec.JID, r.Resource, r.Reason)
	if n == 0 && r.Resource != "" {
		return Kicked{}, refuse(NotFound, "no-session", "%s has no session %q", rec.JID, r.Resource)
	}
	if n > 0 {
		a.audit(ctx, who, "account.kick", rec.JID, nil, map[string]any{"resource": r.Resource, "ended": n, "reason": r.Reason})
	}
	return Kicked{n}, nil
}

func notRunning() error {
	return refuse(Conflict, "not-running", "the server does not run, so nobody is signed in; start it with myna serve")
}

// occupants lists who is in a room; nil where the server does not run.
func (a *Admin) occupants(room xmpp.JID) []Occupant {
	if a.Rooms == nil || room.IsZero() {
		return nil
	}
	return a.Rooms.Occupants(room)
}
