package web

import (
	"errors"
	"net/http"
	"time"

	"myna/account/signup"
)

// reset is the page of a link by which somebody who has lost the password sets another one. Whoever opens it has used nothing up: programs
// that look at links in mails do so, too.
func (u *signUp) reset(w http.ResponseWriter, r *http.Request) {
	p, from, ok := u.begin(w, r)
	if !ok {
		return
	}
	p.Title = p.W.NewPassword
	link, err := u.service.FindReset(r.Context(), "", r.PathValue("token"), from)
	if err != nil {
		u.refuseLink(w, p, err)
		return
	}
	p.Lost = link.Account.String()
	if r.Method == http.MethodPost {
		u.setPassword(w, r, p, link)
	}
	if p.status != 0 {
		p.Stamp = u.stamp(r.URL.Path, from, time.Now())
		u.write(w, p)
	}
}

// setPassword sets the password that was filled out. A page of status 0 was answered already.
func (u *signUp) setPassword(w http.ResponseWriter, r *http.Request, p *signUpPage, link *signup.Reset) {
	f := u.filled(w, r, p, u.front.Load().Proxies.Peer(r).Remote)
	if f == nil || p.Problem != "" {
		return
	}
	err := u.service.UseReset(r.Context(), link, f.Get("password"), "web")
	var refused *signup.Refusal
	switch {
	case err == nil:
		*p = signUpPage{Lang: p.Lang, W: p.W, Apps: p.Apps, Title: p.W.PasswordSet, Made: link.Account.String(), status: http.StatusOK}
	case errors.As(err, &refused) && refused.Reason == signup.Weak:
		p.Problem = p.W.about(refused)
	default:
		u.refuseLink(w, p, err)
		p.status = 0
	}
}

// refuseLink says that nothing can be done with a link.
func (u *signUp) refuseLink(w http.ResponseWriter, p *signUpPage, err error) {
	p.W.Gone = p.W.LinkGone
	u.refuse(w, p, err)
}
