package registration

import (
	"context"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// registered tells whether the request is by a client of ours about its own account, at its own address or its domain's.
func registered(q *hook.Request) bool {
	return q.Session != nil && (q.Own() || q.Owner == q.From.DomainJID())
}

// get tells somebody of the own registration (§ 3.1).
func (m *Registration) get(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !registered(q) {
		return nil, stranger(q)
	}
	instructions := "You are registered. "
	if m.Config.Of(q.From.Domain()).PasswordChange {
		instructions += "Give a new password to change it."
	} else {
		instructions += "Passwords cannot be changed here; ask your administrator."
	}
	return xmpp.El(ns.Register, "query",
		xmpp.El(ns.Register, "registered"),
		xmpp.El(ns.Register, "instructions").AddText(instructions),
		xmpp.El(ns.Register, "username").AddText(q.From.Local()),
		xmpp.El(ns.Register, "password")), nil
}

// stranger is the answer to who has no account in the domain: registration is closed (§ 3.1).
func stranger(q *hook.Request) error {
	switch {
	case q.Owner.Local() != "":
		return xmpp.Refuse(stanza.Forbidden, "")
	case q.Type == xmpp.TypeSet && q.Payload.Child(ns.Register, "remove") != nil:
		return xmpp.Refuse(stanza.RegistrationRequired, "") // § 3.2
	}
	return xmpp.Refuse(stanza.ServiceUnavailable, "")
}

func (m *Registration) set(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !registered(q) {
		return nil, stranger(q)
	}
	if q.Payload.Child(ns.Register, "remove") != nil {
		return m.remove(ctx, q)
	}
	return nil, m.change(ctx, q)
}

// change sets another password (§ 3.3).
func (m *Registration) change(ctx context.Context, q *hook.Request) error {
	username, password, err := credentials(q.Payload)
	if err != nil {
		return err
	}
	if !names(username, q.From) { // § 3.1.1: a second identity
		return xmpp.Refuse(stanza.NotAcceptable, "You can change the password of your own account only.")
	}
	if !m.Config.Of(q.From.Domain()).PasswordChange {
		return xmpp.Refuse(stanza.NotAllowed, "Passwords cannot be changed here; ask your administrator.")
	}
	return m.Accounts.SetPassword(ctx, q.From, password)
}

// credentials reads a name and a password, from the plain elements or a form (§ 4).
func credentials(e *xmpp.Element) (username, password string, err error) {
	username, password = e.ChildText(ns.Register, "username"), e.ChildText(ns.Register, "password")
	if x := e.Child(ns.DataForm, "x"); x != nil {
		if username != "" || password != "" { // § 4, rule 5
			return "", "", xmpp.Refuse(stanza.BadRequest, "Send either the form or the fields, not both.")
		}
		v, err := form.Read(x)
		if t := v.Type(); err != nil || t != ns.Register && t != ns.RegisterChange {
			return "", "", xmpp.Refuse(stanza.BadRequest, "This is no form for a password.")
		}
		username, password = v.First("username"), v.First("password")
	}
	if username == "" || password == "" { // § 3.3: the old password stays
		return "", "", xmpp.Refuse(stanza.BadRequest, "Both the user name and the new password are needed.")
	}
	return username, password, nil
}

// names tells whether a user name is that of an account: the localpart, or the address.
func names(username string, who xmpp.JID) bool {
	if strings.Contains(username, "@") {
		j, err := xmpp.ParseJID(username)
		return err == nil && j == who.Bare()
	}
	j, err := xmpp.NewJID(username, who.Domain(), "")
	return err == nil && j == who.Bare()
}

// remove cancels the registration (§ 3.2). The account is closed first, which is for good; then the client is told, as
// the end of its stream would come in between; then all that belongs to the account goes.
func (m *Registration) remove(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	n := 0
	for range q.Payload.Elements() {
		n++
	}
	if n != 1 {
		return nil, xmpp.Refuse(stanza.BadRequest, "The element remove stands alone.")
	}
	if !m.Config.Of(q.From.Domain()).UserDeletion {
		return nil, xmpp.Refuse(stanza.NotAllowed, "Accounts are deleted by the administrator; ask yours.")
	}
	who := q.From
	if err := m.Accounts.Close(ctx, who); err != nil {
		return nil, err
	}
	q.Reply(nil, nil)
	if err := m.Accounts.Delete(ctx, who); err != nil {
		m.Logger.Error("account that its owner closed not deleted", "account", who.Bare().String(), "err", err)
	}
	return nil, hook.Later
}
