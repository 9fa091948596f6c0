// Package measure holds what the load scenarios measure with: latency percentiles, a loss and order check, and
// the processor time and memory of a process as Linux' /proc tells them.
package measure

import (
	"math/bits"
	"time"
)

// sub is the number of buckets for each power of two: values are kept to within 1/64, about 1.6 %.
const sub = 64

// Histogram counts durations in buckets that grow with the value. The zero value is ready; it is not safe for
// concurrent use: keep one for each goroutine and merge them.
type Histogram struct {
	counts [64 * sub]uint64
	total  uint64
	max    time.Duration
}

// Add counts one duration; negative ones count as zero.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucket(uint64(d))]++
	h.total++
	h.max = max(h.max, d)
}

// Merge adds all that o counted.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.total += o.total
	h.max = max(h.max, o.max)
}

// Count gives how many durations were added.
func (h *Histogram) Count() uint64 { return h.total }

// Max gives the largest duration, exactly.
func (h *Histogram) Max() time.Duration { return h.max }

// Percentile gives the upper edge of the bucket below which p percent of the durations lie (nearest rank), or 0
// when nothing was added.
func (h *Histogram) Percentile(p float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := uint64(p/100*float64(h.total) + 0.9999999)
	rank = min(max(rank, 1), h.total)
	var seen uint64
	for i, n := range h.counts {
		if seen += n; seen >= rank {
			return min(time.Duration(upper(i)), h.max)
		}
	}
	return h.max
}

// bucket: values below sub have one bucket each; above, the six bits behind the leading one choose within the octave.
func bucket(v uint64) int {
	if v < sub {
		return int(v)
	}
	shift := bits.Len64(v) - 7
	return (shift+1)*sub + int(v>>shift) - sub
}

func upper(i int) uint64 {
	if i < sub {
		return uint64(i)
	}
	shift := i/sub - 1
	return (uint64(i%sub+sub)+1)<<shift - 1
}
