//go:build race

package sqlite_test

// manyMessages are what a long archive has; the race detector makes each ten times as slow to write.
const manyMessages = 20_000
