package hook

// Inactive tells whether a session's client has said that nobody looks at it (XEP-0352). It is false for sessions that
// do not know.
func Inactive(s Session) bool {
	i, ok := s.(interface{ Inactive() bool })
	return ok && i.Inactive()
}

// Progress returns how many stanzas a session has been given, and how many of them its client has confirmed (XEP-0198
// § 4), both modulo 2^32: those in between may not have arrived. ok is false for sessions that do not know.
func Progress(s Session) (given, confirmed uint32, ok bool) {
	p, knows := s.(interface {
		Progress() (given, confirmed uint32, ok bool)
	})
	if !knows {
		return 0, 0, false
	}
	return p.Progress()
}
