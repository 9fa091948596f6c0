package vcard

// Config are the options of cards, [modules.vcard].
type Config struct {
	CardBytes int `toml:"card_bytes" min:"1024" max:"10485760" doc:"The largest card of a person, in bytes of XML, without its picture: that counts as an item of the account (modules.pubsub.item_bytes)."`
}

// DefaultConfig returns what a card fits into that people write.
func DefaultConfig() Config { return Config{CardBytes: 65536} }
