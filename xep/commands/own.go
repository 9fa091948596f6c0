package commands

import (
	"context"
	"strings"

	"mellium.im/xmpp/stanza"
	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
)

// Nodes of the commands that no specification names begin like this.
const ours = "myna:"

// own are the commands of everybody, at the own address.
func (c *Commands) own() []command {
	self := func(a *asker) bool { return a.target == hook.Account }
	whole := func(a *asker) bool { return a.target == hook.Account && !a.limited }
	return []command{
		{node: ours + "sessions", name: "Show where I am signed in", allowed: self, run: c.listSessions},
		{node: ours + "end-session", name: "Sign out one of my devices", allowed: whole, forms: []formOf{c.chooseSession}, run: c.endSession},
		{node: ours + "password", name: "Change my password", allowed: whole, forms: []formOf{passwordForm}, run: c.changePassword},
		{node: ours + "app-passwords", name: "Show my app passwords", allowed: self, run: c.listAppPasswords},
		{node: ours + "app-password-create", name: "Make an app password", allowed: whole, forms: []formOf{labelForm}, run: c.createAppPassword},
		{node: ours + "app-password-revoke", name: "Revoke an app password", allowed: whole, forms: []formOf{c.chooseAppPassword}, run: c.revokeAppPassword},
		{node: ours + "digest", name: "Choose mails about what I miss in groups",
			allowed: func(a *asker) bool { return whole(a) && c.Mails.Work() }, forms: []formOf{c.mailsForm}, run: c.chooseMails},
		{node: ours + "managers", name: "Show who manages contacts of mine",
			allowed: func(a *asker) bool { return self(a) && c.Managers.Possible(a.at.Domain()) }, run: c.listManagers},
		{node: ours + "manager-revoke", name: "Let somebody manage my contacts no more",
			allowed: func(a *asker) bool { return self(a) && c.Managers.Possible(a.at.Domain()) }, forms: []formOf{c.chooseManager}, run: c.revokeManager},
	}
}

// formOf makes a form of a command.
type formOf = func(ctx context.Context, k *call) (*xmpp.Element, error)

func (c *Commands) listSessions(_ context.Context, k *call) (outcome, error) {
	x := form.New("result", "").Add(form.Reported(
		form.Field("text-single", "resource", "Device"), form.Field("text-single", "client", "Connection"),
		form.Field("text-single", "status", "Status"), form.Field("boolean", "this", "This one")))
	for _, s := range c.Sessions(k.at) {
		this := "0"
		if s == k.session {
			this = "1"
		}
		x.Add(form.Item(form.Field("", "resource", "", s.JID().Resource()), form.Field("", "client", "", s.Client()),
			form.Field("", "status", "", status(s)), form.Field("", "this", "", this)))
	}
	return outcome{payload: x}, nil
}

// status is a session's status in the words that people see.
func status(s hook.Session) string {
	p := s.Presence()
	switch {
	case s.Detached():
		return "connection lost"
	case p == nil:
		return "offline"
	case p.Show == "dnd":
		return "do not disturb"
	case p.Show == "away" || p.Show == "xa":
		return "away"
	}
	return "available"
}

func (c *Commands) chooseSession(_ context.Context, k *call) (*xmpp.Element, error) {
	f := form.Need(form.Field("list-single", "resource", "Device"))
	others := 0
	for _, s := range c.Sessions(k.at) {
		if s != k.session {
			form.Offer(f, s.JID().Resource()+" ("+s.Client()+", "+status(s)+")", s.JID().Resource())
			others++
		}
	}
	if others == 0 {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "You are signed in here only.")
	}
	return form.Titled("Sign out a device", "Choose the device that shall be signed out. If it was stolen, change your password first.", "").Add(f), nil
}

func (c *Commands) endSession(_ context.Context, k *call) (outcome, error) {
	resource := k.values.First("resource")
	for _, s := range c.Sessions(k.at) {
		if s != k.session && s.JID().Resource() == resource {
			e := stream.Conflict // clients do not come back after it by themselves
			e.Text = append(e.Text, struct{ Lang, Value string }{"en", "signed out from another device"})
			s.Kick(e)
			return outcome{note: resource + " is signed out."}, nil
		}
	}
	return outcome{}, xmpp.Refuse(stanza.ItemNotFound, "This device is not signed in any more.")
}

func passwordForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Change my password", "Your other devices will ask for the new one when they sign in again.", "").Add(
		form.Need(form.Field("text-private", "password", "New password")),
		form.Need(form.Field("text-private", "password-verify", "New password, again"))), nil
}

func (c *Commands) changePassword(ctx context.Context, k *call) (outcome, error) {
	if k.values.First("password") != k.values.First("password-verify") {
		return outcome{}, bad("bad-payload", "The two passwords differ.")
	}
	if err := c.SetPassword(ctx, k.who, k.values.First("password")); err != nil {
		return outcome{}, err
	}
	return outcome{note: "Your password is changed."}, nil
}

func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
