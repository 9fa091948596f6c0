package multicast

// Who may send to many at once.
const (
	SendersEverybody = "everybody"
	SendersAdmins    = "admins"
)

// Config are the options of messages to several addresses, [modules.multicast].
type Config struct {
	MaxAddresses int    `toml:"max_addresses" min:"1" max:"500" doc:"Most addresses of one message or presence to several people at once."`
	Shown        int    `toml:"directed_presence" min:"1" max:"100000" doc:"To how many addresses one client may show its presence at a time by this service."`
	Senders      string `toml:"senders" oneof:"everybody|admins" doc:"Who may send one message to several addresses: everybody with an account in the domain, or its administrators only."`
}

// DefaultConfig returns what suits most: more than 20 and less than 100 addresses, as XEP-0033 § 8 advises.
func DefaultConfig() Config { return Config{MaxAddresses: 50, Senders: SendersEverybody, Shown: 2000} }
