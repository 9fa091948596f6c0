package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/storage"
)

// past is an entry of lan's archive with the time of long ago, and some microseconds.
func past(micros int64, text string, flags storage.Flags) storage.Dated {
	e := entry("lan@example.com", "a@example.org", text)
	e.Flags = flags
	return storage.Dated{Entry: e, At: time.UnixMicro(1_000_000_000_000_000 + micros)}
}

// testBackdate: stanzas of long ago are found in their places, before and between what the log has written, once.
func testBackdate(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	now := must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "now"), entry("o@example.com", "a@example.org", "x")))
	same(t, "tried", fmt.Sprint(must[[]bool](t)(s.Backdate(ctx, []storage.Dated{past(1, "one", 0)}, true))), "[false]")
	same(t, "after trying", fmt.Sprint(all(t, s, lan)), "[now]")
	list := []storage.Dated{past(5, "five", 0), past(1, "one", 0), past(1, "one", 0), past(1, "another", 0), past(9, "nine", storage.Waiting)}
	same(t, "new", fmt.Sprint(must[[]bool](t)(s.Backdate(ctx, list, false))), "[false false false false false]")
	same(t, "archive", fmt.Sprint(all(t, s, lan)), "[one one another five nine now]")
	same(t, "again", fmt.Sprint(must[[]bool](t)(s.Backdate(ctx, list, false))), "[true true true true true]")
	same(t, "archive again", fmt.Sprint(all(t, s, lan)), "[one one another five nine now]")
	same(t, "other's", len(all(t, s, id("o@example.com"))), 1)

	same(t, "made to wait", fmt.Sprint(must[[]bool](t)(s.Backdate(ctx, []storage.Dated{past(5, "five", storage.Waiting|storage.Hidden), past(7, "seven", storage.Waiting|storage.Hidden)}, false))), "[false false]")
	waiting := func() string {
		var texts []string
		list, _, err := s.Waiting(ctx, lan, 0, storage.Most{Records: 100})
		check(t, err)
		for _, r := range list {
			texts = append(texts, string(r.Stanza))
		}
		return strings.Join(texts, " ")
	}
	same(t, "waiting", waiting(), "five seven nine")
	same(t, "hidden ones are not listed", fmt.Sprint(all(t, s, lan)), "[one one another five nine now]")
	s.Confirm(lan, now[0])
	same(t, "behind what is confirmed", fmt.Sprint(must[[]bool](t)(s.Backdate(ctx, []storage.Dated{past(11, "eleven", storage.Waiting), past(12, "twelve", storage.Waiting|storage.Hidden)}, false))), "[false true]")
	same(t, "nothing waits", waiting(), "")
	same(t, "archive at last", fmt.Sprint(all(t, s, lan)), "[one one another five nine eleven now]")

	future := entry("lan@example.com", "a@example.org", "future")
	must[[]bool](t)(s.Backdate(ctx, []storage.Dated{{Entry: future, At: time.Now().Add(time.Hour)}}, false))
	later := must[[]int64](t)(s.Append(ctx, entry("lan@example.com", "a@example.org", "later")))
	same(t, "order", strings.HasSuffix(fmt.Sprint(all(t, s, lan)), " future later]") && later[0] > now[0], true)
}

// testBackdateOneTime: stanzas of one time are many, and what each costs does not grow with them. The same words, said several times,
// are there as often, and not twice when they come again; in whatever order attributes are.
func testBackdateOneTime(t *testing.T, s storage.Store) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // time enough for all of them, not for all pairs of them
	defer cancel()
	const n = 2000
	stanza := func(i int, attributes string) storage.Dated {
		return past(7, fmt.Sprintf(`<message %s xmlns="jabber:client"><body>%d</body></message>`, attributes, i/2), 0)
	}
	put := func(attributes string) (known int) {
		var list []storage.Dated
		for i := range n {
			list = append(list, stanza(i, attributes))
		}
		for some := range slices.Chunk(list, 300) {
			for _, there := range must[[]bool](t)(s.Backdate(ctx, some, false)) {
				if there {
					known++
				}
			}
		}
		return known
	}
	same(t, "known", put(`id="1" type="chat"`), 0)
	same(t, "known again", put(`type="chat" id="1"`), n)
	list := all(t, s, id("lan@example.com"))
	same(t, "archive", len(list), n)
	same(t, "first", list[0], string(stanza(0, `id="1" type="chat"`).Stanza))
	same(t, "last", list[n-1], string(stanza(n-1, `id="1" type="chat"`).Stanza))
	check(t, s.Erase(t.Context(), id("lan@example.com")))
	same(t, "known of an archive that was erased", put(`id="1" type="chat"`), 0)
	same(t, "archive after that", len(all(t, s, id("lan@example.com"))), n)
}
