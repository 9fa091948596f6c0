package muc

import (
	"fmt"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// TestPaged: XEP-0059 § 2 for the list of rooms (XEP-0045 § 6.3), which is whole where it is short and nobody asks for pages.
func TestPaged(t *testing.T) {
	list := func(n int) (l []*xmpp.Element) {
		for i := range n {
			l = append(l, xmpp.El(ns.DiscoItems, "item").Set("jid", fmt.Sprintf("r%04d@g", i)))
		}
		return l
	}
	for _, c := range []struct {
		what, set, want string
		rooms           int
	}{
		{"all", "", "r0000@g r0001@g", 2},
		{"a page", "<max>2</max>", "r0000@g r0001@g 0 r0000@g r0001@g 5", 5},
		{"the next", "<max>2</max><after>r0001@g</after>", "r0002@g r0003@g 2 r0002@g r0003@g 5", 5},
		{"behind one that is gone", "<max>1</max><after>r0001@gg</after>", "r0002@g 2 r0002@g r0002@g 5", 5},
		{"the last", "<max>2</max><before/>", "r0003@g r0004@g 3 r0003@g r0004@g 5", 5},
		{"before", "<max>2</max><before>r0003@g</before>", "r0001@g r0002@g 1 r0001@g r0002@g 5", 5},
		{"how many", "<max>0</max>", "5", 5},
		{"behind the end", "<max>2</max><after>z</after>", "5", 5},
		{"between", "<after>r0003@g</after><before>r0001@g</before>", "5", 5},
		{"nonsense", "<max>x</max>", "error", 5},
		{"negative", "<max>-1</max>", "error", 5},
	} {
		var set *xmpp.Element
		if c.set != "" {
			var err error
			if set, err = xmpp.ParseElement([]byte(`<set xmlns="`+ns.RSM+`">`+c.set+`</set>`), ""); err != nil {
				t.Fatal(err)
			}
		}
		got := []string{}
		page, err := paged(list(c.rooms), set)
		for _, e := range page {
			if e.Is(ns.RSM, "set") {
				if f := e.Child(ns.RSM, "first"); f != nil {
					got = append(got, f.Attr("index"), f.Text(), e.ChildText(ns.RSM, "last"))
				}
				got = append(got, e.ChildText(ns.RSM, "count"))
				continue
			}
			got = append(got, e.Attr("jid"))
		}
		if err != nil {
			got = []string{"error"}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.what, s, c.want)
		}
	}
	if page, err := paged(list(maxDiscoList+7), nil); err != nil || len(page) != maxDiscoList+1 {
		t.Errorf("many rooms: %d %v", len(page), err)
	}
}
