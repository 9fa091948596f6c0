package api

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"
)

// What may take as long as it needs, files that are sent and read, is kept going by the client: it sends so fast, and takes what is
// written in so much time.
const (
	slowest   = 32 << 10 // bytes of a file in a second, on average
	patience  = time.Minute
	fileBlock = 64 << 10 // of a file that is written
)

// steady is the body of a request that may take long, as long as it comes.
type steady struct {
	body  io.Reader
	out   *http.ResponseController
	begun time.Time
	got   int64
}

// Read reads a part. A client that is too slow gets an error. The time for the answer moves with that for the body, and leaves a while
// to say so: with HTTP/2 a request ends when it is over, also one whose body still comes.
func (s *steady) Read(p []byte) (int, error) {
	until := s.begun.Add(patience + time.Duration(s.got/slowest)*time.Second)
	err := errors.Join(s.out.SetReadDeadline(until), s.out.SetWriteDeadline(until.Add(patience)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := s.body.Read(p)
	s.got += int64(n)
	return n, err
}

// unhurried is an answer that may take long to make, while its client takes what there is of it.
type unhurried struct {
	http.ResponseWriter
	out *http.ResponseController
}

// unhurry lets the work on a request, whose body was read, take any time. It ends when the client goes.
func unhurry(w http.ResponseWriter) *unhurried {
	u := &unhurried{w, http.NewResponseController(w)}
	_ = u.out.SetReadDeadline(time.Time{}) // where there are no deadlines, nothing has to be lifted
	u.until(time.Time{})
	return u
}

func (u *unhurried) until(t time.Time) { _ = u.out.SetWriteDeadline(t) }

// Write writes a part, and has it on its way.
func (u *unhurried) Write(p []byte) (int, error) {
	u.until(time.Now().Add(patience))
	defer u.until(time.Time{})
	n, err := u.ResponseWriter.Write(p)
	if err == nil {
		err = u.out.Flush()
	}
	return n, err
}

// blocks is a writer of a file in larger parts; the function writes the rest.
func (u *unhurried) blocks() (io.Writer, func() error) {
	b := bufio.NewWriterSize(u, fileBlock)
	return b, b.Flush
}
