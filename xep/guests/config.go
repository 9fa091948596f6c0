package guests

import (
	"myna/config"
	"myna/xmpp"
)

// Config are the options of guests, [modules.guests].
type Config struct {
	Reach     []string `toml:"reach" doc:"Addresses and hosts of this server that guests may write to by themselves, besides the rooms of their own host: [\"support@example.com\", \"help@groups.example.com\"]. Whoever writes to a guest gets answers in any case."`
	PerMinute int      `toml:"per_minute" min:"10" max:"100000" doc:"How many stanzas a guest may send in a minute."`

	circle xmpp.Circle // the parsed Reach, by Validate
}

// DefaultConfig returns the defaults: guests meet in rooms.
func DefaultConfig() Config { return Config{Reach: []string{}, PerMinute: 120} }

// Validate says what cannot be.
func (c *Config) Validate() (err error) {
	if c.circle, err = xmpp.ParseCircle(c.Reach); err != nil {
		return &config.KeyError{Key: "reach", Text: err.Error()}
	}
	return nil
}

// reaches tells whether guests may write to an address by themselves.
func (c *Config) reaches(to xmpp.JID) bool { return c.circle.Has(to) }
