package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"testing"
)

// Only what is there counts as a page: no placeholder, no error, no redirect.
func TestPages(t *testing.T) {
	chat := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }
	gone := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusNotFound) }
	move := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }
	none := func(http.ResponseWriter, *http.Request) {}
	for name, c := range map[string]struct {
		root, admin http.HandlerFunc
		want        []string
	}{
		"both": {chat, chat, []string{"Chat /", "Admin page /admin/"}}, "chat": {chat, gone, []string{"Chat /"}},
		"admin": {move, chat, []string{"Admin page /admin/"}}, "nothing": {none, gone, nil},
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /{$}", c.root)
		mux.HandleFunc("GET /admin/{$}", c.admin)
		var got []string
		for _, p := range NewServer(mux, slog.New(slog.DiscardHandler)).Pages() {
			got = append(got, p.Name+" "+p.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	unbuilt := (&Site{Hosts: []string{"a"}}).root
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", unbuilt)
	mux.HandleFunc("GET /admin/{$}", unbuilt)
	if list := NewServer(mux, slog.New(slog.DiscardHandler)).Pages(); len(list) > 0 {
		t.Errorf("placeholders count as pages: %v", list)
	}
}
