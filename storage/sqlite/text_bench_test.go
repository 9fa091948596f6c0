package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// BenchmarkText searches an archive of 100,000 messages of twelve words. The first search reads it into the index: ready-s
// is how long that takes, append-ms the longest that a message waits for its commit meanwhile.
func BenchmarkText(b *testing.B) {
	s := sqlite.Temp(b)
	owner, err := xmpp.ParseJID("lan@example.com")
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	message := func() storage.Entry {
		words := make([]string, 12)
		for i := range words {
			words[i] = fmt.Sprintf("từ%d", int(random.ExpFloat64()*500))
		}
		return storage.Entry{Owner: owner, Peer: owner, Kind: "chat",
			Stanza: []byte(`<message xmlns="jabber:client" type="chat"><body>` + strings.Join(words, " ") + `</body></message>`)}
	}
	for range 100 {
		list := make([]storage.Entry, 1000)
		for i := range list {
			list[i] = message()
		}
		if _, err := s.Append(b.Context(), list...); err != nil {
			b.Fatal(err)
		}
	}
	first, ready := time.Now(), make(chan struct{})
	go func() {
		defer close(ready)
		err := storage.ErrNotReady
		for errors.Is(err, storage.ErrNotReady) {
			_, _, err = s.Query(b.Context(), storage.Query{Owner: owner, Text: "tu1", Max: 50})
		}
		if err != nil {
			b.Error(err)
		}
	}()
	worst, tick := time.Duration(0), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for done := false; !done; {
		begin := time.Now()
		if _, err := s.Append(b.Context(), message()); err != nil {
			b.Fatal(err)
		}
		worst = max(worst, time.Since(begin))
		select {
		case <-ready:
			done = true
		case <-tick.C:
		}
	}
	took := time.Since(first)
	for name, text := range map[string]string{"frequent": "tu1", "two": "tu17 tu300", "rare": "tu2999", "none": "nothing"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := s.Query(b.Context(), storage.Query{Owner: owner, Text: text, Last: true, Max: 50}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(took.Seconds(), "ready-s")
			b.ReportMetric(float64(worst.Microseconds())/1000, "append-ms")
		})
	}
}
