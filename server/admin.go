package server

import (
	"context"
	"strings"
	"time"

	"mellium.im/xmpp/stream"

	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/web"
	"myna/xmpp"
	"myna/xmpp/router"
)

// newAdmin builds the operations of administration on the parts.
func (p *parts) newAdmin() *admin.Admin {
	d := admin.Deps{
		Accounts: p.accounts, Apps: p.accounts, Access: p.clients, Contacts: p.contacts, Announcer: p.announcements, Store: p.store, Log: p.log, Version: Version(),
		Hosts:      func() []string { return p.cfg.Hosts },
		GroupsHost: p.cfg.GroupsHost, Groups: effective{p.groups}, Changed: p.changed,
		Notes: p.contacts.PassedLimit,
	}
	if p.upload != nil {
		d.Files = p.upload
	}
	d.Bounds = p.bounds
	d.Kept, d.SignUp, d.InvitePage, d.ResetPage, d.Temp = p.kept, p.signUp, p.invitePage, p.resetPage, p.cfg.DataDir
	if !p.offline {
		d.Sessions, d.Started = liveSessions{p.router}, time.Now()
		d.Rooms = liveRooms{p.rooms, p.upload}
		d.Passes = livePasses{p}
		d.Policies, d.Decide = p.policies, p.decide
		d.Ender = p.ender.after
	}
	p.admin = admin.New(d)
	return p.admin
}

// bounds are how much administrators may make of something in a domain, by its options.
func (p *parts) bounds(domain string) admin.Bounds {
	return admin.Bounds{
		PictureBytes: p.rooms.Config.Of(domain).PictureBytes, AliasTargets: p.digest.Config.Of(domain).AliasTargets, Invites: p.signUp.Config.Of(domain).InvitationsAll,
	}
}

// changed tells those who follow accounts and aliases that one has changed.
func (p *parts) changed(j xmpp.JID) {
	p.groups.Changed(j)
	p.digest.Chosen(j)
}

// policies are the options that a domain may have values of its own for.
func (p *parts) policies(domain string) ([]admin.Policy, error) {
	values, err := p.running.Load().HostValues(domain, ModuleOptions()...)
	list := make([]admin.Policy, len(values))
	for i, v := range values {
		list[i] = admin.Policy{Key: v.Key, Value: v.Value, Default: v.Default, Source: v.Source, Words: v.Words, Doc: v.Doc, Restart: v.Restart,
			Domain: v.Domain, FileOnly: v.FileOnly}
	}
	return list, err
}

// listenAdmin opens the socket of the command line.
func (s *Server) listenAdmin() error {
	if s.cfg.Listen.AdminSocket == "" {
		return nil
	}
	l, err := admin.Listen(s.cfg.Path(s.cfg.Listen.AdminSocket))
	if err != nil {
		return err
	}
	commands := admin.Commands{Reload: func(ctx context.Context) ([]string, error) { return s.reloadFile(ctx, admin.CommandLine()) }}
	s.socket = web.NewLocalServer(admin.SocketHandler(s.admin, admin.CommandLine(), commands, s.log), s.log)
	s.socket.Serve(l)
	return nil
}

// reloadFile reads the configuration file anew and reloads.
func (s *Server) reloadFile(ctx context.Context, who admin.Actor) ([]string, error) {
	cfg, err := config.Load(s.cfg.File())
	if err != nil {
		return nil, err
	}
	return s.Reload(ctx, cfg, who)
}

// liveSessions shows the sessions of this node to administration.
type liveSessions struct{ router *router.Router }

// Sessions lists the sessions of an account.
func (l liveSessions) Sessions(account xmpp.JID) []admin.Session {
	var list []admin.Session
	for _, s := range l.router.Sessions(account.Bare()) {
		list = append(list, shownSession(s))
	}
	return list
}

// All lists the sessions of the accounts of a domain; "" lists all.
func (l liveSessions) All(domain string) []admin.AccountSession {
	var list []admin.AccountSession
	l.router.EachSession(func(s hook.Session) {
		if domain == "" || s.JID().Domain() == domain {
			list = append(list, admin.AccountSession{Address: s.JID().Bare().String(), Session: shownSession(s)})
		}
	})
	return list
}

// shownSession is what administrators see of a session.
func shownSession(s hook.Session) admin.Session {
	transport, remote, _ := strings.Cut(s.Client(), " from ")
	var since time.Time
	if begun, ok := s.(interface{ Since() time.Time }); ok {
		since = begun.Since().UTC().Truncate(time.Second)
	}
	return admin.Session{
		Resource: s.JID().Resource(), Since: since, Remote: remote, Transport: transport,
		Encrypted: strings.Contains(transport, "TLS"), Status: statusOf(s),
	}
}

// statusOf is a session's status in the words that users see.
func statusOf(s hook.Session) string {
	p := s.Presence()
	switch {
	case p == nil:
		return "offline"
	case p.Show == "dnd":
		return "dnd"
	case p.Show == "away" || p.Show == "xa":
		return "away"
	}
	return "available"
}

// Kick ends sessions of an account.
func (l liveSessions) Kick(account xmpp.JID, resource, text string) int {
	n := 0
	for _, s := range l.router.Sessions(account.Bare()) {
		if resource == "" || s.JID().Resource() == resource {
			kick(s, text)
			n++
		}
	}
	return n
}

func kick(s hook.Session, text string) {
	e := stream.NotAuthorized
	e.Text = append(e.Text, struct{ Lang, Value string }{"en", text})
	s.Kick(e)
}

// Online counts who is signed in.
func (l liveSessions) Online(domain string) (accounts, sessions int) {
	seen := map[xmpp.JID]bool{}
	l.router.EachSession(func(s hook.Session) {
		if domain == "" || s.JID().Domain() == domain {
			sessions++
			seen[s.JID().Bare()] = true
		}
	})
	return len(seen), sessions
}
