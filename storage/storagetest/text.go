package storagetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"myna/storage"
)

func said(text string) []byte {
	return []byte(`<message xmlns="jabber:client" type="chat"><body>` + text + `</body></message>`)
}

// search is a query for words. A store that has read for some seconds says so, and is asked again: that takes what the machine takes.
func search(t *testing.T, s storage.Store, q storage.Query) ([]storage.Record, storage.Page) {
	t.Helper()
	for {
		list, page, err := s.Query(t.Context(), q)
		if errors.Is(err, storage.ErrNotReady) {
			continue
		}
		check(t, err)
		return list, page
	}
}

// testText is the full text search of an archive (XEP-0431).
func testText(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	found := func(text string) string {
		t.Helper()
		list, page := search(t, s, storage.Query{Owner: lan, Text: text, Max: 50, Count: true})
		if page.Count < len(list) || page.Complete != (page.Count == len(list)) {
			t.Errorf("%q: %+v with %d", text, page, len(list))
		}
		return texts(list)
	}
	same(t, "in an archive that is not there", found("chao"), "")
	write := func(owner string, flags storage.Flags, text string) int64 {
		e := entry(owner, "an@example.org/a", "")
		e.Stanza, e.Flags = said(text), flags
		return must[[]int64](t)(s.Append(ctx, e))[0]
	}
	write("lan@example.com", 0, "Chào bạn, ngày mai họp lúc 9 giờ")
	write("lan@example.com", 0, "Đà Nẵng: họp ở tầng 3")
	write("other@example.com", 0, "Chào họp riêng")
	write("lan@example.com", storage.Hidden, "chào ẩn")
	gone := write("lan@example.com", 0, "họp 会議は三時 về lương")
	first, second, third := string(said("Chào bạn, ngày mai họp lúc 9 giờ")), string(said("Đà Nẵng: họp ở tầng 3")), string(said("họp 会議は三時 về lương"))
	for text, want := range map[string]string{
		"chao": first, "CHÀO": first, "da nang": second, "hop tang": second, "hop": first + " " + second + " " + third, "ho ng": first,
		"会議": third, "議会": "", "luong": third, "luongs": "", "!": "", "body": "", "rieng": "", "an": "", `"hop" OR *`: "", "9": first,
	} {
		same(t, text, found(text), want)
	}
	check(t, s.Edit(ctx, lan, gone, said("đã thu hồi")))
	same(t, "what was taken back", found("luong"), "")
	same(t, "what stands there now", found("thu hoi"), string(said("đã thu hồi")))
	late := write("lan@example.com", 0, "họp xong")
	check(t, s.Edit(ctx, lan, late, said("xong rồi"))) // before anybody has searched for it
	same(t, "changed before it was read", found("hop"), first+" "+second)
	same(t, "changed before it was read, now", found("xong"), string(said("xong rồi")))
	must[int](t)(s.Trim(ctx, lan, time.UnixMicro(gone)))
	same(t, "trimmed", found("hop"), "")
	same(t, "not trimmed", found("thu"), string(said("đã thu hồi")))
	check(t, s.Erase(ctx, lan))
	same(t, "erased", found("thu"), "")
	write("lan@example.com", 0, "chào lại")
	same(t, "after it was erased", found("chao"), string(said("chào lại")))
}

// testTextPages pages through what a search finds, in an archive of which a part is indexed and a part is not.
func testTextPages(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan := id("lan@example.com")
	var list []storage.Entry
	for i := range 450 {
		e := entry("lan@example.com", "an@example.org", "")
		e.Stanza, e.Origin = said(fmt.Sprintf("tin %d %s", i, []string{"chẵn", "lẻ"}[i%2])), fmt.Sprint(i)
		list = append(list, e)
	}
	must[[]int64](t)(s.Append(ctx, list...))
	q, n := storage.Query{Owner: lan, Text: "le", Max: 100}, 0
	for {
		got, page := search(t, s, q)
		for i := range got {
			same(t, "page", got[i].Origin, fmt.Sprint(2*n+1))
			n++
		}
		if page.Complete {
			break
		}
		q.After = got[len(got)-1].ID
	}
	same(t, "found", n, 225)
	got, _ := search(t, s, storage.Query{Owner: lan, Text: "tin chan", Last: true, Max: 2})
	same(t, "the last page", got[1].Origin, "448")
	got, page, err := s.Query(ctx, storage.Query{Owner: lan, Origin: "77", Max: 5, Count: true})
	check(t, err)
	same(t, "by origin", fmt.Sprint(len(got), " ", page.Count, " ", got[0].Origin), "1 1 77")
	got, _ = search(t, s, storage.Query{Owner: lan, Text: "tin", With: id("nobody@example.org"), Max: 2})
	same(t, "with nobody", len(got), 0)
}
