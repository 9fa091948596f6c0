package fold

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "lan": "lan", "LAN": "lan", "Nguyễn": "nguyen", "NGUYỄN THỊ  LAN": "nguyen thi lan", "Đặng": "dang", "đ": "d",
		"Trần Hưng Đạo": "tran hung dao", "Straße": "strasse", "Łukasz Ørsted": "lukasz orsted", "Æsir": "aesir", "  ": "",
		"Nguye\u0302\u0303n": "nguyen", "ｌａｎ": "lan", "Ünal İpek": "unal ipek", " a\tb ": "a b", "日本": "日本", "a\xffb": "a\ufffdb", "℡": "tel",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func words(s string) string {
	var b strings.Builder
	Words(s, func(w string, joined bool) bool {
		if joined {
			b.WriteByte('+')
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		return true
	})
	return b.String()
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"Chào, Hòa! 12h30":      "chao hoa 12h30",
		"a-b_c@example.net":     "a b c example net",
		"":                      "",
		"...":                   "",
		"会議は3時":                 "会+議+は+3+時",
		"x会 y":                  "x+会 y",
		strings.Repeat("a", 99): strings.Repeat("a", 64),
		strings.Repeat("ж", 40): strings.Repeat("ж", 32),
	} {
		if got := words(in); got != want {
			t.Errorf("%q has the words %q, want %q", in, got, want)
		}
	}
	n := 0
	Words("a b c", func(string, bool) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("went on for %d words", n)
	}
}

// FuzzWords: words are short, valid, and the same when they are folded again.
func FuzzWords(f *testing.F) {
	f.Add("Chào 会議 x\u0301 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		Words(s, func(w string, _ bool) bool {
			if w == "" || len(w) > maxWord || strings.ContainsAny(w, " \"*") || utf8.ValidString(s) && !utf8.ValidString(w) {
				t.Errorf("%q has the word %q", s, w)
			}
			return true
		})
	})
}

// FuzzText: what is folded stays as it is.
func FuzzText(f *testing.F) {
	for _, s := range []string{"Nguyễn", "Đ", "ﬁ", "ẞ", "İ", "a  b", "\xff", "ŉ", "℡"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s)
		if again := Text(once); again != once {
			t.Errorf("%q becomes %q, then %q", s, once, again)
		}
	})
}
