package upload

import (
	"errors"
	"time"

	"myna/config"
)

// Config is what may be uploaded.
type Config struct {
	MaxFile    int64         `toml:"max_file" doc:"The largest file, in bytes."`
	DailyQuota int64         `toml:"daily_quota" doc:"How much one account may upload in 24 hours, in bytes; 0 is no limit."`
	DailyFiles int           `toml:"daily_files" min:"0" max:"100000" doc:"How many files one account may upload in 24 hours; 0 is no limit."`
	UserQuota  int64         `toml:"user_quota" doc:"How much of one account is kept, in bytes; 0 is no limit."`
	Expire     time.Duration `toml:"expire" doc:"How long files are kept; 0s keeps them until they are deleted."`
	ProfileMax int64         `toml:"profile_max" doc:"The largest picture of a profile, in bytes. Those do not expire."`
}

// DefaultConfig returns what suits most servers.
func DefaultConfig() Config {
	return Config{MaxFile: 100 << 20, DailyQuota: 1 << 30, DailyFiles: 1000, UserQuota: 10 << 30, ProfileMax: 1 << 20}
}

// Validate says what is wrong with the values.
func (c *Config) Validate() error {
	var errs []error
	for key, v := range map[string]int64{
		"max_file": c.MaxFile, "daily_quota": c.DailyQuota, "daily_files": int64(c.DailyFiles), "user_quota": c.UserQuota,
		"profile_max": c.ProfileMax, "expire": int64(c.Expire),
	} {
		if v < 0 {
			errs = append(errs, &config.KeyError{Key: key, Text: "must not be negative"})
		}
	}
	return errors.Join(errs...)
}
