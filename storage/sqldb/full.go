package sqldb

import (
	"errors"
	"fmt"
	"time"

	"myna/storage"
)

// tellEvery is how often the log hears that the disk is full; until there is room every write fails.
const tellEvery = time.Minute

// named makes the engine's error that the disk is full one that callers know.
func (w *writer) named(err error) error {
	if err == nil || errors.Is(err, storage.ErrFull) || w.store.engine.Full == nil || !w.store.engine.Full(err) {
		return err
	}
	return fmt.Errorf("%w: %w", storage.ErrFull, err)
}

// complain tells the log that a write has failed; of a full disk once in a while. Only the writer's goroutine calls it.
func (w *writer) complain(err error, message string, args ...any) {
	if errors.Is(err, storage.ErrFull) {
		now := w.store.now()
		if now.Sub(w.told) < tellEvery {
			return
		}
		w.told = now
	}
	w.store.log.Error(message, args...)
}
