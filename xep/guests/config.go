package guests

import (
	"fmt"

	"myna/config"
	"myna/xmpp"
)

// Config are the options of guests, [modules.guests].
type Config struct {
	Reach     []string `toml:"reach" doc:"Addresses and hosts of this server that guests may write to by themselves, besides the rooms of their own host: [\"support@example.com\", \"help@groups.example.com\"]. Whoever writes to a guest gets answers in any case."`
	PerMinute int      `toml:"per_minute" min:"10" max:"100000" doc:"How many stanzas a guest may send in a minute."`
}

// DefaultConfig returns the defaults: guests meet in rooms.
func DefaultConfig() Config { return Config{Reach: []string{}, PerMinute: 120} }

// Validate says what cannot be.
func (c *Config) Validate() error {
	for _, text := range c.Reach {
		if j, err := xmpp.ParseJID(text); err != nil || !j.IsBare() {
			return &config.KeyError{Key: "reach", Text: fmt.Sprintf("%q is no address and no host", text)}
		}
	}
	return nil
}

// reaches tells whether guests may write to an address by themselves.
func (c *Config) reaches(to xmpp.JID) bool {
	for _, text := range c.Reach {
		if j, err := xmpp.ParseJID(text); err == nil && (j == to.Bare() || j.Local() == "" && j.Domain() == to.Domain()) {
			return true
		}
	}
	return false
}
