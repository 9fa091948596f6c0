package sqldb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"myna/storage"
)

// Options are what the opener may choose. Zero values mean the defaults.
type Options struct {
	Log *slog.Logger
	// Now is the clock; time.Now by default.
	Now func() time.Time
	// ConfirmDelay is how long a confirmation may stay in memory; 200 ms by default.
	ConfirmDelay time.Duration
	// IndexAfter is how many archived stanzas wait until they are indexed together; 32768 by default. Fewer make
	// writing dearer, more make the first moments after a start longer.
	IndexAfter int
	// Committed is told of each transaction that was written: how long it took, how many requests and archived stanzas it had.
	// It runs on the writer's goroutine and must not block. nil: nobody is told.
	Committed func(took time.Duration, requests, stanzas int)
}

// Store is the one implementation of storage.Store.
type Store struct {
	engine  Engine
	log     *slog.Logger
	now     func() time.Time
	told    func(took time.Duration, requests, stanzas int) // nil: nobody is told of transactions
	owners  ownerCache
	confirm confirmations
	tail    tail
	writer  *writer
	readers chan *conn

	readings readings
	lastRun  atomic.Pointer[run] // of what was put between others; whoever goes on with it takes it out

	closing sync.Once
	closed  chan struct{}
	err     error // of Close; written before closed is closed
}

var _ storage.Store = (*Store)(nil)

// New starts a store on an engine. Close ends it; the caller closes the engine's databases after that.
func New(ctx context.Context, e Engine, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.ConfirmDelay <= 0 {
		o.ConfirmDelay = 200 * time.Millisecond
	}
	s := &Store{engine: e, log: o.Log, now: o.Now, told: o.Committed, readers: make(chan *conn, e.ReaderCount), closed: make(chan struct{})}
	s.owners.limit = 1 << 16
	s.readings.start(ctx)
	if s.tail.limit = o.IndexAfter; s.tail.limit <= 0 {
		s.tail.limit = tailRows
	}
	for range e.ReaderCount {
		c, err := newConn(ctx, e.Readers)
		if err != nil {
			return nil, fmt.Errorf("open reader: %w", err)
		}
		s.readers <- c
	}
	w, err := newWriter(ctx, s, o.ConfirmDelay)
	if err != nil {
		return nil, fmt.Errorf("open writer: %w", err)
	}
	s.writer = w
	return s, nil
}

// view runs f on a connection inside a transaction that sees one state of the database.
func (s *Store) view(ctx context.Context, f func(context.Context, *conn) error) (err error) {
	select {
	case <-s.closed:
		return storage.ErrClosed
	default:
	}
	var c *conn
	select {
	case c = <-s.readers:
	case <-s.closed:
		return storage.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.readers <- c }()
	if _, err := c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	// A reader has nothing to commit. The transaction has to end also where ctx did.
	defer func() {
		if _, e := c.exec(context.WithoutCancel(ctx), "ROLLBACK"); err == nil {
			err = e
		}
	}()
	return f(ctx, c)
}

// update runs f in the writer's transaction and waits for the commit. f runs on the writer's goroutine: it must not
// wait for anything but the database. Where it fails, nothing of it stays.
func (s *Store) update(ctx context.Context, f func(context.Context, *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	result := make(chan error, 1)
	if err := s.writer.put(request{write: f, result: result}); err != nil {
		return err
	}
	return <-result
}

// Backup writes a consistent copy into a new file while the store is in use.
func (s *Store) Backup(ctx context.Context, file string) error {
	if err := s.engine.Backup(ctx, file); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// Close waits for what has been accepted, calls back all that waits for it, and ends the store's connections.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.readings.close()
		errs := []error{s.writer.close()}
		close(s.closed)
		for range s.engine.ReaderCount {
			errs = append(errs, (<-s.readers).close())
		}
		s.err = errors.Join(errs...)
	})
	return s.err
}

// wrap names the operation in front of an error.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, err)
}
