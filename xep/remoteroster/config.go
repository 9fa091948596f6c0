package remoteroster

import (
	"fmt"
	"slices"

	"myna/config"
	"myna/xmpp"
)

// Config are the options of remoteroster, [modules.remoteroster].
type Config struct {
	Entities []string `toml:"entities" doc:"Services and accounts that may ask people to let them manage contacts (XEP-0321), for example a gateway to another network: [\"gateway.example.org\"]. Each manages contacts of its own domain only, of those who have said yes. An empty list is nobody."`
}

// DefaultConfig returns the defaults: nobody asks anybody.
func DefaultConfig() Config { return Config{Entities: []string{}} }

// Validate says what cannot be. Entries are compared as text, so they are to be prepared.
func (c *Config) Validate() error {
	for _, text := range c.Entities {
		j, err := xmpp.ParseJID(text)
		switch {
		case err != nil || !j.IsBare():
			return &config.KeyError{Key: "entities", Text: fmt.Sprintf("%q is neither a domain nor an address without resource", text)}
		case j.String() != text:
			return &config.KeyError{Key: "entities", Text: fmt.Sprintf("%q is to be written as %q", text, j.String())}
		}
	}
	return nil
}

// names tells whether an entity may ask.
func (c *Config) names(entity xmpp.JID) bool {
	return slices.Contains(c.Entities, entity.Bare().String())
}
