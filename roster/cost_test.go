//go:build unix

package roster

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// spent is the time that the process has had of the processor.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A list of 10,000 contacts takes about ten times as long as one of 1,000: to be read, asked for, asked for by a client that has it,
// and to be asked for presence when somebody comes. It is the time of the processor that counts: the others who use it do not.
func TestManyContacts(t *testing.T) {
	least := func(n int) time.Duration {
		best := time.Hour
		for range 3 {
			h := listOf(t, n, nil)
			begin := spent(t)
			s := h.bind("romeo@example.net/orchard")
			h.send(s, `<iq type="get" id="1"><query xmlns="jabber:iq:roster"/></iq>`)
			got := s.take()
			if len(got) != 1 || strings.Count(got[0], "<item ") != n {
				t.Fatalf("%d contacts: %d answers", n, len(got))
			}
			_, ver, _ := strings.Cut(got[0], ` ver="`)
			ver, _, _ = strings.Cut(ver, `"`)
			h.send(s, `<iq type="get" id="2"><query xmlns="jabber:iq:roster" ver="`+ver+`"/></iq>`)
			if got := strings.Join(s.take(), ""); strings.Contains(got, "<item ") || !strings.Contains(got, `type="result"`) {
				t.Fatalf("to a client that has the list: %.200s", got)
			}
			h.send(s, `<presence/>`)
			h.end(s)
			best = min(best, spent(t)-begin)
			if h.store.reads != 1 {
				t.Fatalf("the list was read %d times", h.store.reads)
			}
		}
		return best
	}
	few, many := least(1000), least(10000)
	if many > 60*max(few, time.Millisecond) { // a square would be 100
		t.Errorf("1,000 contacts take %v, 10,000 take %v", few, many)
	}
}
