package c2s

// Inactive tells whether the client has said that nobody looks at it (XEP-0352 § 4).
func (s *Session) Inactive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.csi.inactive
}

// Progress returns how many stanzas the session was given since stream management was switched on, and how many of them
// the client has confirmed (XEP-0198 § 4), modulo 2^32. ok is false without stream management.
func (s *Session) Progress() (given, confirmed uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sm == nil {
		return 0, 0, false
	}
	return s.sm.acked + uint32(len(s.sm.queue)), s.sm.acked, true
}
