package push

// What a notification tells of the message.
const (
	DetailsCount  = "count"
	DetailsSender = "sender"
	DetailsBody   = "body"
)

// Config are the options of push notifications, [modules.push].
type Config struct {
	Details  string `toml:"details" policy:"domain" oneof:"count|sender|body" doc:"What notifications tell those who carry them, who are third parties: count says how many messages wait; sender also who wrote last; body also what. Apps get the messages themselves from this server."`
	Services int    `toml:"services" min:"1" max:"100" doc:"Most registrations of one account. A new one more takes the place of the oldest."`
}

// DefaultConfig returns the defaults: nobody else reads along.
func DefaultConfig() Config { return Config{Details: DetailsCount, Services: 20} }
