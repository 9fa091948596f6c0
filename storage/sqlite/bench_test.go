package sqlite_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// cpu is the time that this process has spent on processors.
func cpu(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// message is what one chat message writes: the sender's row and the recipient's, about 400 bytes each.
func message(people []xmpp.JID, stanza []byte) []storage.Entry {
	a, b := people[rand.IntN(len(people))], people[rand.IntN(len(people))]
	return []storage.Entry{
		{Owner: a.Bare(), Peer: b, Kind: "chat", Flags: storage.Sent, Stanza: stanza, Origin: "0b4a2f9c-6c2e-4c7b"},
		{Owner: b.Bare(), Peer: a, Kind: "chat", Flags: storage.Waiting, Stanza: stanza, Origin: "0b4a2f9c-6c2e-4c7b"},
	}
}

// BenchmarkLog measures chat messages between 2,000 people, two rows each, durable when acknowledged.
func BenchmarkLog(b *testing.B) {
	for _, producers := range []int{1, 16, 128, 1024} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "myna.db"), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			people := make([]xmpp.JID, 2000)
			stanza := bytes.Repeat([]byte("<message>"), 45)
			for i := range people {
				if people[i], err = xmpp.NewJID(fmt.Sprint("user", i), "example.com", "phone.4711"); err != nil {
					b.Fatal(err)
				}
				if _, err := s.Append(b.Context(), message(people[:i+1], stanza)...); i%100 == 99 && err != nil {
					b.Fatal(err)
				}
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			start := cpu(b)
			b.ResetTimer()
			var wg sync.WaitGroup
			for range producers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := s.Append(b.Context(), message(people, stanza)...); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1e3/float64(2*b.N), "cpu-µs/row")
			b.ReportMetric(float64(2*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
