package reports

// Config are the options of reports, [modules.reports].
type Config struct {
	PerDay   int `toml:"per_day" min:"1" max:"10000" doc:"How many reports of one account are taken in 24 hours. Further ones only block the address: blocking is never refused for a report."`
	Kept     int `toml:"kept" min:"1" max:"100000" doc:"How many reports are kept of a domain. A new one more takes the place of the oldest."`
	Messages int `toml:"messages" min:"0" max:"100" doc:"How many of the messages that a report names are kept with it, as they were in the archive of who reports."`
}

// DefaultConfig returns what administrators can read.
func DefaultConfig() Config { return Config{PerDay: 20, Kept: 1000, Messages: 10} }
