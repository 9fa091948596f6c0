package c2s

import "myna/hook"

// Count sets both counts of a session's stream management, as if so many stanzas had gone each way.
func Count(s hook.Session, n uint32) {
	session := s.(*Session)
	session.mu.Lock()
	defer session.mu.Unlock()
	session.sm.acked, session.sm.base = n, session.in.Handled()-n
}
