package admin

import (
	"context"
	"time"
)

// Nothing is a request without fields.
type Nothing struct{}

// Status is how the server is.
type Status struct {
	Running  bool         `json:"running"`
	Version  string       `json:"version"`
	Started  time.Time    `json:"started,omitzero"`
	Sessions int          `json:"sessions"`
	Hosts    []HostStatus `json:"hosts"`
}

// HostStatus is what there is of one domain.
type HostStatus struct {
	Host     string `json:"host"`
	Accounts int    `json:"accounts"`
	Disabled int    `json:"disabled"`
	Online   int    `json:"online"` // accounts
	Sessions int    `json:"sessions"`
	Aliases  int    `json:"aliases"`
	Groups   int    `json:"groups"` // aliases with group chat
	Rooms    int    `json:"rooms"`  // that are no groups
}

// Status tells how the server is; a domain's administrator sees the own domain only.
func (a *Admin) Status(ctx context.Context, who Actor, _ Nothing) (Status, error) {
	if _, err := a.listed(who, ""); err != nil {
		return Status{}, err
	}
	s := Status{Running: !a.Started.IsZero(), Version: a.Version, Started: a.Started, Hosts: []HostStatus{}}
	for _, host := range a.Hosts() {
		if a.domain(who, host) != nil {
			continue
		}
		h, err := a.hostStatus(ctx, host)
		if err != nil {
			return s, err
		}
		s.Sessions += h.Sessions
		s.Hosts = append(s.Hosts, h)
	}
	return s, nil
}

func (a *Admin) hostStatus(ctx context.Context, host string) (HostStatus, error) {
	h := HostStatus{Host: host}
	accounts, err := a.Store.Accounts(ctx, host)
	if err != nil {
		return h, stored(err, "list accounts", host)
	}
	h.Accounts = len(accounts)
	for _, acc := range accounts {
		if acc.Disabled {
			h.Disabled++
		}
	}
	aliases, err := a.Store.Aliases(ctx, host)
	if err != nil {
		return h, stored(err, "list aliases", host)
	}
	for _, al := range aliases {
		if !al.Deleted.IsZero() {
			continue
		}
		h.Aliases++
		if al.GroupChat {
			h.Groups++
		}
	}
	rooms, err := a.Store.Rooms().Rooms(ctx, a.GroupsHost(host))
	if err != nil {
		return h, stored(err, "list rooms", host)
	}
	for _, r := range rooms {
		if r.Group.IsZero() {
			h.Rooms++
		}
	}
	if a.Sessions != nil {
		h.Online, h.Sessions = a.Sessions.Online(host)
	}
	return h, nil
}
