package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// administration are the commands of administrators: those of XEP-0133, and those about aliases.
func (c *Commands) administration() []command {
	list := []command{
		{node: "add-user", name: "Add a user", forms: []formOf{addUserForm}, run: c.addUser},                                                        // § 4.1
		{node: "delete-user", name: "Delete users", forms: []formOf{several("Delete users", deleteWarning)}, run: c.each("account.delete")},         // § 4.2
		{node: "disable-user", name: "Disable users", forms: []formOf{several("Disable users", disableWarning)}, run: c.each("account.disable")},    // § 4.3
		{node: "reenable-user", name: "Re-enable users", forms: []formOf{several("Re-enable users", "")}, run: c.each("account.enable")},            // § 4.4
		{node: "end-user-session", name: "End sessions of users", forms: []formOf{several("End sessions", endHint)}, run: c.endSessions},            // § 4.5
		{node: "change-user-password", name: "Change a user's password", forms: []formOf{userPasswordForm}, run: c.userPassword},                    // § 4.7
		{node: "get-user-roster", name: "Show the contacts of users", forms: []formOf{several("Contacts of users", "")}, run: c.roster},             // § 4.8
		{node: "get-user-lastlogin", name: "Show when users were last seen", forms: []formOf{several("Last seen", "")}, run: c.lastSeen},            // § 4.9
		{node: "user-stats", name: "Show what is known of a user", forms: []formOf{userStatsForm}, run: c.userStats},                                // § 4.10
		{node: "get-registered-users-num", name: "Count users", run: c.number("registeredusersnum", "The number of registered users", registered)},  // § 4.13
		{node: "get-disabled-users-num", name: "Count disabled users", run: c.number("disabledusersnum", "The number of disabled users", disabled)}, // § 4.14
		{node: "get-online-users-num", name: "Count users online", run: c.number("onlineusersnum", "The number of online users", online)},           // § 4.15
		{node: "get-active-users-num", name: "Count active users", run: c.number("activeusersnum", "The number of active users", c.active)},         // § 4.16
		{node: "get-idle-users-num", name: "Count idle users", run: c.number("idleusersnum", "The number of idle users", c.idle)},                   // § 4.17
		{node: "get-registered-users-list", name: "List users", forms: []formOf{listForm("List users")},
			run: c.list("registereduserjids", "The list of all users", registered)}, // § 4.18
		{node: "get-disabled-users-list", name: "List disabled users", forms: []formOf{listForm("List disabled users")},
			run: c.list("disableduserjids", "The list of all disabled users", disabled)}, // § 4.19
		{node: "get-online-users-list", name: "List users online", forms: []formOf{listForm("List users online")},
			run: c.list("onlineuserjids", "The list of all online users", online)}, // § 4.20
		{node: "get-active-users", name: "List active users", forms: []formOf{listForm("List active users")},
			run: c.list("activeuserjids", "The list of active users", c.active)}, // § 4.21
		{node: "get-idle-users", name: "List idle users", forms: []formOf{listForm("List idle users")},
			run: c.list("activeuserjids", "The list of idle users", c.idle)}, // § 4.22; the field's name is that of § 4.21
		{node: "edit-admin", name: "Edit the list of administrators", forms: []formOf{c.adminsForm}, run: c.setAdmins}, // § 4.29
	}
	list = append(append(list, c.partners()...), c.messages()...)
	for i := range list {
		list[i].node = ns.Admin + "#" + list[i].node
	}
	list = append(append(append(list, c.aliases()...), c.rooms()...), c.lost())
	for i := range list {
		list[i].allowed = (*asker).administers
	}
	return append(list, c.ends()...)
}

const (
	deleteWarning  = "Everything that belongs to the accounts is deleted with them: contacts, messages, files. There is no way back."
	disableWarning = "Who is disabled is signed out and cannot sign in until re-enabled. Nothing is lost."
	endHint        = "With an address of the form user@domain/device only that session ends. Whoever is signed out can sign in again."
)

// do carries out an operation and reads its result into response, unless that is nil.
func (c *Commands) do(ctx context.Context, k *call, operation string, request, response any) error {
	who := Actor{Name: k.who.Bare().String(), Role: k.account.Role, Domain: k.who.Domain()}
	b, err := c.Do(ctx, who, operation, request)
	if err != nil || response == nil {
		return err
	}
	return json.Unmarshal(b, response)
}

type object map[string]any

func addUserForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Add a user", "Fill out this form to add a user.", ns.Admin).Add(
		form.Need(form.Field("jid-single", "accountjid", "The address of the account")),
		form.Need(form.Field("text-private", "password", "The password for this account")),
		form.Need(form.Field("text-private", "password-verify", "The password, again")),
		form.Field("text-single", "given_name", "Given name"),
		form.Field("text-single", "surname", "Family name"),
		form.Field("text-single", "x-department", "Department")), nil
}

func (c *Commands) addUser(ctx context.Context, k *call) (outcome, error) {
	v := k.values
	if v.First("password") != v.First("password-verify") {
		return outcome{}, bad("bad-payload", "The two passwords differ.")
	}
	name := strings.TrimSpace(v.First("given_name") + " " + v.First("surname"))
	err := c.do(ctx, k, "account.create", object{"address": v.First("accountjid"), "name": name,
		"department": v.First("x-department"), "password": v.First("password")}, nil)
	return outcome{}, err
}

// several asks for accounts.
func several(title, instructions string) formOf {
	return func(context.Context, *call) (*xmpp.Element, error) {
		return form.Titled(title, instructions, ns.Admin).Add(
			form.Need(form.Field("jid-multi", "accountjids", "The addresses of the accounts"))), nil
	}
}

// one asks for an account.
func one(title string) formOf {
	return func(context.Context, *call) (*xmpp.Element, error) {
		return form.Titled(title, "", ns.Admin).Add(
			form.Need(form.Field("jid-single", "accountjid", "The address of the account"))), nil
	}
}

// each carries out an operation for all accounts of the form.
func (c *Commands) each(operation string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		return forEach(k.values.List("accountjids"), func(address string) error {
			if j, err := xmpp.ParseJID(address); err == nil {
				address = j.Bare().String() // § 4.2 wants no device; some write one
			}
			return c.do(ctx, k, operation, object{"address": address}, nil)
		})
	}
}

// forEach does something for all addresses. When nothing could be done the error goes to the client (XEP-0133 § 5); when
// some of it could, the command has completed, and its note tells what failed (XEP-0050 § 3.6).
func forEach(list []string, f func(address string) error) (outcome, error) {
	var failed []string
	var first error
	for _, address := range list {
		err := f(address)
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		failed = append(failed, address+": "+reason(err))
	}
	if len(failed) == len(list) && first != nil {
		return outcome{}, first
	}
	return outcome{note: strings.Join(failed, "\n"), failed: len(failed) > 0}, nil
}

// reason is the text of an error that an administrator may see.
func reason(err error) string {
	var e stanza.Error
	if !errors.As(err, &e) {
		return "the server failed"
	}
	if text := e.Text["en"]; text != "" {
		return text
	}
	return string(e.Condition)
}

func (c *Commands) endSessions(ctx context.Context, k *call) (outcome, error) {
	return forEach(k.values.List("accountjids"), func(address string) error {
		j, err := xmpp.ParseJID(address)
		if err != nil {
			return xmpp.Refuse(stanza.JIDMalformed, "")
		}
		return c.do(ctx, k, "account.kick", object{"address": j.Bare().String(), "resource": j.Resource()}, nil)
	})
}

func userPasswordForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Change a user's password", "All sessions of the user end.", ns.Admin).Add(
		form.Need(form.Field("jid-single", "accountjid", "The address of the account")),
		form.Need(form.Field("text-private", "password", "The new password"))), nil
}

func (c *Commands) userPassword(ctx context.Context, k *call) (outcome, error) {
	return outcome{}, c.do(ctx, k, "account.password",
		object{"address": k.values.First("accountjid"), "password": k.values.First("password")}, nil)
}

// account is what is read of an account.
type account struct {
	Address  string       `json:"address"`
	Name     string       `json:"name"`
	Role     storage.Role `json:"role"`
	Disabled bool         `json:"disabled"`
	Online   int          `json:"online"`
	LastSeen time.Time    `json:"last_seen"`
	Sessions []struct {
		Resource string `json:"resource"`
		Remote   string `json:"remote"`
	} `json:"sessions"`
}

func (c *Commands) lastSeen(ctx context.Context, k *call) (outcome, error) {
	x := form.New("result", ns.Admin)
	list := k.values.List("accountjids")
	single := len(list) == 1
	if !single {
		x.Add(form.Reported(form.Field("jid-single", "accountjids", "Account"), form.Field("text-single", "lastlogin", "Last seen")))
	}
	out, err := forEach(list, func(address string) error {
		var a account
		if err := c.do(ctx, k, "account.show", object{"address": address}, &a); err != nil {
			return err
		}
		var seen []string
		switch {
		case a.Online > 0:
			seen = []string{c.Now().UTC().Format(time.RFC3339)}
		case !a.LastSeen.IsZero():
			seen = []string{a.LastSeen.UTC().Format(time.RFC3339)} // XEP-0082 § 3.2
		}
		fields := []*xmpp.Element{form.Field("", "accountjids", "", a.Address), form.Field("", "lastlogin", "", seen...)}
		if single {
			x.Add(fields...)
		} else {
			x.Add(form.Item(fields...))
		}
		return nil
	})
	out.payload = x
	return out, err
}

// userStatsForm asks for one account, by either of the fields of other commands.
//
// COMPAT(XMPP Interop Testing 1.7, 2026): it fills in accountjids, and ends with all its tests where there is no such field.
func userStatsForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("What is known of a user", "One account is possible.", ns.Admin).Add(
		form.Field("jid-single", "accountjid", "The address of the account"), form.Field("jid-multi", "accountjids", "Or here")), nil
}

func (c *Commands) userStats(ctx context.Context, k *call) (outcome, error) {
	list := k.values.List("accountjids")
	if one := k.values.First("accountjid"); one != "" {
		list = append(list, one)
	}
	if len(list) != 1 {
		return outcome{}, bad("bad-payload", "Please fill in the address of one account.")
	}
	address := list[0]
	var a account
	if err := c.do(ctx, k, "account.show", object{"address": address}, &a); err != nil {
		return outcome{}, err
	}
	var addresses, resources []string
	for _, s := range a.Sessions {
		resources = append(resources, s.Resource)
		if s.Remote != "" {
			addresses = append(addresses, s.Remote)
		}
	}
	var contacts []contact
	if err := c.do(ctx, k, "account.contacts", object{"address": a.Address}, &contacts); err != nil {
		return outcome{}, err
	}
	return outcome{payload: form.New("result", ns.Admin).Add(
		form.Field("list-multi", "ipaddresses", "Network addresses", addresses...),
		form.Field("text-single", "rostersize", "Contacts", strconv.Itoa(len(contacts))),
		form.Field("text-multi", "onlineresources", fmt.Sprintf("Devices online (%d)", len(resources)), resources...)).Add(c.pace(&a)...)}, nil
}

// pace is how much somebody who is online sends, and how often they have signed in, since the first of their sessions began.
func (c *Commands) pace(a *account) []*xmpp.Element {
	var since time.Time
	stanzas, logins := 0.0, 0.0
	for _, s := range c.sessionsOf(a) {
		counted, ok := s.(interface {
			Since() time.Time
			Taken() uint32
		})
		if !ok {
			continue
		}
		logins++
		stanzas += float64(counted.Taken())
		if begun := counted.Since(); since.IsZero() || begun.Before(since) {
			since = begun
		}
	}
	if logins == 0 {
		return nil
	}
	seconds := max(c.Now().Sub(since).Seconds(), 1)
	rate := func(n float64) string { return strconv.FormatFloat(n, 'f', 2, 64) }
	return []*xmpp.Element{
		form.Field("text-single", "stanzaspersecond", "Stanzas sent in a second, of the sessions that there are", rate(stanzas/seconds)),
		form.Field("text-single", "loginsperminute", "Sessions begun in a minute, of those that there are", rate(logins/max(seconds/60, 1))),
	}
}
