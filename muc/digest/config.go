package digest

import (
	"net"
	"strings"
	"time"

	"myna/config"
)

// How often somebody gets a mail who is not there.
const (
	Off   = "off"
	Short = "15m"
	Hour  = "1h"
	Daily = "daily"
)

// How the connection to the relay is encrypted.
const (
	StartTLS = "starttls"
	TLS      = "tls"
	Plain    = "none"
)

// Config are the options of mails about groups, [modules.groups].
type Config struct {
	Digest       string `toml:"digest" oneof:"off|15m|1h|daily" policy:"domain" doc:"After what time people are told by mail what was said in their groups while no client of theirs was there, unless they have chosen for themselves. It needs a relay."`
	AliasTargets int    `toml:"alias_targets" min:"1" max:"100000" doc:"How many addresses one alias may name as targets; an alias for everyone of the domain needs none."`
	Relay        string `toml:"relay" example:"\"mail.example.com:587\"" serverwide:"there is one relay" doc:"The server that takes these mails: HOST:PORT."`
	RelayTLS     string `toml:"relay_tls" oneof:"starttls|tls|none" serverwide:"there is one relay" doc:"How the connection to the relay is encrypted. none is for a relay on this machine."`
	RelayUser    string `toml:"relay_user" serverwide:"there is one relay" doc:"The name by which the server signs in at the relay; \"\" where that is not needed."`
	PasswordFile string `toml:"relay_password_file" example:"\"/etc/myna/relay\"" serverwide:"there is one relay" doc:"The file with its password, readable by this server only; credential:NAME takes it from systemd."`
	From         string `toml:"mail_from" example:"\"chat@example.com\"" serverwide:"there is one relay" doc:"Who the mails are from; \"\" is noreply@ with the domain of who gets it."`
}

// DefaultConfig returns the defaults: no mails.
func DefaultConfig() Config { return Config{Digest: Off, AliasTargets: 10000, RelayTLS: StartTLS} }

// Validate says what is wrong with the values.
func (c *Config) Validate() error {
	host, port, err := net.SplitHostPort(c.Relay)
	switch {
	case c.Digest != Off && c.Relay == "":
		return &config.KeyError{Key: "digest", Text: "mails need a relay: set relay to HOST:PORT"}
	case c.Relay != "" && (err != nil || host == "" || port == ""):
		return &config.KeyError{Key: "relay", Text: "is no HOST:PORT"}
	case c.RelayTLS == Plain && c.Relay != "" && !loopback(host):
		return &config.KeyError{Key: "relay_tls", Text: "a relay on another machine is not spoken to without TLS"}
	case c.From != "" && !strings.Contains(c.From, "@"):
		return &config.KeyError{Key: "mail_from", Text: "is no address"}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// pause is after what time somebody is told; 0: never.
func pause(rhythm string) time.Duration {
	switch rhythm {
	case Short:
		return 15 * time.Minute
	case Hour:
		return time.Hour
	case Daily:
		return 24 * time.Hour
	}
	return 0
}
