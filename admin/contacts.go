package admin

import (
	"context"

	"myna/roster"
	"myna/xmpp"
	"myna/xmpp/pie"
)

// Contact is one entry of an account's list.
type Contact struct {
	Address      string   `json:"address"`
	Name         string   `json:"name,omitempty"`
	Groups       []string `json:"groups,omitempty"`
	Subscription string   `json:"subscription"`     // none, to, from, both
	Shared       bool     `json:"shared,omitempty"` // a colleague that the domain's shared list has
}

// Contacts knows the lists of accounts.
type Contacts interface {
	// Contacts returns an account's list as its clients see it.
	Contacts(account xmpp.JID) ([]roster.Contact, error)
	// Import takes contacts, and requests that wait for an answer, as in Kept.
	Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake
}

// ListContacts lists the contacts of an account, as its clients see them (XEP-0133 § 4.8).
func (a *Admin) ListContacts(ctx context.Context, who Actor, r Identified) ([]Contact, error) {
	rec, err := a.account(ctx, who, r.Address)
	if err != nil {
		return nil, err
	}
	all, err := a.Contacts.Contacts(rec.JID)
	if err != nil {
		return nil, stored(err, "list contacts of account", rec.JID.String())
	}
	list := make([]Contact, len(all))
	for i, c := range all {
		list[i] = Contact{Address: c.JID.String(), Name: c.Name, Groups: c.Groups, Shared: c.Shared, Subscription: subscription(c.To, c.From)}
	}
	return list, nil
}

func subscription(to, from bool) string {
	switch {
	case to && from:
		return "both"
	case to:
		return "to"
	case from:
		return "from"
	}
	return "none"
}
