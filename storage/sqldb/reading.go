package sqldb

import (
	"context"
	"math"
	"sync"
	"time"

	"myna/guard"
	"myna/storage"
	"myna/xmpp"
)

// Nobody who does not search pays for the full text index: an archive is read into it when it is searched, in the background and
// a chunk at a time. Each chunk is a transaction of its own, so short that no message waits long behind it, and behind each
// there is a pause as long: half of the writer's time at most is for searches.
const (
	mostChunk   = 200
	leastChunk  = 10
	chunkTime   = 10 * time.Millisecond // of one transaction, about
	textTime    = 3 * time.Second       // how long a search waits; then it is to be asked again
	chunkBytes  = 4 << 20               // of the stanzas that are read at once
	maxReadings = 1000                  // archives that are being read in, or wait for that
)

// readings are the archives that are being read into the full text index.
type readings struct {
	turn chan struct{} // holds one: one chunk at a time, of whichever archive
	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu sync.Mutex
	of map[xmpp.JID]*reading // guarded by mu
}

// reading is one archive.
type reading struct {
	done chan struct{}
	err  error // written before done is closed
}

func (r *readings) start(ctx context.Context) {
	r.turn, r.of = make(chan struct{}, 1), map[xmpp.JID]*reading{}
	r.ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
}

// close ends all readings, and waits for them.
func (r *readings) close() {
	r.mu.Lock()
	r.stop() // nobody begins behind this
	r.mu.Unlock()
	r.wg.Wait()
}

// read begins to read an archive in; begun is false where that is being done already. nil: there are too many, or the store is closed.
func (s *Store) read(owner xmpp.JID) (job *reading, begun bool) {
	r := &s.readings
	r.mu.Lock()
	defer r.mu.Unlock()
	if job = r.of[owner]; job != nil {
		return job, false
	}
	if len(r.of) >= maxReadings || r.ctx.Err() != nil {
		return nil, false
	}
	job = &reading{done: make(chan struct{}), err: storage.ErrNotReady}
	r.of[owner] = job
	r.wg.Go(func() {
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.of, owner)
			close(job.done)
		}()
		guard.Call(s.log, "full text", func() { job.err = s.readAll(r.ctx, owner) }, "owner", owner.String())
	})
	return job, true
}

// ready waits until what is in an archive now is in the full text index. What comes meanwhile may come faster.
func (s *Store) ready(ctx context.Context, owner xmpp.JID) error {
	late := time.NewTimer(textTime)
	defer late.Stop()
	for {
		job, begun := s.read(owner.Bare())
		if job == nil {
			return storage.ErrNotReady
		}
		select {
		case <-job.done:
		case <-late.C:
			return storage.ErrNotReady
		case <-ctx.Done():
			return ctx.Err()
		}
		if job.err != nil || begun { // else something may have come since it was begun
			return job.err
		}
	}
}

// readAll reads what is in an archive when it begins, and not in the full text index, into that.
func (s *Store) readAll(ctx context.Context, owner xmpp.JID) error {
	upTo := int64(0) // the newest stanza, 0 before it is known
	for size := mostChunk / 4; ; {
		more, took, err := s.readChunk(ctx, owner, &upTo, size)
		if err != nil || !more {
			return err
		}
		switch {
		case took > 2*chunkTime:
			size = max(size/2, leastChunk)
		case took < chunkTime/2:
			size = min(size*2, mostChunk)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(took):
		}
	}
}

// readChunk reads a chunk in; it tells whether there may be more, and how long the transaction took.
func (s *Store) readChunk(ctx context.Context, owner xmpp.JID, upTo *int64, size int) (more bool, took time.Duration, err error) {
	select {
	case s.readings.turn <- struct{}{}:
		defer func() { <-s.readings.turn }()
	case <-ctx.Done():
		return false, 0, ctx.Err()
	}
	number, from, list, more, err := s.unread(ctx, owner, upTo, size)
	if err != nil || len(list) == 0 {
		return false, 0, err
	}
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = words(number, textOf(list[i].Stanza))
	}
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		begin := time.Now()
		defer func() { took = time.Since(begin) }()
		return t.addTexts(ctx, number, from, list, texts)
	})
	return more, took, err
}

// unread returns the first stanzas of an archive that are not in the full text index; upTo is set to the newest of all where it is
// 0, and nothing behind it is returned. more tells that there may be others behind these.
func (s *Store) unread(ctx context.Context, owner xmpp.JID, upTo *int64, size int) (number, from int64, list []storage.Record, more bool, err error) {
	err = s.archive(ctx, owner, func(ctx context.Context, v *snapshot) (err error) {
		if number = v.number; number == 0 {
			return nil
		}
		if from, err = v.textHead(ctx, number); err != nil {
			return err
		}
		f := &search{class: visible(), lo: from, hi: math.MaxInt64}
		if *upTo == 0 {
			newest, err := v.records(ctx, f, storage.Most{Records: 1, Heads: true}, true)
			if err != nil || len(newest.list) == 0 {
				return err
			}
			*upTo = newest.list[0].ID
		}
		f.hi = *upTo + 1
		h, err := v.records(ctx, f, storage.Most{Records: size, Bytes: chunkBytes}, false)
		list, more = h.list, h.full()
		return err
	})
	return number, from, list, more, err
}
