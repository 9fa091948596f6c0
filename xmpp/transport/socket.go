package transport

import (
	"crypto/x509"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// chunk is how much is read from a socket at once.
const chunk = 8 << 10

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// socket is a network connection that is read in two steps: wait for bytes and take them into a pooled buffer, then
// hand them out. It is what crypto/tls sees as its connection. Its reads belong to one goroutine.
type socket struct {
	net.Conn
	raw      syscall.RawConn // nil where the connection is not of the operating system
	buf      *[chunk]byte    // pooled; nil when nothing is held
	rest     []byte          // of buf, not handed out yet
	blocking bool            // during the handshake: Read waits
	keeps    bool            // what rest holds belongs to the handshake
	lingers  bool            // Close leaves the last step to Conn.finish
	leaf     *x509.Certificate
}

func newSocket(nc net.Conn) *socket {
	s := &socket{Conn: nc}
	if sc, ok := nc.(syscall.Conn); ok && canWait {
		if raw, err := sc.SyscallConn(); err == nil {
			s.raw = raw
		}
	}
	return s
}

// again is ErrAgain for crypto/tls, which goes on after temporary errors only.
type again struct{}

func (again) Error() string   { return ErrAgain.Error() }
func (again) Timeout() bool   { return false }
func (again) Temporary() bool { return true }
func (again) Unwrap() error   { return ErrAgain }

// Read hands out what wait has taken.
func (s *socket) Read(b []byte) (int, error) {
	if len(s.rest) > 0 {
		n := copy(b, s.rest)
		if s.rest = s.rest[n:]; len(s.rest) == 0 {
			s.release()
		}
		return n, nil
	}
	if s.blocking {
		return s.Conn.Read(b)
	}
	return 0, again{}
}

// wait blocks until there is something to hand out. While it blocks it holds no buffer, where the system allows that.
func (s *socket) wait() error {
	if len(s.rest) > 0 {
		return nil
	}
	s.release()
	var n int
	var err error
	if s.raw == nil {
		s.take()
		n, err = s.Conn.Read(s.buf[:])
	} else {
		failed := s.raw.Read(func(fd uintptr) (done bool) {
			s.take()
			if n, err = readNow(fd, s.buf[:]); err == errWouldBlock {
				s.release()
				return false
			}
			return true
		})
		if failed != nil {
			err = failed
		}
	}
	if n <= 0 {
		s.release()
		if err == nil {
			err = io.EOF
		}
		return err
	}
	s.rest = s.buf[:n]
	return nil
}

// put gives back what was read too much: at most a chunk.
func (s *socket) put(b []byte) {
	if len(b) > 0 {
		s.take()
		s.rest = s.buf[:copy(s.buf[:], b)]
	}
}

func (s *socket) take() {
	if s.buf == nil {
		s.buf = chunks.Get().(*[chunk]byte)
	}
}

// Close ends the connection. A socket that is closed with bytes unread resets it, and the peer never reads our last
// words; so where somebody else calls finish later, the socket is only shut for writing, and who waits is woken.
func (s *socket) Close() error {
	if !s.lingers {
		return s.Conn.Close()
	}
	if w, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		w.CloseWrite() // fails when the peer is gone already
	}
	return s.SetDeadline(time.Now())
}

// release gives the buffer back, and drops what is in it.
func (s *socket) release() {
	if s.buf != nil {
		chunks.Put(s.buf)
		s.buf, s.rest = nil, nil
	}
}
