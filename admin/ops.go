package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
)

// Op is an operation as the doors see it. Request and Response are zero values, for documentation.
type Op struct {
	Name     string // "account.create"
	Doc      string // one sentence
	Request  any
	Response any
	Streams  bool // tells progress
	run      func(ctx context.Context, a *Admin, who Actor, body []byte, progress func(Progress)) (any, error)
}

// Ops is the table of all operations.
func Ops() []Op {
	return []Op{
		op("status", "Tells how the server is.", (*Admin).Status),
		op("health", "Tells how the parts of the server are, and what to do where one is not well.", (*Admin).Health),
		op("account.create", "Creates an account.", (*Admin).CreateAccount),
		op("account.list", "Lists accounts.", (*Admin).ListAccounts),
		op("account.show", "Tells all about an account.", (*Admin).ShowAccount),
		op("account.put", "Creates an account, or makes an existing one so.", (*Admin).PutAccount),
		op("account.set", "Changes an account.", (*Admin).SetAccount),
		op("account.password", "Sets a password and ends all sessions.", (*Admin).SetPassword),
		op("account.reset-link", "Makes a link by which somebody who has lost the password sets another one, once.", (*Admin).CreateResetLink),
		op("account.disable", "Keeps an account from signing in.", (*Admin).DisableAccount),
		op("account.enable", "Lets an account sign in again.", (*Admin).EnableAccount),
		op("account.holdings", "Tells what goes with an account when it is deleted.", (*Admin).Holdings),
		op("account.delete", "Deletes an account with all that belongs to it.", (*Admin).DeleteAccount),
		op("account.sessions", "Lists the sessions of an account.", (*Admin).ListSessions),
		op("session.list", "Lists who is signed in.", (*Admin).AllSessions),
		op("account.kick", "Ends sessions.", (*Admin).Kick),
		op("account.contacts", "Lists the contacts of an account.", (*Admin).ListContacts),
		op("account.clients", "Lists the clients that can sign in to an account.", (*Admin).ListClients),
		op("account.end-client", "Ends a client: its tokens or app password, and its sessions.", (*Admin).EndClient),
		op("app-password.create", "Makes a password for one program or device of an account.", (*Admin).CreateAppPassword),
		op("app-password.list", "Lists the app passwords of an account.", (*Admin).ListAppPasswords),
		op("app-password.revoke", "Revokes an app password, and ends its sessions.", (*Admin).RevokeAppPassword),
		{
			Name: "account.import", Doc: "Creates many accounts from CSV.", Request: ImportAccounts{}, Response: Imported{}, Streams: true,
			run: func(ctx context.Context, a *Admin, who Actor, body []byte, progress func(Progress)) (any, error) {
				var r ImportAccounts
				if err := decode(body, &r); err != nil {
					return nil, err
				}
				return a.ImportAccounts(ctx, who, r, progress)
			},
		},
		op("alias.create", "Creates an alias; with group chat it is a group.", (*Admin).CreateAlias),
		op("alias.list", "Lists aliases.", (*Admin).ListAliases),
		op("alias.show", "Tells all about an alias, with its effective members and where they come from.", (*Admin).ShowAlias),
		op("alias.preview", "Tells what an alias would come to, before it is saved.", (*Admin).Preview),
		op("alias.put", "Creates an alias, or makes an existing one so.", (*Admin).PutAlias),
		op("alias.set", "Changes an alias.", (*Admin).SetAlias),
		op("alias.add", "Adds targets to an alias.", (*Admin).AddTargets),
		op("alias.remove", "Removes targets from an alias.", (*Admin).RemoveTargets),
		op("alias.rename", "Moves an alias to another address; its room stays.", (*Admin).RenameAlias),
		op("alias.delete", "Deletes an alias; it can be restored for 30 days.", (*Admin).DeleteAlias),
		op("alias.restore", "Brings a deleted alias back.", (*Admin).RestoreAlias),
		op("group.list", "Lists the rooms that are made from aliases.", (*Admin).ListGroups),
		op("group.show", "Tells all about the room of an alias.", (*Admin).ShowGroup),
		op("group.delete-files", "Removes the files that were sent to a group.", (*Admin).DeleteGroupFiles),
		op("room.list", "Lists the rooms that people made.", (*Admin).ListRooms),
		op("room.show", "Tells all about a room.", (*Admin).ShowRoom),
		op("room.delete", "Destroys a room that people made.", (*Admin).DeleteRoom),
		op("policy.list", "Lists the options of a domain, as they are in use.", (*Admin).ListPolicies),
		op("policy.show", "Tells an option of a domain, as it is in use.", (*Admin).ShowPolicy),
		op("policy.set", "Sets an option of a domain.", (*Admin).SetPolicy),
		op("policy.reset", "Has an option of a domain be again what the configuration says.", (*Admin).ResetPolicy),
		op("key.create", "Makes a key of the HTTP API, for a domain or the server.", (*Admin).CreateKey),
		op("key.list", "Lists the keys of the HTTP API.", (*Admin).ListKeys),
		op("key.revoke", "Revokes a key of the HTTP API.", (*Admin).RevokeKey),
		op("pass.create", "Makes a pass: who has it signs in as an account, for minutes.", (*Admin).CreatePass),
		op("pass.prepare", "Begins a session over BOSH that is signed in, for a client that takes it over.", (*Admin).Prepare),
		op("pass.revoke", "Ends a session of a webmail: its passes are void and its clients are signed out.", (*Admin).RevokePass),
		op("invite.create", "Makes an invitation: who has its link makes an own account.", (*Admin).CreateInvite),
		op("invite.list", "Lists invitations.", (*Admin).ListInvites),
		op("invite.revoke", "Revokes an invitation.", (*Admin).RevokeInvite),
		op("domain.announce", "Tells everybody who is signed in.", (*Admin).Announce),
		op("domain.motd", "Tells the message of the day.", (*Admin).ShowMOTD),
		op("domain.set-motd", "Sets the message of the day, which everybody is told once.", (*Admin).SetMOTD),
		op("domain.welcome", "Tells what new accounts are told.", (*Admin).ShowWelcome),
		op("domain.set-welcome", "Sets what new accounts are told when they first sign in.", (*Admin).SetWelcome),
		op("server.reload", "Reads the configuration anew, with the certificates.", (*Admin).ReloadConfig),
		op("server.stop", "Stops the server after a while, or starts it anew.", (*Admin).Stop),
		op("report.list", "Lists what users have reported, newest first.", (*Admin).ListReports),
		op("report.show", "Tells all about a report, with the messages that it names.", (*Admin).ShowReport),
		op("report.close", "Removes a report that is dealt with.", (*Admin).CloseReport),
		op("audit.list", "Lists administrative changes, newest first.", (*Admin).ListAudit),
	}
}

func op[Req, Res any](name, doc string, f func(*Admin, context.Context, Actor, Req) (Res, error)) Op {
	var req Req
	var res Res
	return Op{Name: name, Doc: doc, Request: req, Response: res,
		run: func(ctx context.Context, a *Admin, who Actor, body []byte, _ func(Progress)) (any, error) {
			var r Req
			if err := decode(body, &r); err != nil {
				return nil, err
			}
			return f(a, ctx, who, r)
		}}
}

// decode reads one JSON object strictly: a misspelt field would be a wish that is silently not followed.
func decode(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(Invalid, "unreadable", "the request cannot be read: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(Invalid, "unreadable-end", "the request has something behind its JSON object")
	}
	return nil
}

// Do carries out an operation by name: JSON in, a value for JSON out. Every door comes in here. An error that is no
// *Error is the server's fault: the door logs it.
func (a *Admin) Do(ctx context.Context, who Actor, name string, body []byte, progress func(Progress)) (any, error) {
	for _, o := range Ops() {
		if o.Name == name {
			return o.run(ctx, a, who, body, progress)
		}
	}
	return nil, refuse(NotFound, "no-operation", "there is no operation %q", name)
}

// Caller carries out operations, here or in a running server. progress may be nil.
type Caller interface {
	Call(ctx context.Context, name string, request, response any, progress func(Progress)) error
	// Export writes accounts as a file (XEP-0227). After an error what was written is not whole.
	Export(ctx context.Context, r ExportData, w io.Writer) error
	// Import takes over the accounts of such a file, which includes no others.
	Import(ctx context.Context, r ImportData, file io.Reader, progress func(Progress)) (ImportedData, error)
}

// Local is a Caller without a server: it works on an Admin itself.
type Local struct {
	Admin *Admin
	Actor Actor
}

// Call carries out an operation. Requests and responses go through JSON as they do with a server.
func (l Local) Call(ctx context.Context, name string, request, response any, progress func(Progress)) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	result, err := l.Admin.Do(ctx, l.Actor, name, body, progress)
	if err != nil {
		return err
	}
	if body, err = json.Marshal(result); err != nil {
		return err
	}
	return json.Unmarshal(body, response)
}

// Import takes over the accounts of a file.
func (l Local) Import(ctx context.Context, r ImportData, file io.Reader, progress func(Progress)) (ImportedData, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	f, err := l.Admin.Spool(file)
	if err != nil {
		return ImportedData{}, err
	}
	defer f.Close()
	return l.Admin.ImportData(ctx, l.Actor, r, f, progress)
}

// Export writes accounts as a file.
func (l Local) Export(ctx context.Context, r ExportData, w io.Writer) error {
	e, err := l.Admin.BeginExport(ctx, l.Actor, r)
	if err != nil {
		return err
	}
	return l.Admin.Export(ctx, e, w)
}
