package muc

import (
	"fmt"
	"testing"

	"myna/storage"
	"myna/xmpp/wire"
)

// instant is a log that commits at once.
type instant struct{ id int64 }

func (l *instant) AppendAsync(entries []storage.Entry, done func([]int64, error)) error {
	l.id++
	done([]int64{l.id}, nil)
	return nil
}

// BenchmarkFanOut is one message to all of a room. Allocations do not grow with the room.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1, 50, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := newWorld(b, func(o *Options) { o.Log = &instant{} })
			var people []Person
			for i := range n {
				people = append(people, w.person(fmt.Sprint("u", i), fmt.Sprint("U", i), Member))
			}
			room := w.group(Spec{Name: "Team"}, people...)
			var first *client
			for i := range n {
				c := w.client(fmt.Sprintf("u%d@example.net/x", i))
				c.mute = true
				c.join(room.String(), "x")
				if first == nil {
					first = c
				}
			}
			st, err := wire.Parse([]byte(`<message to="team@groups.example.net" type="groupchat" id="m1"><body>hello, everybody</body></message>`))
			if err != nil {
				b.Fatal(err)
			}
			st.From, st.To = first.jid, room
			b.ReportAllocs()
			for b.Loop() {
				w.router.FromClient(first.in, st)
			}
		})
	}
}
