package hook

import "sync"

// slots holds the values of one session; most sessions have few.
type slots struct {
	mu   sync.Mutex
	vals []slot
}

type slot struct {
	key any
	val any
}

// Value is a module's own typed place in every session. The zero Value is ready; its address is the key, so a module
// keeps it as a field.
type Value[T any] struct{ _ byte }

// Load returns the session's value, or T's zero value where none was stored.
func (v *Value[T]) Load(s Session) (val T) {
	sl := s.slots()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	for i := range sl.vals {
		if sl.vals[i].key == any(v) {
			return sl.vals[i].val.(T)
		}
	}
	return val
}

// Store sets the session's value.
func (v *Value[T]) Store(s Session, val T) {
	sl := s.slots()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	for i := range sl.vals {
		if sl.vals[i].key == any(v) {
			sl.vals[i].val = val
			return
		}
	}
	sl.vals = append(sl.vals, slot{v, val})
}

// Update replaces the session's value by what f makes of it, with no other access in between. f must not block.
func (v *Value[T]) Update(s Session, f func(T) T) {
	sl := s.slots()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	for i := range sl.vals {
		if sl.vals[i].key == any(v) {
			sl.vals[i].val = f(sl.vals[i].val.(T))
			return
		}
	}
	var zero T
	sl.vals = append(sl.vals, slot{v, f(zero)})
}
