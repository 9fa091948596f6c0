package roster

import (
	"errors"
	"fmt"

	"myna/config"
)

// Config is how contacts behave.
type Config struct {
	Shared      bool   `toml:"shared_roster" policy:"domain" doc:"Everyone of the domain is in everyone's contacts, without asking, and sees everyone's presence."`
	SharedLimit int    `toml:"shared_limit" doc:"Up to so many accounts of a domain the shared roster holds everybody. In a larger domain it holds the members of one's groups (of those with at most so many members), recent contacts and whom one has added; the others are found by the directory search."`
	SharedGroup string `toml:"shared_group" policy:"domain" doc:"The group of colleagues in the contact list: department (the domain's name for who has none) or domain."`
	Items       int    `toml:"items" doc:"How many contacts of their own somebody may have."`
	Requests    int    `toml:"requests" doc:"How many requests of strangers may wait for an answer. Further ones are forgotten."`
	ListBytes   int    `toml:"list_bytes" doc:"How many bytes the addresses, names and groups of somebody's own contacts may have altogether: clients get the list as one stanza."`
	Groups      int    `toml:"groups" doc:"In how many groups of the list one contact may be."`
	Directed    int    `toml:"directed_presence" doc:"To how many addresses one client may show its presence at a time besides its contacts: people, and rooms that it enters."`
}

// The values of SharedGroup.
const (
	ByDepartment = "department"
	ByDomain     = "domain"
)

// DefaultConfig returns what suits most servers.
func DefaultConfig() Config {
	return Config{Shared: true, SharedLimit: 300, SharedGroup: ByDepartment, Items: 2000, Requests: 200,
		ListBytes: 512 << 10, Groups: 32, Directed: 2000}
}

// maxShared bounds the shared roster: every client of the domain gets all of it.
const maxShared = 5000

// Validate says what is wrong with the values.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(key, text string, args ...any) {
		errs = append(errs, &config.KeyError{Key: key, Text: fmt.Sprintf(text, args...)})
	}
	if c.SharedLimit < 0 || c.SharedLimit > maxShared {
		wrong("shared_limit", "%d is not between 0 and %d", c.SharedLimit, maxShared)
	}
	if c.SharedGroup != ByDepartment && c.SharedGroup != ByDomain {
		wrong("shared_group", "%q is neither %q nor %q", c.SharedGroup, ByDepartment, ByDomain)
	}
	if c.Items < 1 {
		wrong("items", "must be positive")
	}
	if c.Requests < 0 {
		wrong("requests", "must not be negative")
	}
	for _, n := range []struct {
		key        string
		value, top int
	}{{"list_bytes", c.ListBytes, 16 << 20}, {"groups", c.Groups, 1000}, {"directed_presence", c.Directed, 100_000}} {
		if n.value < 1 || n.value > n.top {
			wrong(n.key, "%d is not between 1 and %d", n.value, n.top)
		}
	}
	return errors.Join(errs...)
}
