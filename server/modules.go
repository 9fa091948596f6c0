package server

import (
	"myna/account"
	"myna/config"
	"myna/hook"
	"myna/xep/ping"
)

// row is one module: its name in the configuration, what it is for, its options if it has any, and how it is built
// from what stands above it.
type row struct {
	name    string
	doc     string
	options any // the defaults, a pointer to the module's Config; nil: none
	build   func(*parts) (hook.Module, error)
}

// modules is the table of all modules, the only registration there is. A row may use what the rows above it have built.
// Within a stage of a message the order of the table is the order of the handlers.
func modules() []row {
	account := account.DefaultConfig()
	return []row{
		{"accounts", "Accounts and passwords.", &account, buildAccounts},
		{"streams", "Client streams.", nil, buildStreams},
		{"ping", "Pings.", nil, func(*parts) (hook.Module, error) { return ping.Ping{}, nil }},
	}
}

// ModuleOptions lists the modules that have options, for the configuration's documentation and check.
func ModuleOptions() []config.ModuleOptions {
	var list []config.ModuleOptions
	for _, r := range modules() {
		if r.options != nil {
			list = append(list, config.ModuleOptions{Name: r.name, Doc: r.doc, Defaults: r.options})
		}
	}
	return list
}
