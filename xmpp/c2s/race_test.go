//go:build race

package c2s

// forgotten is how many allocations of pools come back with a message: the race detector has them forget.
const forgotten = 3
