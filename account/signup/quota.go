package signup

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"myna/xmpp"
)

// maxCounted bounds what a quota remembers; past it the counting of all begins anew.
const maxCounted = 1 << 16

// tidy is how often what is over is forgotten.
const tidy = time.Hour

// quota counts what keys do in a stretch of time, which begins with the first and ends for all of a key at once.
type quota struct {
	stretch time.Duration
	// keep writes counts, by key; nil is one that is over. A quota without it begins anew with the server.
	keep func(ctx context.Context, docs map[string][]byte) error

	mu    sync.Mutex // held while a count is written: the last one written is the last one made
	of    map[string]*count
	swept time.Time
}

// counts is where they are kept.
type counts interface {
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
	PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error
}

// count is what a key has done. It is kept as JSON.
type count struct {
	N     int       `json:"n"`
	Since time.Time `json:"since"`
}

func newQuota(stretch time.Duration) *quota { return &quota{stretch: stretch, of: map[string]*count{}} }

// kept has a quota live on over restarts, among the documents of owner, and reads what is there.
func (q *quota) kept(ctx context.Context, store counts, owner xmpp.JID, space string, now time.Time) error {
	docs, err := store.ListDocs(ctx, owner, space)
	if err != nil {
		return fmt.Errorf("read what was counted: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.keep = func(ctx context.Context, docs map[string][]byte) error {
		return store.PutDocs(context.WithoutCancel(ctx), owner, space, docs)
	}
	over := map[string][]byte{}
	for key, data := range docs {
		var c count
		if json.Unmarshal(data, &c) != nil || now.Sub(c.Since) >= q.stretch || len(q.of) >= maxCounted {
			over[key] = nil
			continue
		}
		q.of[key] = &c
	}
	return q.write(ctx, over)
}

// take counts one more of a key, unless there are most in the stretch already; 0 is any number.
func (q *quota) take(ctx context.Context, key string, most int, now time.Time) (bool, error) {
	if most <= 0 {
		return true, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	changed := map[string][]byte{}
	if len(q.of) >= maxCounted || now.Sub(q.swept) >= tidy {
		q.sweep(now, changed)
	}
	c := count{Since: now}
	if old := q.of[key]; old != nil && now.Sub(old.Since) < q.stretch {
		c = *old
	}
	if c.N >= most {
		return false, q.write(ctx, changed)
	}
	c.N++
	q.note(changed, key, &c)
	if err := q.write(ctx, changed); err != nil {
		return false, err
	}
	q.of[key] = &c
	return true, nil
}

// giveBack takes back what take has counted.
func (q *quota) giveBack(ctx context.Context, key string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.of[key]
	if c == nil || c.N == 0 {
		return nil
	}
	c.N--
	changed := map[string][]byte{}
	if c.N == 0 {
		delete(q.of, key)
		c = nil
	}
	q.note(changed, key, c)
	return q.write(ctx, changed)
}

// sweep forgets what is over, or all where nothing is. The caller holds mu.
func (q *quota) sweep(now time.Time, changed map[string][]byte) {
	q.swept = now
	for key, c := range q.of {
		if now.Sub(c.Since) >= q.stretch {
			delete(q.of, key)
			q.note(changed, key, nil)
		}
	}
	if len(q.of) < maxCounted {
		return
	}
	for key := range q.of {
		q.note(changed, key, nil)
	}
	clear(q.of)
}

// note adds a count to what is to be written; nil is none any more.
func (q *quota) note(changed map[string][]byte, key string, c *count) {
	if q.keep == nil {
		return
	}
	changed[key] = nil
	if c != nil {
		changed[key], _ = json.Marshal(c) // a number and a time
	}
}

func (q *quota) write(ctx context.Context, changed map[string][]byte) error {
	if q.keep == nil || len(changed) == 0 {
		return nil
	}
	return q.keep(ctx, changed)
}
