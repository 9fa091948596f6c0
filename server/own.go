package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/account"
	"myna/admin"
	"myna/storage"
	"myna/xmpp"
)

// own is what people may do with their own account. There is one, as its pace is that of all doors.
func (p *parts) own() *ownAccount {
	if p.ownAccount == nil {
		p.ownAccount = &ownAccount{p: p, last: map[xmpp.JID]time.Time{}}
	}
	return p.ownAccount
}

// ownAccount does what people may do with their own account.
type ownAccount struct {
	p *parts

	mu   sync.Mutex
	last map[xmpp.JID]time.Time // when the password was changed last; guarded by mu
}

// Changing a password costs a moment of computing, so nobody does it all the time.
const (
	pace     = 5 * time.Second
	maxPaced = 10000
)

func (o *ownAccount) paced(j xmpp.JID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if now.Sub(o.last[j]) < pace {
		return false
	}
	if len(o.last) >= maxPaced {
		clear(o.last)
	}
	o.last[j] = now
	return true
}

// SetPassword changes the password of who asks from a full address. The other sessions of the account stay: XEP-0077 § 3.3
// asks for no more, and who only wants another password has nothing to sign in anew for; who fears that somebody else is
// signed in ends those sessions by a command, or asks an administrator, whose change of a password ends all of them.
func (o *ownAccount) SetPassword(ctx context.Context, who xmpp.JID, password string) error {
	if err := o.whole(who); err != nil {
		return err
	}
	if s := o.p.router.Session(who); s != nil && o.p.proof(s).By == account.ByCertificate { // XEP-0257 § 5.2
		return xmpp.Refuse(stanza.NotAuthorized, "This client has signed in with a certificate; use one that knows the password.")
	}
	var weak *account.PasswordError
	if errors.As(o.p.accounts.Acceptable(who, password), &weak) {
		return xmpp.Refuse(stanza.NotAcceptable, "This password cannot be used: "+weak.Reason+".")
	}
	if !o.paced(who.Bare()) {
		return xmpp.Refuse(stanza.ResourceConstraint, "The password was changed a moment ago; wait a few seconds.")
	}
	if err := o.p.accounts.SetPassword(ctx, who, password); err != nil {
		return err
	}
	return o.audit(ctx, who, "account.password", `{"new":{"password":"changed"}}`)
}

// Close keeps the account of who asks from a full address from signing in.
func (o *ownAccount) Close(ctx context.Context, who xmpp.JID) error {
	if err := o.whole(who); err != nil {
		return err
	}
	if a, _ := o.p.accounts.Account(who); a.Role == storage.ServerAdmin {
		return xmpp.Refuse(stanza.NotAllowed, "You administer this server; another administrator can delete your account.")
	}
	if err := o.p.accounts.Disable(ctx, who); err != nil {
		return err
	}
	return o.audit(ctx, who, "account.disable", `{"new":{"disabled":true}}`)
}

// Delete removes a closed account with all that belongs to it. The person acts by the rights of the server: the actor
// is the client's full address.
func (o *ownAccount) Delete(ctx context.Context, who xmpp.JID) error {
	actor := admin.Actor{Name: who.String(), Role: storage.ServerAdmin, Door: "xmpp"}
	_, err := o.p.administer(ctx, actor, "account.delete", admin.Identified{Address: who.Bare().String()})
	return err
}

// audit writes what somebody did with the own account into the log of changes.
func (o *ownAccount) audit(ctx context.Context, who xmpp.JID, action, change string) error {
	err := o.p.store.AppendAudit(context.WithoutCancel(ctx), storage.Audit{
		At: time.Now(), Actor: who.Bare().String(), Door: "xmpp", Action: action, Object: who.Bare().String(), Change: change,
	})
	if err != nil { // the change is made: its missing line is the server's fault
		o.p.log.Error("change is missing in the audit log", "action", action, "object", who.Bare().String(), "err", err)
	}
	return nil
}

// whole refuses what a client may not do that has signed in with less than the password: an app password, or a pass of a webmail.
func (o *ownAccount) whole(who xmpp.JID) error {
	if o.p.accounts.IsGuest(who) {
		return xmpp.Refuse(stanza.NotAllowed, "Guests have an account for as long as they are there.")
	}
	if s := o.p.router.Session(who); s != nil && o.p.limited(s) {
		return xmpp.Refuse(stanza.Forbidden, "This client may use the account, but not change who signs in to it; use one that has signed in with the password of the account.")
	}
	return nil
}

// List lists the app passwords of an account.
func (o *ownAccount) List(ctx context.Context, who xmpp.JID) ([]storage.AppPassword, error) {
	return o.p.accounts.AppPasswords(ctx, who)
}

// Create makes an app password for who asks from a full address.
func (o *ownAccount) Create(ctx context.Context, who xmpp.JID, label string) (storage.AppPassword, string, error) {
	if err := o.whole(who); err != nil {
		return storage.AppPassword{}, "", err
	}
	if !o.paced(who.Bare()) {
		return storage.AppPassword{}, "", xmpp.Refuse(stanza.ResourceConstraint, "A password was made a moment ago; wait a few seconds.")
	}
	p, text, err := o.p.accounts.CreateAppPassword(ctx, who, label)
	var full *account.FullError
	switch {
	case errors.Is(err, account.ErrLabel):
		return p, "", xmpp.Refuse(stanza.NotAcceptable, "Say in one line of at most 64 characters what the password is for.")
	case errors.As(err, &full):
		return p, "", xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("An account has %d app passwords at most; revoke one.", full.Most))
	case err != nil:
		return p, "", err
	}
	return p, text, o.auditAppPassword(ctx, who, "app-password.create", "new", p)
}

// Revoke ends an app password of who asks from a full address.
func (o *ownAccount) Revoke(ctx context.Context, who xmpp.JID, p storage.AppPassword) error {
	if err := o.whole(who); err != nil {
		return err
	}
	err := o.p.accounts.EndAppPassword(ctx, who, p.ID)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return xmpp.Refuse(stanza.ItemNotFound, "This app password is revoked already.")
	case err != nil:
		return err
	}
	return o.auditAppPassword(ctx, who, "app-password.revoke", "old", p)
}

func (o *ownAccount) auditAppPassword(ctx context.Context, who xmpp.JID, action, side string, p storage.AppPassword) error {
	change, err := json.Marshal(map[string]any{side: map[string]string{"app_password": p.ID, "label": p.Label}})
	if err != nil {
		return err
	}
	return o.audit(ctx, who, action, string(change))
}
