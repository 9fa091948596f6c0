package signup

import (
	"context"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// invited gives a new account what its invitation promises. The account is made: what fails now is done at the next start.
func (s *Service) invited(ctx context.Context, made xmpp.JID, i *storage.Invite) {
	ctx = context.WithoutCancel(ctx)
	s.grant(ctx, storage.Invited{Account: made, Invite: i.ID, Inviter: i.Inviter, Groups: i.Groups})
	if err := s.Refresh(ctx); err != nil {
		s.Logger.Error("invitations not read", "err", err)
	}
}

func (s *Service) grant(ctx context.Context, to storage.Invited) {
	err := s.Grant(ctx, to)
	if err == nil {
		err = s.Store.Granted(ctx, to.Account)
	}
	if errors.Is(err, storage.ErrNotFound) { // it has got it meanwhile, or is gone
		return
	}
	if err != nil {
		s.Logger.Error("an invitation's promise is not kept yet", "account", to.Account.String(), "invitation", to.Invite, "err", err)
	}
}

// Run gives accounts what a server that was stopped has not given them. It returns when that is done.
func (s *Service) Run(ctx context.Context) {
	list, err := s.Store.Granting(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s.Logger.Error("invitations not read", "err", err)
		return
	}
	for _, to := range list {
		if ctx.Err() != nil {
			return
		}
		s.grant(ctx, to)
	}
}

// maxWrong is how many wrong tokens of somebody who has an account are looked at in a minute.
const maxWrong = 20

// Befriend redeems an invitation by a subscription (XEP-0379 § 3.5): it tells whether contact may be subscribed to inviter without
// asking, as the token says. What is no token, or not one of the inviter's, is as if it were not there (§ 4.1).
func (s *Service) Befriend(ctx context.Context, inviter, contact xmpp.JID, token string) bool {
	who := contact.Bare().String()
	if contact.Bare() == inviter.Bare() {
		return false
	}
	if ok, _ := s.contacts.take(ctx, who, maxWrong, s.Now()); !ok { // it is not kept: nothing can fail
		return false
	}
	i, err := s.find(ctx, inviter.Domain(), token)
	if err != nil {
		s.Logger.Error("invitation not read", "err", err)
		return false
	}
	if i == nil || !i.Contact || i.Inviter != inviter.Bare() {
		return false
	}
	if err := s.Store.UseInvite(ctx, i.ID); err != nil { // somebody was faster
		return false
	}
	_ = s.contacts.giveBack(ctx, who) // likewise
	if err := s.Refresh(ctx); err != nil {
		s.Logger.Error("invitations not read", "err", err)
	}
	return true
}
