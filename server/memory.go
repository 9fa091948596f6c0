package server

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	trimEvery = time.Second
	trimQuiet = 8 << 20 // bytes allocated in trimEvery, below which the server counts as quiet
	trimWorth = 4 << 20 // bytes that have to be reclaimable
)

// trimMemory gives memory back to the operating system in quiet moments until ctx ends: after thousands have signed in or
// off, what that took is garbage, which the runtime would collect only when as much again was allocated.
func trimMemory(ctx context.Context) {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},    // free, not given back
		{Name: "/memory/classes/heap/objects:bytes"}, // live, or garbage since the last collection
		{Name: "/gc/heap/live:bytes"},                // live at the last collection
	}
	value := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	metrics.Read(samples)
	allocated, trimmed := value(0), int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(samples)
		quiet := value(0)-allocated < trimQuiet
		allocated = value(0)
		garbage := value(2) - value(3)
		// What was allocated since the last trim is the most that another one can find.
		if quiet && value(1)+garbage > trimWorth && allocated-trimmed > trimWorth {
			debug.FreeOSMemory()
			trimmed = allocated
		}
	}
}
