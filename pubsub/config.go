package pubsub

// Who may create nodes on the service of a domain.
const (
	CreateAdmins    = "admins"
	CreateAccounts  = "accounts"
	CreateEverybody = "everybody"
)

// Config are the options of publish-subscribe, [modules.pubsub].
type Config struct {
	NodeCreation string `toml:"node_creation" oneof:"admins|accounts|everybody" doc:"Who may create nodes on the service pubsub.DOMAIN: administrators, accounts of the domain, or accounts of every domain of this server. Every account has its own nodes anyway."`
	MaxNodes     int    `toml:"max_nodes" min:"10" max:"100000" doc:"Most nodes of one account."`
	ServiceNodes int    `toml:"service_nodes" min:"10" max:"1000000" doc:"Most nodes of the service of one domain."`
	MaxItems     int    `toml:"max_items" min:"10" max:"1000000" doc:"Most items that a node keeps; what its configuration calls \"max\"."`
	ItemBytes    int    `toml:"item_bytes" min:"1024" max:"16777216" doc:"Largest item, in bytes of XML."`
	AccountBytes int    `toml:"account_bytes" min:"0" doc:"How many bytes all items of one account may take; further ones are refused. 0 is no limit."`
	ServiceBytes int    `toml:"service_bytes" min:"0" doc:"How many bytes all items of the service of one domain may take. 0 is no limit."`

	NodePeople       int `toml:"node_people" min:"10" max:"100000" doc:"How many subscriptions a node has at most, and how many addresses with an affiliation."`
	OwnSubscriptions int `toml:"own_subscriptions" min:"1" max:"1000" doc:"How many subscriptions an account has to one node, those of all its clients together."`

	ServiceAccountNodes int `toml:"service_account_nodes" min:"0" doc:"Most nodes of the service that one account may create: nobody fills the service alone. 0 is no limit."`
	ServiceAccountBytes int `toml:"service_account_bytes" min:"0" doc:"How many bytes all that one account has published on the service may take. 0 is no limit."`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		NodeCreation: CreateAccounts, MaxNodes: 500, ServiceNodes: 10000, MaxItems: 10000, ItemBytes: 262144,
		AccountBytes: 32 << 20, ServiceBytes: 1 << 30, NodePeople: 10_000, OwnSubscriptions: 20,
		ServiceAccountNodes: 500, ServiceAccountBytes: 64 << 20,
	}
}
