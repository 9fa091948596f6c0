package privatestorage

// Config are the options of private documents, [modules.private].
type Config struct {
	Documents     int `toml:"documents" min:"1" max:"10000" doc:"Most documents that the clients of one account may keep, each under a name of its own."`
	DocumentBytes int `toml:"document_bytes" min:"1024" max:"10485760" doc:"The largest of these documents, in bytes of XML."`
}

// DefaultConfig returns what clients get along with.
func DefaultConfig() Config { return Config{Documents: 200, DocumentBytes: 131072} }
