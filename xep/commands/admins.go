package commands

import (
	"context"
	"slices"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// admins lists who administers the domain; administrators of the server are not among them.
func (c *Commands) admins(ctx context.Context, k *call) ([]string, error) {
	return c.users(ctx, k, func(a *account) bool { return a.Role == storage.DomainAdmin })
}

// adminsForm shows the list of administrators (XEP-0133 § 4.29).
func (c *Commands) adminsForm(ctx context.Context, k *call) (*xmpp.Element, error) {
	list, err := c.admins(ctx, k)
	if err != nil {
		return nil, err
	}
	return form.Titled("Administrators of "+k.at.Domain(), "Those who administer the whole server are not listed.", ns.Admin).Add(
		form.Field("jid-multi", "adminjids", "The administrators", list...)), nil
}

// setAdmins gives and takes rights until they are as the list says.
func (c *Commands) setAdmins(ctx context.Context, k *call) (outcome, error) {
	now, err := c.admins(ctx, k)
	if err != nil {
		return outcome{}, err
	}
	role := map[string]storage.Role{}
	var wanted, changed []string
	for _, s := range k.values.List("adminjids") {
		j, err := xmpp.ParseJID(s)
		if err != nil { // the form was checked
			continue
		}
		wanted = append(wanted, j.String())
		if !slices.Contains(now, j.String()) && !slices.Contains(changed, j.String()) {
			role[j.String()], changed = storage.DomainAdmin, append(changed, j.String())
		}
	}
	for _, j := range now {
		if !slices.Contains(wanted, j) {
			role[j], changed = storage.User, append(changed, j)
		}
	}
	return forEach(changed, func(address string) error {
		return c.do(ctx, k, "account.set", object{"address": address, "role": role[address]}, nil)
	})
}
