package blocking

// Config are the options of blocking, [modules.blocking].
type Config struct {
	MaxAddresses int `toml:"max_addresses" min:"1" max:"100000" doc:"Most addresses that one account may block. A request that would make them more is refused as a whole."`
}

// DefaultConfig returns what nobody meets who blocks by hand.
func DefaultConfig() Config { return Config{MaxAddresses: 5000} }
