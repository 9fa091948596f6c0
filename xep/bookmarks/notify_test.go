package bookmarks

import "testing"

// TestWants: XEP-0492 § 3: the most specific setting counts; what is hidden is not heard of.
func TestWants(t *testing.T) {
	ext := func(s string) string {
		return `<extensions><notify xmlns="urn:xmpp:notification-settings:1">` + s + `</notify></extensions>`
	}
	for _, c := range []struct {
		name, attrs, children string
		all, mentions         bool
	}{
		{"nothing said", yes, "", true, true},
		{"hidden", no, "", false, false},
		{"muted", yes, ext(`<never/>`), false, false},
		{"mentions", yes, ext(`<on-mention/>`), false, true},
		{"always", yes, ext(`<always/>`), true, true},
		{"hidden, but wanted", no, ext(`<on-mention/>`), false, true},
		{"another kind of client", yes, ext(`<never identity-category="client" identity-type="pc"/><always/>`), true, true},
		{"a phone", yes, ext(`<always/><never identity-category="client" identity-type="phone"/><always identity-category="client"/>`), false, false},
		{"a client", yes, ext(`<always/><never identity-category="client"/>`), false, false},
		{"other words", yes, ext(`<x xmlns="y"/><sometimes/>`), true, true},
	} {
		w := newWorld(t, sales)
		if !w.bookmarks.Wants(t.Context(), romeo, sales.Room, false) {
			t.Fatal("without a stored bookmark it wants nothing")
		}
		w.join("phone").publish(c.attrs, c.children)
		for _, mentioned := range []bool{false, true} {
			want := c.all
			if mentioned {
				want = c.mentions
			}
			if got := w.bookmarks.Wants(t.Context(), romeo, sales.Room, mentioned); got != want {
				t.Errorf("%s, mentioned %v: %v", c.name, mentioned, got)
			}
		}
	}
}
