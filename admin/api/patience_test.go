package api

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// watched records the deadlines of a connection.
type watched struct {
	*httptest.ResponseRecorder
	read, write time.Time
	least       time.Duration // the shortest time that a write had
}

func (w *watched) SetReadDeadline(t time.Time) error  { w.read = t; return nil }
func (w *watched) SetWriteDeadline(t time.Time) error { w.write = t; return nil }

func (w *watched) Write(p []byte) (int, error) {
	w.least = time.Until(w.write)
	return w.ResponseRecorder.Write(p)
}

// A file has so much time as its size allows at the slowest speed: who sends nothing more is not waited for.
func TestSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{ResponseRecorder: httptest.NewRecorder()}
		begun := time.Now()
		s := &steady{body: strings.NewReader(strings.Repeat("x", 10*slowest)), out: http.NewResponseController(w), begun: begun}
		block := make([]byte, slowest)
		for i := range 10 {
			if _, err := io.ReadFull(s, block); err != nil {
				t.Fatal(err)
			}
			if want := begun.Add(patience + time.Duration(i)*time.Second); !w.read.Equal(want) {
				t.Errorf("block %d has time until %v, want %v", i, w.read, want)
			}
			time.Sleep(500 * time.Millisecond)
		}
		s.body = iotest.ErrReader(errors.New("too slow"))
		if _, err := s.Read(block); err == nil {
			t.Error("an error is none")
		}
	})
}

// The work on a request has any time, and each part of its answer has to be taken in a while.
func TestUnhurried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watched{ResponseRecorder: httptest.NewRecorder(), read: time.Now(), write: time.Now()}
		u := unhurry(w)
		if !w.read.IsZero() || !w.write.IsZero() {
			t.Error("the work has to hurry")
		}
		time.Sleep(time.Hour)
		out, flush := u.blocks()
		for range 2 * fileBlock / 10 {
			if _, err := io.WriteString(out, "0123456789"); err != nil {
				t.Fatal(err)
			}
		}
		if err := flush(); err != nil || w.Body.Len() != 2*fileBlock/10*10 || !w.Flushed {
			t.Errorf("%d bytes, %v", w.Body.Len(), err)
		}
		if w.least != patience || !w.write.IsZero() {
			t.Errorf("a part has %v, then until %v", w.least, w.write)
		}
	})
}
