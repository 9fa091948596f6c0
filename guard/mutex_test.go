package guard

import (
	"errors"
	"io"
	"log/slog"
	"testing"
)

// A lock whose holder has panicked is free.
func TestLocksAreFreeAfterAPanic(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	var m Mutex
	var rw RWMutex
	free := map[bool]func() bool{
		true:  func() bool { ok := m.mu.TryLock(); unlock(ok, m.mu.Unlock); return ok },
		false: func() bool { ok := rw.mu.TryLock(); unlock(ok, rw.mu.Unlock); return ok },
	}
	for _, c := range []struct {
		name  string
		plain bool
		hold  func(func())
	}{
		{"Do", true, m.Do}, {"RWMutex.Do", false, rw.Do}, {"Read", false, rw.Read},
		{"Err", true, func(f func()) {
			if err := m.Err(func() error { f(); return io.EOF }); !errors.Is(err, io.EOF) {
				t.Errorf("the error is %v", err)
			}
		}},
	} {
		if Call(log, c.name, func() { c.hold(func() { panic("test") }) }) {
			t.Errorf("%s swallows the panic", c.name)
		}
		held := false
		if c.hold(func() { held = !free[c.plain]() }); !held || !free[c.plain]() {
			t.Errorf("%s: the lock is held %v meanwhile, and is not free then", c.name, held)
		}
	}
}

func unlock(locked bool, f func()) {
	if locked {
		f()
	}
}
