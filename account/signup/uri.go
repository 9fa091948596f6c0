package signup

import (
	"net/url"

	"myna/storage"
	"myna/xmpp"
)

// URI is what clients open to redeem an invitation (XEP-0401 § 5.1, § 5.4, RFC 5122 § 2.2).
func URI(i *storage.Invite, token string) string {
	address := func(j xmpp.JID) string { return "xmpp:" + url.PathEscape(j.Local()) + "@" + j.Domain() }
	switch {
	case i.Contact:
		return address(i.Inviter) + "?roster;preauth=" + token + ";ibr=y"
	case i.Local != "":
		return address(i.Kept()) + "?register;preauth=" + token
	}
	return "xmpp:" + i.Domain + "?register;preauth=" + token
}

// InviterName is who has sent an invitation, for the person who has it: a name or an address, "" where nobody is to be a contact.
func (s *Service) InviterName(i *storage.Invite) string {
	a, ok := s.Accounts.Account(i.Inviter)
	switch {
	case !ok:
		return ""
	case a.Name != "":
		return a.Name + " (" + a.JID.String() + ")"
	}
	return a.JID.String()
}
