//go:build race

package server_test

// archiveSize is of a large archive: the race detector takes twenty times as long for each message.
const archiveSize = 5_000
