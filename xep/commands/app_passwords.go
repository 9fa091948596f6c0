package commands

import (
	"context"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
)

// AppPasswords makes and revokes passwords for one program or device. Its errors are stanza errors where the person may see
// them.
type AppPasswords interface {
	List(ctx context.Context, account xmpp.JID) ([]storage.AppPassword, error)
	// Create makes one for who asks from a full address, and its text.
	Create(ctx context.Context, who xmpp.JID, label string) (p storage.AppPassword, text string, err error)
	// Revoke ends one of who asks from a full address, with the sessions that have signed in with it.
	Revoke(ctx context.Context, who xmpp.JID, p storage.AppPassword) error
}

func (c *Commands) listAppPasswords(ctx context.Context, k *call) (outcome, error) {
	list, err := c.Apps.List(ctx, k.at)
	if err != nil {
		return outcome{}, err
	}
	x := form.New("result", "").Add(form.Reported(form.Field("text-single", "label", "For"),
		form.Field("text-single", "created", "Made"), form.Field("text-single", "used", "Last used")))
	for _, p := range list {
		used := "never"
		if !p.Used.IsZero() {
			used = p.Used.Format(time.RFC3339)
		}
		x.Add(form.Item(form.Field("", "label", "", p.Label), form.Field("", "created", "", p.Created.Format(time.RFC3339)), form.Field("", "used", "", used)))
	}
	return outcome{payload: x}, nil
}

func labelForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Make an app password", "An app password is for one program or device: it signs in like your own password, but cannot change that or make others, and you can revoke it alone.", "").Add(
		form.Need(form.Field("text-single", "label", "What it is for"))), nil
}

func (c *Commands) createAppPassword(ctx context.Context, k *call) (outcome, error) {
	p, text, err := c.Apps.Create(ctx, k.who, k.values.First("label"))
	if err != nil {
		return outcome{}, err
	}
	return outcome{note: "Write it down or paste it now: it is not shown again.", payload: form.New("result", "").Add(
		form.Field("text-single", "label", "For", p.Label), form.Field("text-single", "password", "Password", text))}, nil
}

func (c *Commands) chooseAppPassword(ctx context.Context, k *call) (*xmpp.Element, error) {
	list, err := c.Apps.List(ctx, k.at)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "You have no app passwords.")
	}
	f := form.Need(form.Field("list-single", "id", "App password"))
	for _, p := range list {
		form.Offer(f, p.Label+" (made "+p.Created.Format(time.DateOnly)+")", p.ID)
	}
	return form.Titled("Revoke an app password", "Who has signed in with it is signed out.", "").Add(f), nil
}

func (c *Commands) revokeAppPassword(ctx context.Context, k *call) (outcome, error) {
	list, err := c.Apps.List(ctx, k.at)
	if err != nil {
		return outcome{}, err
	}
	for _, p := range list {
		if p.ID == k.values.First("id") {
			return outcome{note: p.Label + " is revoked."}, c.Apps.Revoke(ctx, k.who, p)
		}
	}
	return outcome{}, xmpp.Refuse(stanza.ItemNotFound, "This app password is revoked already.")
}
