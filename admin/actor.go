package admin

import (
	"slices"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// Actor is who asks for an operation.
type Actor struct {
	Name   string // an address, or "cli"
	Role   storage.Role
	Domain string // of a domain administrator
	Door   string // "cli", "api", "page", "xmpp"
}

// CommandLine is the actor of the command line: whoever may open the socket or the database administers the server.
func CommandLine() Actor { return Actor{Name: "cli", Role: storage.ServerAdmin, Door: "cli"} }

// domain checks that the actor may administer a domain.
func (a *Admin) domain(who Actor, domain string) error {
	switch {
	case who.Role == storage.ServerAdmin:
	case who.Role == storage.DomainAdmin && who.Domain == domain && domain != "":
		return nil
	case who.Role == storage.DomainAdmin:
		return refuse(Forbidden, "other-domain", "you administer %s only; ask an administrator of the server", who.Domain)
	default:
		return refuse(Forbidden, "admins-only", "this is for administrators; ask one")
	}
	return nil
}

// listed is the domain whose records the actor may list: the asked one, or all that are the actor's.
func (a *Admin) listed(who Actor, domain string) (string, error) {
	if domain == "" && who.Role == storage.DomainAdmin {
		domain = who.Domain
	}
	if domain == "" {
		return "", a.server(who)
	}
	j, err := xmpp.ParseJID(domain)
	if err != nil || j.Local() != "" || j.Resource() != "" {
		return "", refuse(Invalid, "no-domain", "%q is no domain", domain)
	}
	if err := a.domain(who, j.Domain()); err != nil {
		return "", err
	}
	return j.Domain(), a.served(j.Domain())
}

// server checks that the actor administers the server.
func (a *Admin) server(who Actor) error {
	if who.Role != storage.ServerAdmin {
		return refuse(Forbidden, "server-admins-only", "this is for administrators of the server")
	}
	return nil
}

func (a *Admin) served(domain string) error {
	if hosts := a.Hosts(); !slices.Contains(hosts, domain) {
		return refuse(Invalid, "domain-not-served", "%s is not a domain of this server (it serves %s); add it to hosts in the configuration and restart the server",
			domain, strings.Join(hosts, ", "))
	}
	return nil
}

// address parses the address of an account or alias that the actor may administer.
func (a *Admin) address(who Actor, s string) (xmpp.JID, error) {
	if s == "" {
		return xmpp.JID{}, refuse(Invalid, "address-missing", "an address is needed, such as lan@%s", a.example())
	}
	j, err := xmpp.ParseJID(s)
	if err != nil {
		return xmpp.JID{}, refuse(Invalid, "no-address", "%q is no address: %s", s, strings.TrimPrefix(err.Error(), "parse address: "))
	}
	if j.Local() == "" || !j.IsBare() {
		return xmpp.JID{}, refuse(Invalid, "no-person", "%q is no address of a person or alias; write it like lan@%s", s, a.example())
	}
	if err := a.domain(who, j.Domain()); err != nil {
		return xmpp.JID{}, err
	}
	return j, a.served(j.Domain())
}

func (a *Admin) example() string {
	if hosts := a.Hosts(); len(hosts) > 0 {
		return hosts[0]
	}
	return "example.com"
}

// self refuses what would lock the actor out.
func self(who Actor, j xmpp.JID, verb string) error {
	if who.Name == j.String() {
		return refuse(Conflict, "own-account", "you cannot %s your own account; another administrator can", verb)
	}
	return nil
}
