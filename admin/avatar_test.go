package admin

import (
	"strings"
	"testing"
	"time"
)

// The picture of an alias is an image, stays when the alias is renamed or said again without one, and goes with it.
func TestAliasAvatar(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	png, gif := []byte("\x89PNG\r\n\x1a\nx"), []byte("GIF89ax")
	r := sales("lan@example.com")
	r.Avatar = &png
	must[Alias](f, "alias.create", r)
	show := func(address, want string) {
		t.Helper()
		if d := must[AliasDetail](f, "alias.show", Identified{address}); d.Picture != want {
			t.Errorf("the picture of %s is %q, want %q", address, d.Picture, want)
		}
	}
	first := must[AliasDetail](f, "alias.show", Identified{"sales@example.com"}).Picture
	if len(first) != 40 {
		t.Fatalf("the picture is %q", first)
	}
	must[AliasPut](f, "alias.put", PutAlias{Address: "sales@example.com", AliasFields: sales("lan@example.com").AliasFields})
	show("sales@example.com", first)
	before := f.lines(t)
	must[Alias](f, "alias.set", SetAlias{Address: "sales@example.com", Avatar: &png}) // the same again
	if n := f.lines(t); n != before {
		t.Errorf("%d lines in the audit log for no change", n-before)
	}
	must[Alias](f, "alias.rename", RenameAlias{Address: "sales@example.com", To: "revenue@example.com"})
	show("revenue@example.com", first)
	must[Alias](f, "alias.set", SetAlias{Address: "revenue@example.com", Avatar: &gif})
	if d := must[AliasDetail](f, "alias.show", Identified{"revenue@example.com"}); d.Picture == first || d.Picture == "" {
		t.Errorf("the picture is %q still", d.Picture)
	}
	svg, big := []byte("<svg/>"), []byte("GIF89a"+strings.Repeat("x", DefaultBounds().PictureBytes))
	f.refused(CommandLine(), "alias.set", SetAlias{Address: "revenue@example.com", Avatar: &svg}, Invalid, "is no PNG")
	f.refused(CommandLine(), "alias.set", SetAlias{Address: "revenue@example.com", Avatar: &big}, Invalid, "131072 are possible")
	none := []byte{}
	must[Alias](f, "alias.set", SetAlias{Address: "revenue@example.com", Avatar: &none})
	show("revenue@example.com", "")
	must[Alias](f, "alias.set", SetAlias{Address: "revenue@example.com", Avatar: &png})
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: "revenue@example.com"})
	must[DeletedAlias](f, "alias.delete", DeleteAlias{Address: "revenue@example.com", Purge: true})
	for _, space := range []string{"alias-avatar", "alias-image"} {
		if docs, err := f.store.ListDocs(t.Context(), jid(t, "example.com"), space); err != nil || len(docs) != 0 {
			t.Errorf("%s: %d documents are left, %v", space, len(docs), err)
		}
	}
}

// lines counts those of the audit log.
func (f *fixture) lines(t *testing.T) int {
	t.Helper()
	list, err := f.store.Audits(t.Context(), "", time.Time{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
