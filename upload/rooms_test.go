package upload

import (
	"net/http"
	"strings"
	"testing"

	"myna/xmpp"
)

// A file belongs to the room that it was sent to first: it is closed with that, opened with it, and removed with it.
func TestFilesOfRooms(t *testing.T) {
	s := newShelf(t)
	parse := func(text string) xmpp.JID {
		j, err := xmpp.ParseJID(text)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	open := map[string]bool{"a@groups.example.net": true, "b@groups.example.net": true}
	s.Open = func(room xmpp.JID) bool { return open[room.String()] }
	romeo, a, b := parse("romeo@example.net"), parse("a@groups.example.net"), parse("b@groups.example.net")
	url, other := s.slot(t, "x.png", "image/png", 1), s.slot(t, "y.png", "image/png", 1)
	id := strings.Split(strings.TrimPrefix(url, s.URL), "/")[2]
	see := func(link string, want int) {
		t.Helper()
		if resp, _ := s.do(t, "GET", link, ""); resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
	share := func(who, room xmpp.JID, ids ...string) {
		t.Helper()
		if err := s.Share(t.Context(), who, room, ids); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, "PUT", url, "x")
	s.do(t, "PUT", other, "y")
	share(parse("juliet@example.net"), b, id) // not hers
	share(romeo, a, id, "NOSUCHFILE000000")
	share(romeo, b, id) // it is a's already
	delete(open, "b@groups.example.net")
	see(url, http.StatusOK)
	delete(open, "a@groups.example.net")
	see(url, http.StatusNotFound)
	see(other, http.StatusOK)
	open["a@groups.example.net"] = true
	see(url, http.StatusOK)
	for try := range 2 { // it may be said again
		for i, room := range []xmpp.JID{b, a} {
			if n, err := s.RemoveFiles(t.Context(), room); err != nil || n != i*(1-try) {
				t.Fatalf("%d files removed, %v", n, err)
			}
		}
	}
	see(url, http.StatusNotFound)
	see(other, http.StatusOK)
	if docs, err := s.Store.ListDocs(t.Context(), romeo, spaceRoom); err != nil || len(docs) != 0 {
		t.Errorf("%v, %v is left", docs, err)
	}
	if list, err := s.Store.Uploads(t.Context(), romeo, 10); err != nil || len(list) != 1 {
		t.Errorf("%v, %v is left", list, err)
	}
}
