//go:build !race

package server_test

// archiveSize is of a large archive.
const archiveSize = 100_000
