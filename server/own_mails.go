package server

import (
	"context"
	"encoding/json"

	"myna/muc/digest"
	"myna/xmpp"
)

// ownMails is what people may decide about mails that tell them of their groups.
type ownMails struct{ p *parts }

// Work tells whether there are mails.
func (o ownMails) Work() bool { return o.p.digest.Works() }

// Usual is the rhythm of a domain.
func (o ownMails) Usual(domain string) string { return o.p.digest.Usual(domain) }

// Choice is what an account has chosen.
func (o ownMails) Choice(ctx context.Context, account xmpp.JID) (string, error) {
	return digest.Choice(ctx, o.p.store, account)
}

// Choose keeps what somebody chooses who asks from a full address.
func (o ownMails) Choose(ctx context.Context, who xmpp.JID, choice string) error {
	own, account := o.p.own(), who.Bare()
	if err := own.whole(who); err != nil {
		return err
	}
	before, err := o.Choice(ctx, account)
	if err != nil || before == choice {
		return err
	}
	if err := digest.Choose(ctx, o.p.store, account, choice); err != nil {
		return err
	}
	o.p.digest.Chosen(account)
	change, err := json.Marshal(map[string]any{"old": map[string]string{"digest": before}, "new": map[string]string{"digest": choice}})
	if err != nil {
		return err
	}
	return own.audit(ctx, who, "account.set", string(change))
}
