package sqlite_test

import (
	"testing"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// TestLongArchive pages in an archive of 100,000 messages (20,000 with the race detector) in both directions, from an end to the
// other end of it that is left when its middle is stepped over: each page follows the one before, and none is missed or doubled.
func TestLongArchive(t *testing.T) {
	const all, page, some = manyMessages, 250, 5000
	s := sqlite.Temp(t)
	owner, err := xmpp.ParseJID("lan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := storage.Entry{Owner: owner, Peer: owner, Kind: "chat", Stanza: []byte(`<message xmlns="jabber:client" type="chat"><body>x</body></message>`)}
	list := make([]storage.Entry, 2000)
	for i := range list {
		list[i] = e
	}
	var ids []int64
	for range all / len(list) {
		added, err := s.Append(t.Context(), list...)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, added...)
	}
	for _, back := range []bool{false, true} {
		// The first pages are read, then those that are left near the other end.
		q, at, step := storage.Query{Owner: owner, Max: page, Last: back}, 0, 1
		if back {
			at, step = all-1, -1
		}
		for n := 0; ; {
			got, p, err := s.Query(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				r := &got[i]
				if back {
					r = &got[len(got)-1-i]
				}
				if r.ID != ids[at] {
					t.Fatalf("backwards %v: message %d is %d, want %d", back, n, r.ID, ids[at])
				}
				at, n = at+step, n+1
			}
			if p.Complete {
				if n != 2*some {
					t.Errorf("backwards %v: %d messages", back, n)
				}
				break
			}
			if n == some {
				at += step * (all - 2*some)
			}
			if back {
				q.Last, q.Before = false, ids[at+1]
			} else {
				q.After = ids[at-1]
			}
		}
	}
}
