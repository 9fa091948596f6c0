package commands

import (
	"context"
	"time"

	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// lost is the command for who has lost the password.
func (c *Commands) lost() command {
	return command{node: ours + "reset-link", name: "Make a link for a new password", forms: []formOf{one("A link for a new password")}, run: c.resetLink}
}

// resetLink makes a link by which somebody sets a new password, and shows it.
func (c *Commands) resetLink(ctx context.Context, k *call) (outcome, error) {
	var link struct {
		Page  string    `json:"page"`
		Code  string    `json:"code"`
		Until time.Time `json:"until"`
	}
	if err := c.do(ctx, k, "account.reset-link", object{"address": k.values.First("accountjid")}, &link); err != nil {
		return outcome{}, err
	}
	x := form.New("result", ns.Admin)
	if link.Page != "" {
		x.Add(form.Field("text-single", "page", "Link for browsers", link.Page))
	}
	x.Add(form.Field("text-single", "code", "Code for clients that ask for one", link.Code))
	return outcome{payload: x.Add(form.Field("text-single", "expire", "Good once, until", link.Until.UTC().Format(time.RFC3339)))}, nil // XEP-0082
}
