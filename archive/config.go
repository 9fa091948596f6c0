package archive

import (
	"fmt"

	"myna/config"
)

// Config says what is kept and for how long.
type Config struct {
	MaxWaiting int `toml:"max_waiting" min:"1" doc:"How many messages may wait for somebody who is offline and has no archive: it is switched off, by the server or by the account, or the sender asked for no permanent copy. Further ones are refused."`

	Preferences int `toml:"preferences" min:"1" max:"10000" doc:"How many addresses the two lists of an account may name together, of those whose messages are always kept and of those whose are never (XEP-0441)."`

	Enabled       bool // [archive] enabled, the same for all hosts
	RetentionDays int  // [archive] retention_days of the host
}

// DefaultConfig returns what suits most servers.
func DefaultConfig() Config { return Config{MaxWaiting: 500, Preferences: 1000, Enabled: true} }

// Validate says what is wrong with the values.
func (c *Config) Validate() error {
	if c.MaxWaiting > maxWaiting {
		return &config.KeyError{Key: "max_waiting", Text: fmt.Sprintf("%d is more than %d", c.MaxWaiting, maxWaiting)}
	}
	return nil
}

// maxWaiting bounds MaxWaiting.
const maxWaiting = 10000
