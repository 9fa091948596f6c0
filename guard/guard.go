// Package guard keeps the process when one task fails by a mistake of ours: a stanza, a timer, a change to be stored. The
// task ends, the log gets its stack, and who has called gives up what the task may have left half changed: the session, the
// room, the transaction. Go ends the whole process with a panic that no function of its goroutine recovers, so every
// goroutine and timer that does a client's work begins with Call or Keep.
package guard

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Call calls f. When f panics, it logs what with its stack and attrs, and is false. Locks that f holds are released only by
// its deferred calls.
func Call(log *slog.Logger, what string, f func(), attrs ...any) (ok bool) {
	defer func() {
		if cause := recover(); cause != nil {
			tell(log, what, cause, attrs)
		}
	}()
	f()
	return true
}

// Error is Call for what returns an error: a panic becomes one.
func Error(log *slog.Logger, what string, f func() error, attrs ...any) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			tell(log, what, cause, attrs)
			err = fmt.Errorf("%s: panic: %v", what, cause)
		}
	}()
	return f()
}

func tell(log *slog.Logger, what string, cause any, attrs []any) {
	log.Error("panic", append([]any{"in", what, "cause", cause, "stack", string(debug.Stack())}, attrs...)...)
}

// Pauses of Keep, doubled with each failure.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = time.Minute
	calm       = 10 * time.Minute // after so long without a failure the first pause is the next
)

// Keep calls f, which works until ctx ends, and calls it again after a pause when it panics before.
func Keep(ctx context.Context, log *slog.Logger, what string, f func(context.Context)) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		began := time.Now()
		if Call(log, what, func() { f(ctx) }) {
			return
		}
		if time.Since(began) > calm {
			pause = firstPause
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}
