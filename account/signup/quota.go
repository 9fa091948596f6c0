package signup

import (
	"sync"
	"time"
)

// maxCounted bounds what a quota remembers; past it the counting of all begins anew.
const maxCounted = 1 << 16

// quota counts what keys do in a stretch of time, which begins with the first and ends for all of a key at once.
type quota struct {
	mu sync.Mutex
	of map[string]*count // guarded by mu
}

type count struct {
	n     int
	since time.Time
}

func newQuota() *quota { return &quota{of: map[string]*count{}} }

// take counts one more of a key, unless there are most in the stretch already; 0 is any number.
func (q *quota) take(key string, most int, stretch time.Duration, now time.Time) bool {
	if most <= 0 {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.of[key]
	if c == nil || now.Sub(c.since) >= stretch {
		if c == nil && len(q.of) >= maxCounted {
			q.sweep(stretch, now)
		}
		c = &count{since: now}
		q.of[key] = c
	}
	if c.n >= most {
		return false
	}
	c.n++
	return true
}

// giveBack takes back what take has counted.
func (q *quota) giveBack(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c := q.of[key]; c != nil && c.n > 0 {
		c.n--
	}
}

// sweep forgets what is over, or all where nothing is. The caller holds mu.
func (q *quota) sweep(stretch time.Duration, now time.Time) {
	for key, c := range q.of {
		if now.Sub(c.since) >= stretch {
			delete(q.of, key)
		}
	}
	if len(q.of) >= maxCounted {
		clear(q.of)
	}
}
