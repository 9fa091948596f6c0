package bookmarks

import (
	"strconv"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// bookmark is a request to publish one.
func bookmark(room, content string) string {
	return `<pubsub xmlns="` + ns.PubSub + `"><publish node="` + ns.Bookmarks + `"><item id="` + room + `">` +
		`<conference xmlns="` + ns.Bookmarks + `">` + content + `</conference></item></publish></pubsub>`
}

// elements counts the elements of a tree.
func elements(e *xmpp.Element) int {
	n := 1
	for c := range e.Elements() {
		n += elements(c)
	}
	return n
}

// A bookmark is small, and there are not very many.
func TestBounds(t *testing.T) {
	w := newWorld(t)
	phone := w.join("phone")
	for name, c := range map[string]struct {
		content string
		taken   bool
	}{
		"small":     {`<extensions>` + strings.Repeat(`<a xmlns="x"/>`, 200) + `</extensions>`, true},
		"too large": {`<extensions>` + strings.Repeat(`<a xmlns="x"/>`, 800) + `</extensions>`, false},
	} {
		if _, err := phone.ask(xmpp.TypeSet, bookmark("tea@groups.example.net", c.content)); (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	nodes := w.bookmarks.PubSub.Store
	for i := 1; i < DefaultConfig().Bookmarks; i++ {
		it := storage.Item{ID: strconv.Itoa(i) + "@groups.example.net", Publisher: romeo, Payload: []byte(`<conference xmlns="` + ns.Bookmarks + `"/>`)}
		if _, err := nodes.PublishItem(t.Context(), romeo, ns.Bookmarks, it, 2*DefaultConfig().Bookmarks); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := phone.ask(xmpp.TypeSet, bookmark("more@groups.example.net", "")); err == nil {
		t.Error("one too many is taken")
	}
	if _, err := phone.ask(xmpp.TypeSet, bookmark("7@groups.example.net", "<nick>R</nick>")); err != nil {
		t.Errorf("one that is there cannot be changed: %v", err)
	}
}

// What clients add to bookmarks is no tree in the list of all, which is sent and not looked at.
func TestListIsFlat(t *testing.T) {
	w := newWorld(t)
	phone := w.join("phone")
	content := `<extensions>` + strings.Repeat(`<a xmlns="x"/>`, 200) + `</extensions>`
	if _, err := phone.ask(xmpp.TypeSet, bookmark("tea@groups.example.net", content)); err != nil {
		t.Fatal(err)
	}
	list, err := w.bookmarks.Storage(t.Context(), phone, romeo)
	if err != nil {
		t.Fatal(err)
	}
	if n := elements(list); n != 2 { // storage, conference
		t.Errorf("the list has %d elements", n)
	}
	if n := strings.Count(list.String(), "<a "); n != 200 {
		t.Errorf("%d of 200 extensions are in it", n)
	}
	// The list comes back unchanged: nothing is written.
	phone.got = nil
	back, err := xmpp.ParseElement(list.Append(nil, ""), "")
	if err == nil {
		err = w.bookmarks.SetStorage(t.Context(), phone, romeo, back)
	}
	if err != nil {
		t.Fatal(err)
	}
	phone.expect()
}
