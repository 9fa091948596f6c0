//go:build !race

package c2s

// forgotten is how many allocations of pools come back with a message: none.
const forgotten = 0
