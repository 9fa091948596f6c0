package registration

import (
	"context"
	"strings"

	"myna/account/signup"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// lostFlow is the flow of recovery: by the code of the link that an administrator has made (XEP-0389 § 6).
const lostFlow = "link"

// selectRecovery begins it (§ 6.3).
func (m newcomers) selectRecovery(n *hook.Newcomer, v *visit, e *xmpp.Element) ([]*xmpp.Element, error) {
	if selected(e) != lostFlow || !m.SignUp.Ways(n.Domain).Lost {
		return nil, invalidFlow()
	}
	if v.tries >= maxTries {
		return m.cancel(v), nil
	}
	v.flow, v.reset = lostFlow, nil
	return m.askLost(n, v, ""), nil
}

// askLost issues the next challenge of recovery (§ 6.4): the code, then the new password.
func (m newcomers) askLost(n *hook.Newcomer, v *visit, problem string) []*xmpp.Element {
	w := wordsIn(n.Lang)
	if v.reset == nil {
		v.challenge = form.Titled(w.lostTitle, strings.TrimSpace(problem+" "+w.lostText), ns.Register2).Add(form.Need(field("text-single", "token", w.lostToken, "")))
	} else {
		v.challenge = form.Titled(w.newTitle, strings.TrimSpace(problem+" "+strings.ReplaceAll(w.newText, "{address}", v.reset.Account.String())), ns.Register2).Add(
			form.Need(field("text-private", "password", w.password, "")))
	}
	return []*xmpp.Element{xmpp.El(ns.Register2, "challenge", v.challenge).Set("type", ns.DataForm)}
}

// recover takes the response to a challenge of recovery.
func (m newcomers) recover(ctx context.Context, n *hook.Newcomer, v *visit, values form.Values) (answers []*xmpp.Element, err error) {
	if v.reset == nil {
		if v.reset, err = m.SignUp.FindReset(ctx, n.Domain, values.First("token"), n.Remote); err != nil {
			return m.lostAgain(n, v, err)
		}
		return m.askLost(n, v, ""), nil
	}
	who := v.reset.Account
	if err := m.SignUp.UseReset(ctx, v.reset, values.First("password"), "xmpp"); err != nil {
		return m.lostAgain(n, v, err)
	}
	v.flow, v.reset = "", nil
	return success(who), nil
}

// lostAgain asks once more after a refusal, or ends the flow.
func (m newcomers) lostAgain(n *hook.Newcomer, v *visit, err error) ([]*xmpp.Element, error) {
	r, err := refusal(err)
	if err != nil {
		return nil, err
	}
	w := wordsIn(n.Lang)
	switch {
	case r.Reason == signup.Weak:
		return m.askLost(n, v, w.weak), nil
	case r.Reason == signup.BadToken && v.reset == nil:
		return m.askLost(n, v, w.badLost), nil
	}
	return m.cancel(v), nil
}
