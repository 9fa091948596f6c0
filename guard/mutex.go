package guard

import "sync"

// Mutex is a lock that no mistake of ours leaves locked: it is held while a function runs, and free when that has returned or
// panicked. There is no other way to hold it.
type Mutex struct{ mu sync.Mutex }

// Do calls f with the lock held.
func (m *Mutex) Do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Err is Do for what returns an error.
func (m *Mutex) Err(f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return f()
}

// RWMutex is a Mutex that many may hold at once who only read.
type RWMutex struct{ mu sync.RWMutex }

// Do calls f with the lock held for writing.
func (m *RWMutex) Do(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

// Read calls f with the lock held for reading.
func (m *RWMutex) Read(f func()) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f()
}
