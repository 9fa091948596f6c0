package rsm_test

import (
	"slices"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/rsm"
)

func parse(t testing.TB, s string) *xmpp.Element {
	t.Helper()
	e, err := xmpp.ParseElement([]byte(s), "http://jabber.org/protocol/rsm")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func self(s string) string { return s }

func TestCut(t *testing.T) {
	list := []string{"a", "b", "c", "d", "e"}
	for _, tt := range []struct{ set, page, note string }{
		{`<max>2</max>`, "ab", `<first index="0">a</first><last>b</last><count>5</count>`},
		{`<max>2</max><after>b</after>`, "cd", `<first index="2">c</first><last>d</last><count>5</count>`},
		{`<max>2</max><after>e</after>`, "", `<count>5</count>`},
		{`<max>2</max><before>d</before>`, "bc", `<first index="1">b</first><last>c</last><count>5</count>`},
		{`<max>2</max><before/>`, "de", `<first index="3">d</first><last>e</last><count>5</count>`},
		{`<max>2</max><after>a</after><before>d</before>`, "bc", `<first index="1">b</first><last>c</last><count>5</count>`},
		{`<max>2</max><index>3</index>`, "de", `<first index="3">d</first><last>e</last><count>5</count>`},
		{`<max>2</max><index>5</index>`, "", `<count>5</count>`},
		{`<max>2</max><index>99</index>`, "", `<count>5</count>`},
		{`<max>0</max>`, "", `<count>5</count>`},
		{`<max>9</max>`, "abcd", `<first index="0">a</first><last>d</last><count>5</count>`},
		{`<after>x</after>`, "item-not-found", ""},
		{`<before>x</before>`, "item-not-found", ""},
		{`<max>-1</max>`, "bad-request", ""},
		{`<max>x</max>`, "bad-request", ""},
		{`<index>x</index>`, "bad-request", ""},
	} {
		r, err := rsm.Parse(parse(t, `<set>`+tt.set+`</set>`))
		var page []string
		var note *xmpp.Element
		if err == nil {
			page, note, err = rsm.Cut(list, r, 4, self)
		}
		if err != nil {
			if e, _ := xmpp.ErrorElement(err); !strings.Contains(e.String(), "<"+tt.page+" ") {
				t.Errorf("%s: %v", tt.set, err)
			}
			continue
		}
		if got := strings.Join(page, ""); got != tt.page {
			t.Errorf("%s: page %q, want %q", tt.set, got, tt.page)
		}
		if got := note.String(); got != `<set xmlns="http://jabber.org/protocol/rsm">`+tt.note+`</set>` {
			t.Errorf("%s: note %s", tt.set, got)
		}
	}
}

// What says nothing is the first page, and one beside which an item has gone is found where ids have an order.
func TestBounds(t *testing.T) {
	if r, err := rsm.Parse(nil); err != nil || r.Max != -1 || r.Index != -1 {
		t.Errorf("nothing reads as %v, %v", r, err)
	}
	ids := []string{"b", "d", "f"}
	place := func(id string) (int, bool) { return slices.BinarySearch(ids, id) }
	r, err := rsm.Parse(parse(t, `<set><after>c</after></set>`))
	if err != nil {
		t.Fatal(err)
	}
	if from, to, err := r.Bounds(len(ids), 10, place); from != 1 || to != 3 || err != nil {
		t.Errorf("%d to %d, %v", from, to, err)
	}
}

// A page is a part of the list, never longer than what is asked for, whatever is asked.
func FuzzCut(f *testing.F) {
	f.Add(`<max>2</max><after>a</after>`)
	f.Add(`<max>0</max><before/><index>2</index>`)
	f.Add(`<before>b</before><after>c</after>`)
	list := []string{"a", "b", "c", "d"}
	f.Fuzz(func(t *testing.T, inner string) {
		set, err := xmpp.ParseElement([]byte(`<set>`+inner+`</set>`), "http://jabber.org/protocol/rsm")
		if err != nil {
			return
		}
		r, err := rsm.Parse(set)
		if err != nil {
			return
		}
		page, note, err := rsm.Cut(list, r, 3, self)
		if err != nil {
			return
		}
		if len(page) > 3 || r.Max >= 0 && len(page) > r.Max || note == nil {
			t.Errorf("%s: %v, %v", inner, page, note)
		}
		if len(page) > 0 {
			at := slices.Index(list, page[0])
			if at < 0 || !slices.Equal(list[at:at+len(page)], page) {
				t.Errorf("%s: %v is no part of the list", inner, page)
			}
		}
	})
}
