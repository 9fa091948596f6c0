package sqldb

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// A search does not wait long for an archive that is being read in; that goes on without it, once for all who ask, and ends
// with the store.
func TestSearchesDoNotWaitLong(t *testing.T) {
	owner, err := xmpp.ParseJID("lan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := &Store{log: slog.New(slog.DiscardHandler)}
		s.readings.start(t.Context())
		s.readings.turn <- struct{}{} // another archive has a long chunk
		begin := time.Now()
		for range 2 {
			if err := s.ready(t.Context(), owner); !errors.Is(err, storage.ErrNotReady) {
				t.Errorf("error is %v", err)
			}
		}
		if took := time.Since(begin); took != 2*textTime {
			t.Errorf("two searches waited %v", took)
		}
		job, begun := s.read(owner)
		if begun {
			t.Error("the archive was read in twice at once")
		}
		s.readings.close()
		<-job.done
		if job.err == nil {
			t.Error("it is ready though nothing was read")
		}
		if job, _ := s.read(owner); job != nil {
			t.Error("a closed store reads on")
		}
	})
}
