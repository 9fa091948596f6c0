package registration

import "myna/config"

// Config are the options of registration, [modules.registration].
type Config struct {
	Enabled        bool `toml:"enabled" doc:"Strangers may make an account by themselves. This version cannot do that yet: only false is possible; make accounts with myna account create."`
	PasswordChange bool `toml:"password_change" doc:"People may change their own password in their client. Switch it off where passwords come from elsewhere."`
	UserDeletion   bool `toml:"user_deletion" doc:"People may delete their own account in their client, with everything that belongs to it."`
}

// DefaultConfig returns the defaults: closed.
func DefaultConfig() Config { return Config{PasswordChange: true} }

// Validate refuses what would be a promise that is not kept.
func (c *Config) Validate() error {
	if c.Enabled {
		return &config.KeyError{Key: "enabled",
			Text: "this version cannot let strangers make accounts; set it to false and use myna account create"}
	}
	return nil
}
