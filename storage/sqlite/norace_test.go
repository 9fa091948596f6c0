//go:build !race

package sqlite_test

// manyMessages are what a long archive has.
const manyMessages = 100_000
