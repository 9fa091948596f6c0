package api

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"myna/admin"
	"myna/xep/clients"
)

// route is a method of a resource: an operation of package admin.
type route struct {
	method, path string // below root
	op           string
	summary      string
	status       int      // of success; 0: 200
	params       []string // of the query, which are fields of the operation's request
	body         bool     // the other fields of the request are in the body
	needs        []string // fields that the body must have
	ignore       []string // fields that what was read has, and that nobody sets
	limit        int64    // bytes of the body; 0: 1 MiB
	slow         bool     // it may take minutes
	tagged       bool     // the answer has an ETag; the request may have conditions
	page         func(result any, limit int) (items any, next string)
	whole        bool // a short list, told in one page
	people       bool // for who has signed in to the page: a key makes no keys
	result       any  // zero value of the answer, or of an item of a page
	view         func(c *call, result any) (any, error)

	// send answers in place of an operation: with a file of one of the types in files, or where there are none with a result. takes
	// is the type of a file that it is sent.
	send  func(a *api, w http.ResponseWriter, req *http.Request, who admin.Actor) error
	files []string
	takes string
}

// matches tells whether the route is for a path.
func (r *route) matches(path string) bool {
	have, want := strings.Split(path, "/"), strings.Split(root+r.path, "/")
	if len(have) != len(want) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// names are the parameters of the path.
func (r *route) names() []string {
	var list []string
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			list = append(list, strings.TrimSuffix(name, "}"))
		}
	}
	return list
}

// routes is the table of the API.
func routes() []route {
	list := []string{"domain", "search"}
	r := []route{
		{method: "GET", path: "/status", op: "status", summary: "How the server is", result: admin.Status{}},
		{method: "GET", path: "/health", op: "health", summary: "How the parts of the server are, and what to do where one is not well; for a key of a domain what concerns it",
			result: admin.Health{}},
		{method: "GET", path: "/domains", op: "status", summary: "The domains, with what there is of each", result: admin.HostStatus{},
			whole: true, page: func(x any, _ int) (any, string) { return x.(admin.Status).Hosts, "" }},
		{method: "GET", path: "/domains/{domain}", op: "status", summary: "A domain", result: admin.HostStatus{}, view: oneDomain},
		{method: "POST", path: "/domains/{domain}/announcements", op: "domain.announce", summary: "Tell everybody who is signed in", body: true,
			needs: []string{"text"}, result: admin.Announced{}},
		{method: "GET", path: "/domains/{domain}/motd", op: "domain.motd", summary: "The message of the day", tagged: true, result: admin.Message{}},
		{method: "PUT", path: "/domains/{domain}/motd", op: "domain.set-motd", summary: "Set the message of the day, which everybody is told once", body: true,
			needs: []string{"text"}, tagged: true, result: admin.Message{}},
		{method: "DELETE", path: "/domains/{domain}/motd", op: "domain.set-motd", summary: "Remove the message of the day", tagged: true, result: admin.Message{}},
		{method: "GET", path: "/domains/{domain}/welcome", op: "domain.welcome", summary: "What new accounts are told", tagged: true, result: admin.Message{}},
		{method: "PUT", path: "/domains/{domain}/welcome", op: "domain.set-welcome", summary: "Set what new accounts are told when they first sign in", body: true,
			needs: []string{"text"}, tagged: true, result: admin.Message{}},
		{method: "DELETE", path: "/domains/{domain}/welcome", op: "domain.set-welcome", summary: "Tell new accounts nothing", tagged: true, result: admin.Message{}},
		{method: "GET", path: "/export", params: []string{"files"},
			summary: "All accounts with what is kept of them, of the server or, for a key of a domain, of that, as a file of XEP-0227, without credentials",
			send:    (*api).exportDomain, files: []string{"application/xml"}},
		{method: "GET", path: "/domains/{domain}/export", params: []string{"files"}, summary: "All accounts of a domain with what is kept of them, likewise",
			send: (*api).exportDomain, files: []string{"application/xml"}},
		{method: "POST", path: "/import", params: []string{"merge", "dry_run"}, takes: "application/xml", slow: true,
			summary: "Take over accounts from another server, from a file of XEP-0227; with merge=true, also into accounts that exist; with dry_run=true, only tell",
			send:    (*api).importData, result: admin.ImportedData{}},
		{method: "POST", path: "/reload", op: "server.reload", summary: "Read the configuration anew, with the certificates", result: admin.Reloaded{}},
		{method: "POST", path: "/stop", op: "server.stop", summary: "Stop the server after a while, or start it anew", body: true, result: admin.Stopping{}},
		{method: "GET", path: "/audit", op: "audit.list", summary: "Changes that administrators made, the newest first", params: []string{"domain", "search"},
			result: admin.AuditLine{}, page: pageOf(func(l admin.AuditLine) string { return l.At.Format(time.RFC3339Nano) })},
		{method: "GET", path: "/sessions", op: "session.list", summary: "The clients that are signed in", params: list, result: admin.AccountSession{},
			page: pageOf(func(s admin.AccountSession) string { return s.Address + "/" + s.Resource })},
		{method: "GET", path: "/domains/{domain}/policies", op: "policy.list", summary: "The options of a domain, as they are in use", result: admin.Policy{},
			whole: true, page: all},
		{method: "GET", path: "/domains/{domain}/policies/{key}", op: "policy.show", summary: "An option of a domain, as it is in use", tagged: true,
			result: admin.Policy{}},
		{method: "PUT", path: "/domains/{domain}/policies/{key}", op: "policy.set", summary: "Set an option of a domain; it is in use at once", body: true,
			needs: []string{"value"}, tagged: true, result: admin.Policy{}},
		{method: "DELETE", path: "/domains/{domain}/policies/{key}", op: "policy.reset",
			summary: "Have an option of a domain be again what the configuration says", tagged: true, result: admin.Policy{}},
		{method: "GET", path: "/reports", op: "report.list", summary: "What users have reported, the newest first", params: []string{"domain"},
			result: admin.Report{}, page: pageOf(func(r admin.Report) string { return r.ID })},
		{method: "GET", path: "/reports/{id}", op: "report.show", summary: "A report, with the messages that it names", result: admin.Report{}},
		{method: "DELETE", path: "/reports/{id}", op: "report.close", summary: "Close a report: it is removed", result: admin.Report{}},
		{method: "GET", path: "/groups", op: "group.list", summary: "Rooms that are made from aliases", params: list, result: admin.Room{}, page: pageOf(roomKey)},
		{method: "GET", path: "/groups/{address}", op: "group.show", summary: "The room of an alias, by the address of either", result: admin.RoomDetail{}},
		{method: "DELETE", path: "/groups/{address}/files", op: "group.delete-files", summary: "Remove the files that were sent to a group, for good",
			result: admin.DeletedFiles{}},
		{method: "GET", path: "/rooms", op: "room.list", summary: "Rooms that people made", params: list, result: admin.Room{}, page: pageOf(roomKey)},
		{method: "GET", path: "/rooms/{address}", op: "room.show", summary: "A room that people made", result: admin.RoomDetail{}},
		{method: "DELETE", path: "/rooms/{address}", op: "room.delete", summary: "Destroy a room that people made, with its history",
			params: []string{"reason"}, result: admin.Identified{}},
		{method: "POST", path: "/sso/tokens", op: "pass.create", summary: "Make a token by which a user of a webmail signs in", status: 201,
			body: true, needs: []string{"account"}, result: admin.CreatedPass{}},
		{method: "POST", path: "/sso/prebind", op: "pass.prepare", summary: "Begin a session over BOSH that is signed in, for a client that attaches to it", status: 201,
			body: true, needs: []string{"account"}, result: admin.Prepared{}},
		{method: "DELETE", path: "/sso/tokens/{session}", op: "pass.revoke", summary: "End a session of a webmail: its tokens, and who came in by them",
			result: admin.Kicked{}},
	}
	return slices.Concat(r, keyRoutes(), inviteRoutes(), accountRoutes(), aliasRoutes())
}

func keyRoutes() []route {
	return []route{
		{method: "GET", path: "/keys", op: "key.list", summary: "Keys of this API, without their secrets; for the admin page", people: true, params: []string{"domain"},
			result: admin.Key{}, whole: true, page: all},
		{method: "POST", path: "/keys", op: "key.create", summary: "Make a key of this API; it is told once. For the admin page", people: true, status: 201, body: true,
			needs: []string{"name"}, result: admin.CreatedKey{}},
		{method: "DELETE", path: "/keys/{id}", op: "key.revoke", summary: "Revoke a key of this API; for the admin page", people: true, result: admin.Key{}},
	}
}

func inviteRoutes() []route {
	return []route{
		{method: "GET", path: "/invites", op: "invite.list", summary: "Invitations, the oldest first", params: []string{"domain", "search"},
			result: admin.Invite{}, page: pageOf(admin.Invite.Key)},
		{method: "POST", path: "/invites", op: "invite.create", summary: "Make an invitation; its token and link are told once", status: 201,
			body: true, result: admin.CreatedInvite{}},
		{method: "DELETE", path: "/invites/{id}", op: "invite.revoke", summary: "Revoke an invitation", result: admin.Invite{}},
	}
}

func accountRoutes() []route {
	const one = "/accounts/{address}"
	ignore := []string{"created", "online"}
	return []route{
		{method: "GET", path: "/accounts", op: "account.list", summary: "Accounts", params: []string{"domain", "search"}, result: admin.Account{},
			page: pageOf(func(a admin.Account) string { return a.Address })},
		{method: "POST", path: "/accounts", op: "account.create", summary: "Create an account", status: 201, body: true, needs: []string{"address"},
			result: admin.CreatedAccount{}},
		{method: "POST", path: "/accounts/import", op: "account.import", summary: "Create many accounts from CSV: address,name,department,password",
			body: true, needs: []string{"csv"}, limit: 16 << 20, slow: true, result: admin.Imported{}, view: imported},
		{method: "GET", path: one, op: "account.show", summary: "An account", tagged: true, result: admin.Account{}, view: plainAccount},
		{method: "PUT", path: one, op: "account.put", summary: "Create an account, or make it so; a role, disabled or password that is not given stays",
			body: true, ignore: ignore, tagged: true, result: admin.Account{}, view: plainAccount},
		{method: "PATCH", path: one, op: "account.set", summary: "Change an account; what is not given stays", body: true, tagged: true,
			result: admin.Account{}, view: plainAccount},
		{method: "DELETE", path: one, op: "account.delete", summary: "Delete an account with all that belongs to it", tagged: true, result: admin.DeletedAccount{}},
		{method: "GET", path: one + "/details", op: "account.show", summary: "An account with its sessions, rooms and aliases", result: admin.AccountDetail{}},
		{method: "GET", path: one + "/export", params: []string{"files"},
			summary: "All that is kept of an account, as a file of XEP-0227, without credentials; with files=true, with the bytes of uploaded files",
			send:    (*api).export, files: []string{"application/xml"}},
		{method: "GET", path: one + "/holdings", op: "account.holdings", summary: "What goes with an account when it is deleted", result: admin.Holdings{}},
		{method: "GET", path: one + "/sessions", op: "account.sessions", summary: "The clients that are signed in", result: admin.Session{},
			whole: true, page: all},
		{method: "DELETE", path: one + "/sessions/{resource}", op: "account.kick", summary: "End a session", params: []string{"reason"}, result: admin.Kicked{}},
		{method: "POST", path: one + "/kick", op: "account.kick", summary: "End all sessions, or one", body: true, result: admin.Kicked{}},
		{method: "POST", path: one + "/password", op: "account.password", summary: "Set a password; all sessions end", body: true, result: admin.PasswordSet{}},
		{method: "POST", path: one + "/reset-link", op: "account.reset-link", summary: "Make a link by which somebody who has lost the password sets another one, once",
			status: 201, result: admin.ResetLink{}},
		{method: "GET", path: one + "/contacts", op: "account.contacts", summary: "The contacts, as clients see them", result: admin.Contact{}, whole: true, page: all},
		{method: "GET", path: one + "/clients", op: "account.clients", summary: "The clients that can sign in", result: clients.Client{}, whole: true, page: all},
		{method: "DELETE", path: one + "/clients/{id}", op: "account.end-client",
			summary: "End a client: its tokens or app password, and its sessions. One that knows the password can come back", result: clients.Client{}},
		{method: "GET", path: one + "/app-passwords", op: "app-password.list", summary: "Passwords for one program or device", result: admin.AppPassword{},
			whole: true, page: all},
		{method: "POST", path: one + "/app-passwords", op: "app-password.create", summary: "Make a password for one program or device", status: 201,
			body: true, needs: []string{"label"}, result: admin.CreatedAppPassword{}},
		{method: "DELETE", path: one + "/app-passwords/{id}", op: "app-password.revoke", summary: "Revoke an app password, and end its sessions",
			result: admin.AppPassword{}},
		{method: "POST", path: one + "/disable", op: "account.disable", summary: "Keep an account from signing in", tagged: true, result: admin.Account{}, view: plainAccount},
		{method: "POST", path: one + "/enable", op: "account.enable", summary: "Let an account sign in again", tagged: true, result: admin.Account{}, view: plainAccount},
	}
}

func aliasRoutes() []route {
	const one = "/aliases/{address}"
	ignore := []string{"created", "room"}
	return []route{
		{method: "GET", path: "/aliases", op: "alias.list", summary: "Aliases; with group chat they are groups", params: []string{"domain", "search", "deleted"},
			result: admin.Alias{}, page: pageOf(func(a admin.Alias) string { return a.Address })},
		{method: "POST", path: "/aliases", op: "alias.create", summary: "Create an alias", status: 201, body: true, needs: []string{"address"}, result: admin.Alias{}},
		{method: "GET", path: one, op: "alias.show", summary: "An alias", tagged: true, result: admin.Alias{}, view: plainAlias},
		{method: "PUT", path: one, op: "alias.put", summary: "Create an alias, or make it so", body: true, ignore: ignore, tagged: true, result: admin.Alias{}, view: plainAlias},
		{method: "PATCH", path: one, op: "alias.set", summary: "Change an alias; what is not given stays", body: true, tagged: true, result: admin.Alias{}},
		{method: "DELETE", path: one, op: "alias.delete", summary: "Delete an alias; it can be restored for 30 days. With purge, one that is deleted: for good",
			params: []string{"purge"}, tagged: true, result: admin.DeletedAlias{}},
		{method: "GET", path: one + "/details", op: "alias.show", summary: "An alias with what its targets come to", result: admin.AliasDetail{}},
		{method: "GET", path: one + "/avatar", summary: "The picture of an alias; PATCH sets it (avatar, in base64)", send: (*api).avatar,
			files: []string{"image/png", "image/jpeg", "image/gif", "image/webp"}},
		{method: "GET", path: one + "/members", op: "alias.show", summary: "Who belongs to an alias in the end, through which aliases", result: admin.Resolution{}, view: members},
		{method: "POST", path: one + "/preview", op: "alias.preview", summary: "What an alias would come to, before it is saved", body: true, result: admin.AliasPreview{}},
		{method: "POST", path: one + "/targets", op: "alias.add", summary: "Add targets", body: true, needs: []string{"targets"}, tagged: true, result: admin.Alias{}},
		{method: "POST", path: one + "/targets/remove", op: "alias.remove", summary: "Remove targets", body: true, needs: []string{"targets"}, tagged: true, result: admin.Alias{}},
		{method: "POST", path: one + "/rename", op: "alias.rename", summary: "Move an alias to another address; its room stays", body: true,
			needs: []string{"to"}, tagged: true, result: admin.Alias{}},
		{method: "POST", path: one + "/restore", op: "alias.restore", summary: "Bring a deleted alias back, with its room and history", tagged: true, result: admin.Alias{}},
	}
}

// all is the page of a short list.
func all(result any, _ int) (any, string) { return result, "" }

func roomKey(r admin.Room) string { return r.Address }

// pageOf cuts what was asked for with one more item than the page has; key is what the next page begins behind.
func pageOf[T any](key func(T) string) func(any, int) (any, string) {
	return func(result any, limit int) (any, string) {
		items := result.([]T)
		if len(items) <= limit {
			return items, ""
		}
		return items[:limit], key(items[limit-1])
	}
}
