package sqldb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"myna/guard"
	"myna/storage"
)

// Bounds of the writer's queue. What a transaction has taken counts no more.
const (
	maxRequests = 512      // of one transaction
	maxRows     = 2048     // of one transaction, unless one request has more
	maxStanzas  = 8192     // waiting
	maxBytes    = 16 << 20 // of stanzas waiting
	entryCost   = 128      // bytes counted for an entry beside its stanza
)

// request is one thing to write: entries of the archive, or a change.
type request struct {
	entries []storage.Entry
	done    func(ids []int64, err error)
	bytes   int

	write  func(context.Context, *tx) error
	result chan error // buffered
}

// outcome is a request that has ended, for the goroutine that calls back.
type outcome struct {
	done func(ids []int64, err error)
	ids  []int64
	err  error
}

// writer owns the connection that writes. Its goroutine ends with close; the goroutine that calls back ends after it.
type writer struct {
	store    *Store
	tx       *tx
	inserter Inserter
	last     int64      // the greatest id that was given to an archived stanza; the goroutine's own
	floor    int64      // the goroutine's own: ids up to it are not those of stanzas that the transaction has yet to write
	rows     []Row      // the goroutine's own: the stanzas of the running transaction
	indexed  []IndexRow // the goroutine's own: a buffer

	told time.Time // when the log heard last that the disk is full; the goroutine's own

	mu      sync.Mutex
	queue   []request // guarded by mu
	stanzas int       // guarded by mu
	bytes   int       // guarded by mu
	closed  bool      // guarded by mu

	wake     chan struct{} // holds one token while there may be something to do
	outcomes chan []outcome
	called   chan struct{} // closed when all was called back
	ended    chan struct{}
	err      error // of ending; written before ended is closed
}

func newWriter(ctx context.Context, s *Store, delay time.Duration) (*writer, error) {
	c, err := newConn(ctx, s.engine.Writer)
	if err != nil {
		return nil, err
	}
	w := &writer{
		store: s, tx: &tx{conn: c, store: s, fresh: map[string]int64{}},
		wake: make(chan struct{}, 1), outcomes: make(chan []outcome, 4),
		called: make(chan struct{}), ended: make(chan struct{}),
	}
	if w.last, err = lastArchived(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := s.tail.load(ctx, c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if w.inserter, err = s.engine.Inserter(ctx, c.c); err != nil {
		return nil, errors.Join(err, c.close())
	}
	s.confirm.start(delay, w.signal)
	go w.callBack()
	go w.run()
	return w, nil
}

// put queues a request.
func (w *writer) put(r request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return storage.ErrClosed
	}
	n := len(r.entries)
	// A request that is greater than the queue is taken by the empty queue: else it could never be written.
	if n > 0 && w.stanzas > 0 && (w.stanzas+n > maxStanzas || w.bytes+r.bytes > maxBytes) {
		return storage.ErrBusy
	}
	w.queue = append(w.queue, r)
	w.stanzas += n
	w.bytes += r.bytes
	w.signal()
	return nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Queued is what waits to be written: requests, archived stanzas among them, and their bytes.
func (s *Store) Queued() (requests, stanzas, bytes int) {
	w := s.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue), w.stanzas, w.bytes
}

// Fill is how full the queue of what waits to be written is, from 0 to 1; beyond that nothing more is taken.
func (s *Store) Fill() float64 {
	_, stanzas, bytes := s.Queued()
	return min(max(float64(stanzas)/maxStanzas, float64(bytes)/maxBytes), 1)
}

// take removes what goes into the next transaction. It does not wait for more to come.
func (w *writer) take(buf []request) (batch []request, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, rows := 0, 0
	for n < len(w.queue) && n < maxRequests && (n == 0 || rows+len(w.queue[n].entries) <= maxRows) {
		rows += len(w.queue[n].entries)
		w.bytes -= w.queue[n].bytes
		n++
	}
	w.stanzas -= rows
	batch = append(buf[:0], w.queue[:n]...)
	left := copy(w.queue, w.queue[n:])
	clear(w.queue[left:])
	w.queue = w.queue[:left]
	return batch, w.closed && left == 0
}

func (w *writer) run() {
	defer close(w.ended)
	var buf []request
	for last := false; !last; {
		var batch []request
		batch, last = w.take(buf)
		buf = batch
		if due := w.store.confirm.due(last || len(batch) > 0); len(batch) > 0 || due {
			w.commit(batch)
			clear(buf)
			w.index(context.Background())
			continue
		}
		if !last && !w.index(context.Background()) {
			<-w.wake
		}
	}
	close(w.outcomes)
	<-w.called
	w.store.confirm.stop()
	w.err = errors.Join(w.inserter.Close(), w.tx.close())
}

// callBack calls done of what has ended, in the order of the queue. One that panics keeps nothing from those behind it.
func (w *writer) callBack() {
	defer close(w.called)
	for list := range w.outcomes {
		for i := range list {
			guard.Call(w.store.log, "committed", func() { list[i].done(list[i].ids, list[i].err) })
		}
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
	<-w.ended
	return w.err
}

// commit writes a batch in one transaction and lets those who wait for it know.
func (w *writer) commit(batch []request) {
	ctx := context.Background() // a transaction of many is not cancelled by one of them
	results := make([]error, len(batch))
	list, err := w.transaction(ctx, batch, results)
	if err = w.named(err); err != nil {
		w.complain(err, "storage transaction failed", "requests", len(batch), "err", err)
		err = fmt.Errorf("write: %w", err)
	}
	for i := range batch {
		if batch[i].write == nil {
			continue
		}
		if err != nil {
			results[i] = err
		}
		batch[i].result <- w.named(results[i])
	}
	for i := range list {
		if list[i].err = err; err != nil {
			list[i].ids = nil
		}
	}
	if len(list) > 0 {
		w.outcomes <- list
	}
}

// transaction runs a batch. results[i] is what the change batch[i] returned; an error of transaction itself means that
// nothing of the batch was written.
func (w *writer) transaction(ctx context.Context, batch []request, results []error) (list []outcome, err error) {
	list = w.number(batch)
	if len(list) == len(batch) && len(w.rows) == 0 && len(batch) > 0 && !w.store.confirm.taken() {
		return list, nil // barriers only
	}
	defer func() {
		clear(w.rows) // hold no stanzas
		w.rows = w.rows[:0]
	}()
	begun, stanzas := time.Now(), len(w.rows)
	err = w.inTransaction(ctx, func() error {
		if err := w.write(ctx, batch, results); err != nil {
			return err
		}
		return w.store.confirm.write(ctx, w.tx)
	})
	if err != nil {
		w.tx.forget(mark{})
		w.store.confirm.failed()
		return list, err
	}
	if w.store.told != nil {
		w.store.told(time.Since(begun), len(batch), stanzas)
	}
	w.store.tail.add(w.rows)
	w.tx.publish()
	w.store.confirm.written()
	return list, nil
}

// inTransaction runs f between the beginning and the commit of a transaction.
func (w *writer) inTransaction(ctx context.Context, f func() error) error {
	if _, err := w.tx.exec(ctx, w.store.engine.Begin); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = w.tx.exec(ctx, "COMMIT")
	}
	if err != nil {
		// Some errors have ended the transaction already; then there is nothing to roll back.
		if _, e := w.tx.exec(ctx, "ROLLBACK"); e != nil {
			if !errors.Is(w.named(err), storage.ErrFull) { // what that breaks off has ended
				w.store.log.Warn("storage rollback failed", "err", e)
			}
		}
	}
	return err
}

// write runs a batch in order: a change sees the stanzas that were queued before it.
func (w *writer) write(ctx context.Context, batch []request, results []error) error {
	var rows, at int
	pending := w.rows
	for i := range batch {
		if batch[i].write == nil {
			rows += len(batch[i].entries)
			continue
		}
		if err := w.insert(ctx, batch[at:i], pending[:rows]); err != nil {
			return err
		}
		pending, rows, at = pending[rows:], 0, i+1
		var err error
		if results[i], err = w.change(ctx, batch[i].write); err != nil {
			return err
		}
	}
	return w.insert(ctx, batch[at:], pending)
}

// change runs one change in a savepoint. The second error ends the whole transaction.
func (w *writer) change(ctx context.Context, f func(context.Context, *tx) error) (failed, err error) {
	if _, err := w.tx.exec(ctx, "SAVEPOINT change"); err != nil {
		return nil, err
	}
	before := w.tx.mark()
	if failed = guard.Error(w.store.log, "change", func() error { return f(ctx, w.tx) }); failed != nil {
		w.tx.forget(before)
		if _, err := w.tx.exec(ctx, "ROLLBACK TO SAVEPOINT change"); err != nil {
			return nil, errors.Join(failed, err)
		}
	}
	_, err = w.tx.exec(ctx, "RELEASE SAVEPOINT change")
	return failed, err
}
