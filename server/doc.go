// Package server builds everything from a configuration: the store, accounts, the router, the modules of the table in
// modules.go, and the listeners. It starts, reloads and shuts down; it has no behaviour of its own.
package server

//go:generate sh -c "cd .. && go run ./internal/docgen"
