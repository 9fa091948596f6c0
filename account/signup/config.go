package signup

import (
	"fmt"
	"slices"
	"strings"

	"myna/config"
	"myna/xmpp"
)

// Who may invite people.
const (
	Nobody    = "nobody"
	Admins    = "admins"
	Everybody = "everybody"
)

// Config are the options of registration, [modules.registration].
type Config struct {
	Enabled            bool     `toml:"enabled" doc:"Strangers may make an account by themselves, in their client (XEP-0077, XEP-0389). Whoever reaches the server can have an address of the domain then: invitations are the better way where people are known."`
	Web                bool     `toml:"web" doc:"Strangers may make an account by themselves with the form on the page /register."`
	Invitations        string   `toml:"invitations" policy:"domain" doc:"Who may invite people, who make their account by the link that they are sent: nobody (then links that were sent are worth nothing), admins, everybody."`
	InvitationDays     int      `toml:"invitation_days" doc:"How many days an invitation is good for where its maker does not say."`
	InvitationsPerUser int      `toml:"invitations_per_user" doc:"How many invitations a person who is no administrator may have out at a time."`
	InvitationsAll     int      `toml:"invitations_per_domain" doc:"How many invitations of a domain may be out at a time altogether."`
	AccountsPerAddress int      `toml:"accounts_per_address" doc:"How many accounts may be made in a day from one network address, without an invitation; 0: any number."`
	AccountsPerDay     int      `toml:"accounts_per_day" doc:"How many accounts may be made in a day altogether, without an invitation; 0: any number."`
	Reserved           []string `toml:"reserved" doc:"Names that nobody can choose for an own account, besides those that stand for whoever runs a domain (admin, postmaster and the like)."`
	ResetHours         int      `toml:"reset_hours" doc:"How many hours a link is good for that an administrator makes for somebody who has lost the password (myna account reset-link)."`
	PasswordChange     bool     `toml:"password_change" policy:"domain" doc:"People may change their own password in their client. Switch it off where passwords come from elsewhere."`
	UserDeletion       bool     `toml:"user_deletion" policy:"domain" doc:"People may delete their own account in their client, with everything that belongs to it."`
}

// DefaultConfig returns the defaults: closed, but for those whom an administrator invites.
func DefaultConfig() Config {
	return Config{Invitations: Admins, InvitationDays: 7, InvitationsPerUser: 10, InvitationsAll: 10_000, ResetHours: 24, AccountsPerAddress: 3, AccountsPerDay: 100,
		PasswordChange: true, Reserved: []string{}}
}

// MaxDays bounds how long an invitation is good for.
const MaxDays = 365

// Validate tells what cannot be.
func (c *Config) Validate() error {
	bad := func(key, text string) error { return &config.KeyError{Key: key, Text: text} }
	switch {
	case !slices.Contains([]string{Nobody, Admins, Everybody}, c.Invitations):
		return bad("invitations", fmt.Sprintf("%q is not possible; use nobody, admins or everybody", c.Invitations))
	case c.InvitationDays < 1 || c.InvitationDays > MaxDays:
		return bad("invitation_days", fmt.Sprintf("give a number of days from 1 to %d", MaxDays))
	case c.InvitationsPerUser < 1 || c.InvitationsPerUser > 1000:
		return bad("invitations_per_user", "give a number from 1 to 1000")
	case c.InvitationsAll < 1 || c.InvitationsAll > 1_000_000:
		return bad("invitations_per_domain", "give a number from 1 to 1000000")
	case c.ResetHours < 1 || c.ResetHours > 24*7:
		return bad("reset_hours", "give a number of hours from 1 to 168")
	case c.AccountsPerAddress < 0:
		return bad("accounts_per_address", "give a number, or 0 for no limit")
	case c.AccountsPerDay < 0:
		return bad("accounts_per_day", "give a number, or 0 for no limit")
	}
	for _, name := range c.Reserved {
		if j, err := xmpp.NewJID(name, "example.com", ""); err != nil || j.Local() == "" {
			return bad("reserved", fmt.Sprintf("%q is no name of an account; give what stands before the @", name))
		}
	}
	return nil
}

// reserved tells whether a prepared name is not for people to choose.
func (c *Config) reserved(local string) bool {
	looks := skeleton(strings.ToLower(local))
	return slices.Contains(roles(), looks) || slices.Contains(roles(), digits.Replace(looks)) || slices.ContainsFunc(c.Reserved, func(name string) bool {
		j, err := xmpp.NewJID(name, "example.com", "")
		return err == nil && j.Local() == local
	})
}

// roles are the names that stand for whoever runs a domain or a service (RFC 2142), and those that people take for them.
func roles() []string {
	return []string{
		"abuse", "admin", "administrator", "anonymous", "daemon", "everybody", "everyone", "ftp", "help", "helpdesk", "hostmaster", "info",
		"mail", "mailer-daemon", "marketing", "moderator", "myna", "news", "no-reply", "nobody", "noc", "noreply", "office", "operator",
		"owner", "postmaster", "register", "root", "sales", "security", "server", "service", "staff", "support", "sysadmin", "system",
		"usenet", "uucp", "webmaster", "www", "xmpp",
	}
}
