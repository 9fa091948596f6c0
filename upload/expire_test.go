package upload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"myna/xmpp"
)

// A file that cannot be removed keeps no other, is tried again, and leaves nothing behind at last: also not with its room.
func TestFileThatStays(t *testing.T) {
	s := newShelf(t)
	room, err := xmpp.ParseJID("a@groups.example.net")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, name := range []string{"x.png", "y.png", "z.png"} {
		url := s.slot(t, name, "image/png", 1)
		s.do(t, "PUT", url, "x")
		ids = append(ids, strings.Split(strings.TrimPrefix(url, s.URL), "/")[2])
		u, err := s.Store.Upload(t.Context(), ids[len(ids)-1])
		u.Expires = s.now.Add(time.Hour)
		if err == nil {
			err = s.Store.PutUpload(t.Context(), u)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Share(t.Context(), owner(t), room, ids); err != nil {
		t.Fatal(err)
	}
	left := func(want int) {
		t.Helper()
		list, err := s.Store.Uploads(t.Context(), owner(t), 10)
		if err != nil || len(list) != want {
			t.Errorf("%v, %v is left, want %d", list, err, want)
		}
		docs, err := s.Store.ListDocs(t.Context(), room, spaceFiles)
		if err != nil || len(docs) != want {
			t.Errorf("%v, %v is left with the room, want %d", docs, err, want)
		}
	}
	stuck := s.Files.path(ids[0]) // a folder with something in it, which nobody removes by chance
	if err := os.Remove(stuck); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(stuck, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(2 * time.Hour)
	if err := s.Expire(t.Context()); err == nil || !strings.Contains(err.Error(), ids[0]) {
		t.Errorf("expire: %v", err)
	}
	left(1)
	if n, err := s.RemoveFiles(t.Context(), room); n != 0 || err == nil || !strings.Contains(err.Error(), ids[0]) {
		t.Errorf("%d files removed, %v", n, err)
	}
	left(1)
	if err := os.RemoveAll(stuck); err != nil {
		t.Fatal(err)
	}
	if err := s.Expire(t.Context()); err != nil {
		t.Error(err)
	}
	left(0)
}
