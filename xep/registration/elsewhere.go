package registration

import (
	"net/url"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// webFlow is the flow of an account by the form of the page (XEP-0389 § 7.2).
const webFlow = "web"

// askElsewhere sends the person to the page (§ 7.2). The address has a ticket, by which the client learns what was made there.
func (m newcomers) askElsewhere(n *hook.Newcomer, v *visit) []*xmpp.Element {
	if v.ticket == "" {
		v.ticket = m.SignUp.Ticket(n.Domain)
	}
	page := m.Page(n.Domain)
	if v.ticket != "" {
		page += "?ticket=" + url.QueryEscape(v.ticket)
	}
	return []*xmpp.Element{xmpp.El(ns.Register2, "challenge", xmpp.El(ns.OOB, "x", xmpp.El(ns.OOB, "url").AddText(page))).Set("type", ns.OOB)}
}

// backFrom takes the empty response of a client whose person has been there: with no account made yet, they are sent there again.
func (m newcomers) backFrom(n *hook.Newcomer, v *visit) []*xmpp.Element {
	if v.tries++; v.tries > maxTries {
		return m.cancel(v)
	}
	made := m.SignUp.Made(v.ticket)
	if made.IsZero() {
		return m.askElsewhere(n, v)
	}
	v.flow, v.ticket, v.made = "", "", true
	return success(made)
}
