package partners

import (
	"fmt"
	"slices"

	"myna/config"
	"myna/xmpp"
)

// Config are the options of partners, [modules.partners].
type Config struct {
	Blocked []string `toml:"blocked" policy:"domain" doc:"Domains and addresses with which nobody of the domain communicates: [\"example.com\", \"somebody@example.org\"]. Of two entries that concern an address the narrower one counts. What belongs to the domain itself is never concerned: there, accounts are disabled."`
	Allowed []string `toml:"allowed" policy:"domain" doc:"Domains and addresses with which alone the domain communicates, besides what belongs to it; an empty list is everybody."`
}

// DefaultConfig returns the defaults: everybody communicates with everybody.
func DefaultConfig() Config { return Config{Blocked: []string{}, Allowed: []string{}} }

func (c *Config) empty() bool { return len(c.Blocked)+len(c.Allowed) == 0 }

// Validate says what cannot be. Entries are compared as text, so they are to be prepared.
func (c *Config) Validate() error {
	for _, l := range []struct {
		key  string
		list []string
	}{{"blocked", c.Blocked}, {"allowed", c.Allowed}} {
		for _, text := range l.list {
			j, err := xmpp.ParseJID(text)
			if err != nil {
				return &config.KeyError{Key: l.key, Text: fmt.Sprintf("%q is no address and no domain", text)}
			}
			if j.String() != text {
				return &config.KeyError{Key: l.key, Text: fmt.Sprintf("%q is to be written as %q", text, j.String())}
			}
		}
	}
	return nil
}

// refuses tells whether the lists keep an address out. The narrowest form of the address that one of them has decides
// (XEP-0133 § 4.11, § 4.12: in the order of XEP-0016 § 2.1); what both have is blocked.
func (c *Config) refuses(who xmpp.JID) bool {
	at := xmpp.JID{}
	if who.Resource() != "" {
		at, _ = who.DomainJID().WithResource(who.Resource())
	}
	for _, form := range [...]xmpp.JID{who, who.Bare(), at, who.DomainJID()} {
		switch text := form.String(); {
		case text == "":
		case slices.Contains(c.Blocked, text):
			return true
		case slices.Contains(c.Allowed, text):
			return false
		}
	}
	return len(c.Allowed) > 0
}
