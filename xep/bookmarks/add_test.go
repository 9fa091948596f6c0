package bookmarks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// before is a list of bookmarks as they were before XEP-0402.
func before(t *testing.T, inner string) []*xmpp.Element {
	e, err := xmpp.ParseElement([]byte(`<storage xmlns="`+ns.StorageBookmark+`">`+inner+`</storage>`), "")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(e.Elements())
}

// Bookmarks that cannot be kept do not keep others from it, and what is there stays. A try says the same and keeps nothing.
func TestAdd(t *testing.T) {
	w := newWorld(t)
	nodes := w.bookmarks.PubSub.Store
	list := before(t, `<conference jid="tea@groups.example.net/nick" name="Tea" autojoin="1"><nick>R</nick></conference>`+
		`<conference jid="large@groups.example.net"><extensions xmlns="`+ns.Bookmarks+`">`+strings.Repeat(`<a xmlns="x"/>`, 800)+`</extensions></conference>`+
		`<url url="https://example.net/" name="A page"/><other/><conference jid="@"/>`+
		`<conference jid="tea@groups.example.net"/><url url="https://example.net/"/>`+
		`<conference jid="b@groups.example.net"/><conference jid="c@groups.example.net"/>`)
	page := before(t, `<url url="https://example.org/"/>`)
	if err := w.bookmarks.keepPages(t.Context(), romeo, xmpp.El(ns.StorageBookmark, "storage", page...)); err != nil {
		t.Fatal(err)
	}
	for i := range DefaultConfig().Bookmarks - 2 {
		it := storage.Item{ID: strconv.Itoa(i) + "@groups.example.net", Publisher: romeo, Payload: []byte(`<conference xmlns="` + ns.Bookmarks + `"/>`)}
		if i == 0 {
			w.ok(w.bookmarks.PubSub.Publish(t.Context(), romeo, ns.Bookmarks, it, settings))
		} else if _, err := nodes.PublishItem(t.Context(), romeo, ns.Bookmarks, it, 2*DefaultConfig().Bookmarks); err != nil {
			t.Fatal(err)
		}
	}
	want := "+ 8192 + none none = = + 1000 "
	for _, dry := range []bool{true, false} {
		got := ""
		w.ok(w.bookmarks.Add(t.Context(), romeo, list, dry, func(added bool, refused error) {
			switch {
			case refused != nil:
				for _, word := range []string{"8192", "1000", "none"} {
					if strings.Contains(refused.Error(), word) {
						got += word + " "
						break
					}
				}
			case added:
				got += "+ "
			default:
				got += "= "
			}
		}))
		if got != want {
			t.Errorf("dry %t: %s, want %s", dry, got, want)
		}
	}
	all, err := w.bookmarks.Storage(t.Context(), nil, romeo)
	w.ok(err)
	text := all.String()
	for part, n := range map[string]int{"<conference ": DefaultConfig().Bookmarks, "<url ": 2, `jid="tea@groups.example.net" name="Tea" autojoin="true"`: 1, "<nick>R</nick>": 1, "large@": 0, `"c@`: 0} {
		if got := strings.Count(text, part); got != n {
			t.Errorf("%s is there %d times, want %d", part, got, n)
		}
	}
}

// Bookmarks of pages are as few and as small as those of rooms, whoever writes them; else nothing of a list is kept.
func TestPagesAreBounded(t *testing.T) {
	w := newWorld(t)
	few, many := `<url url="https://example.net/"/>`, ""
	for i := range DefaultConfig().Bookmarks + 1 {
		many += fmt.Sprintf(`<url url="https://example.net/%d"/>`, i)
	}
	large := `<url url="https://example.net/" name="` + strings.Repeat("x", DefaultConfig().BookmarkBytes) + `"/>`
	for inner, ok := range map[string]bool{few: true, many: false, large: false} {
		list := xmpp.El(ns.StorageBookmark, "storage", before(t, `<conference jid="new@groups.example.net"/>`+inner)...)
		if ok {
			list.Nodes = list.Nodes[1:]
		}
		if err := w.bookmarks.SetStorage(t.Context(), nil, romeo, list); (err == nil) != ok {
			t.Errorf("%.50s: %v", inner, err)
		}
	}
	all, err := w.bookmarks.Storage(t.Context(), nil, romeo)
	if err != nil || strings.Contains(all.String(), "new@") {
		t.Errorf("%s, %v", all, err)
	}
}
