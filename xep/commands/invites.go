package commands

import (
	"context"
	"time"

	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// invites are the commands by which people are invited (XEP-0401 § 3).
func (c *Commands) invites() []command {
	return []command{
		{node: ns.Invite + "#invite", name: "Invite user", run: c.inviteContact, allowed: func(a *asker) bool { // § 5.1
			return !a.limited && c.MayInvite(&a.account) && a.at.Domain() == a.who.Domain()
		}},
		{node: ns.Invite + "#create-account", name: "Create account", forms: []formOf{createAccountForm}, run: c.inviteAccount, // § 5.4
			allowed: func(a *asker) bool { return a.administers() && c.MayInvite(&a.account) }},
	}
}

// invitation is what comes of invite.create.
type invitation struct {
	URI     string    `json:"uri"`
	Page    string    `json:"page"`
	Expires time.Time `json:"expires"`
}

// inviteContact invites somebody to become a contact, with an account of their own or one of here.
func (c *Commands) inviteContact(ctx context.Context, k *call) (outcome, error) {
	return c.invite(ctx, k, object{"inviter": k.who.Bare().String(), "contact": true})
}

func createAccountForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Create account", "The person who gets the link chooses a password. Without a user name here, the name, too.", "").Add(
		form.Field("text-single", "username", "Username"),
		form.Field("boolean", "roster-subscription", "Roster subscription", "0"),
		form.Field("jid-multi", "groups", "Aliases that the account belongs to")), nil
}

// inviteAccount invites somebody to make an account.
func (c *Commands) inviteAccount(ctx context.Context, k *call) (outcome, error) {
	request := object{"domain": k.at.Domain(), "groups": k.values.List("groups")}
	if name := k.values.First("username"); name != "" {
		j, err := xmpp.NewJID(name, k.at.Domain(), "")
		if err != nil || j.Local() == "" { // § 5.4
			return outcome{}, bad("bad-payload", "This cannot be a user name.")
		}
		request["account"] = j.String()
	}
	if k.values.True("roster-subscription") {
		request["inviter"] = k.who.Bare().String()
	}
	return c.invite(ctx, k, request)
}

// invite makes an invitation and shows it (§ 5.1).
func (c *Commands) invite(ctx context.Context, k *call, request object) (outcome, error) {
	var i invitation
	if err := c.do(ctx, k, "invite.create", request, &i); err != nil {
		return outcome{}, err
	}
	x := form.New("result", ns.Invite+"#invitation").Add(form.Field("text-single", "uri", "Link for clients", i.URI))
	if i.Page != "" {
		x.Add(form.Field("text-single", "landing-url", "Link for browsers", i.Page))
	}
	return outcome{payload: x.Add(form.Field("text-single", "expire", "Good until", i.Expires.UTC().Format(time.RFC3339)))}, nil // XEP-0082
}
