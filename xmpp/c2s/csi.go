package c2s

import (
	"mellium.im/xmpp/stream"

	"myna/xmpp"
)

// clientState is what a session knows of its client's attention (XEP-0352). It is guarded by the session's mu.
type clientState struct {
	inactive bool
	waiting  []xmpp.Frame // presence and chat states that an inactive client need not see yet
}

// maxWaiting is how many frames wait; more wake the client.
const maxWaiting = 256

// maxWaitingBytes is how long a frame that waits may be: a longer one is no mere sign of life.
const maxWaitingBytes = 8 << 10

// keep takes a frame that may wait; it is false when there are too many.
func (c *clientState) keep(f xmpp.Frame) bool {
	if len(c.waiting) >= maxWaiting || f.Len() > maxWaitingBytes {
		return false
	}
	c.waiting = append(c.waiting, f)
	return true
}

func (c *clientState) take() []xmpp.Frame {
	w := c.waiting
	c.waiting = nil
	return w
}

// clientState notes whether the client is active (XEP-0352 § 4).
func (s *Session) clientState(local string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch local {
	case "inactive":
		s.csi.inactive = true
	case "active":
		s.csi.inactive = false
		for _, f := range s.csi.take() {
			s.emit(f)
		}
		s.schedule()
	default:
		return stream.UnsupportedStanzaType
	}
	return nil
}
