package admin

import (
	"context"
	"time"
)

// ResetLink is a link by which somebody who has lost the password of an account sets another one, once. It is not told again.
type ResetLink struct {
	Address string    `json:"address"`
	Page    string    `json:"page,omitempty"` // not there: the server has no pages
	Code    string    `json:"code"`           // the end of the link, for clients that ask for it (XEP-0389)
	Until   time.Time `json:"until"`
}

// CreateResetLink makes a link for somebody who has lost the password, in the place of one that there is. It is for accounts that the
// actor may change, as who has it may sign in.
func (a *Admin) CreateResetLink(ctx context.Context, who Actor, r Identified) (ResetLink, error) {
	rec, err := a.changeable(ctx, who, r.Address)
	if err != nil {
		return ResetLink{}, err
	}
	if rec.Disabled {
		return ResetLink{}, refuse(Conflict, "account-disabled", "%s is disabled; enable it first", rec.JID)
	}
	token, made, err := a.SignUp.NewReset(ctx, rec.JID)
	if err != nil {
		return ResetLink{}, stored(err, "make a link for account", rec.JID.String())
	}
	out := ResetLink{Address: rec.JID.String(), Code: token, Until: made.Until}
	if a.ResetPage != nil {
		out.Page = a.ResetPage(rec.JID.Domain(), token)
	}
	a.audit(ctx, who, "account.reset-link", rec.JID, nil, map[string]string{"link": made.ID, "until": made.Until.Format(time.RFC3339)})
	return out, nil
}
