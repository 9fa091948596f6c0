package sqldb

import (
	"slices"
	"testing"
)

// TestTail indexes rows in parts while new ones come in: each once, in the order of owners, and none too early.
func TestTail(t *testing.T) {
	l := tail{owners: map[int64][]tailRow{}, limit: 5}
	id := int64(0)
	add := func(owners ...int64) {
		var rows []Row
		for _, o := range owners {
			id++
			rows = append(rows, Row{ID: id, Owner: o})
		}
		l.add(rows)
	}
	add(7, 3, 7, 3)
	if l.begin(); len(l.todo) != 0 {
		t.Fatal("indexing begins before there is enough")
	}
	add(7, 3, 9)
	before := l.of(7)
	l.begin()
	var got []IndexRow
	for first := true; len(l.todo) > 0; first = false {
		part := l.next(nil)
		if len(part) > 5 || first && len(part) < 5 {
			t.Fatalf("a part has %d rows", len(part))
		}
		got = append(got, part...)
		add(3, 1) // not part of this round
		l.remove(9, func(int64) bool { return true })
	}
	want := []IndexRow{{3, 2, 0, 0}, {3, 4, 0, 0}, {3, 6, 0, 0}, {7, 1, 0, 0}, {7, 3, 0, 0}, {7, 5, 0, 0}}
	if !slices.Equal(got, want) {
		t.Fatalf("indexed %v, want %v", got, want)
	}
	l.end()
	if n := len(l.of(3)) + len(l.of(1)); n != 4 || l.count != 4 || l.of(7) != nil {
		t.Errorf("%d rows are left of 4, count %d, and %v", n, l.count, l.of(7))
	}
	if len(before) != 3 || before[2].id != 5 {
		t.Errorf("a reader's rows changed to %v", before)
	}
}
