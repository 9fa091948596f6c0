package commands

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// partners are the commands about with whom the domain communicates, in both directions (XEP-0133 § 4.11, § 4.12).
func (c *Commands) partners() []command {
	const blocked, allowed = "modules.partners.blocked", "modules.partners.allowed"
	black := c.partnersForm(blocked, "blacklistjids", "Editing the blacklist", "The blacklist",
		"Nobody of the domain communicates with these domains and addresses.")
	white := c.partnersForm(allowed, "whitelistjids", "Editing the whitelist", "The whitelist",
		"The domain communicates with these domains and addresses alone. If the list is empty it does with everybody.")
	set := c.setPartners(allowed, "whitelistjids")
	return []command{
		{node: "edit-blacklist", name: "Edit the list of those who are blocked", forms: []formOf{black}, run: c.setPartners(blocked, "blacklistjids")},
		{node: "edit-whitelist", name: "Edit the list of those who are allowed", forms: []formOf{white}, run: set},
		// The text of § 4.12 calls it so, its examples as above.
		{node: "add-to-whitelist", name: "Edit the list of those who are allowed", unlisted: true, forms: []formOf{white}, run: set},
	}
}

// partnersForm shows a list as it is in use.
func (c *Commands) partnersForm(key, field, title, label, instructions string) formOf {
	return func(ctx context.Context, k *call) (*xmpp.Element, error) {
		var options []struct {
			Key   string `json:"key"`
			Value string `json:"value"`
		}
		if err := c.do(ctx, k, "policy.list", object{"domain": k.at.Domain()}, &options); err != nil {
			return nil, err
		}
		var list []string
		for _, o := range options {
			if o.Key == key {
				if err := json.Unmarshal([]byte(o.Value), &list); err != nil { // addresses are the same text in TOML and JSON
					return nil, err
				}
			}
		}
		return form.Titled(title, instructions, ns.Admin).Add(form.Field("jid-multi", field, label, list...)), nil
	}
}

// setPartners decides a list, as the administrators of the domain may.
func (c *Commands) setPartners(key, field string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		list := []string{}
		for _, s := range k.values.List(field) {
			j, err := xmpp.ParseJID(strings.TrimSpace(s))
			if err != nil { // the form was checked
				continue
			}
			if j.Domain() == k.at.Domain() {
				return outcome{}, bad("bad-payload", j.String()+" is of this domain; the list is about others. Accounts can be disabled.")
			}
			if !slices.Contains(list, j.String()) {
				list = append(list, j.String())
			}
		}
		b, err := json.Marshal(list)
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, c.do(ctx, k, "policy.set", object{"domain": k.at.Domain(), "key": key, "value": string(b)}, nil)
	}
}
