package search

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "lan": "lan", "LAN": "lan", "Nguyễn": "nguyen", "NGUYỄN THỊ  LAN": "nguyen thi lan", "Đặng": "dang", "đ": "d",
		"Trần Hưng Đạo": "tran hung dao", "Straße": "strasse", "Łukasz Ørsted": "lukasz orsted", "Æsir": "aesir",
		"Nguye\u0302\u0303n": "nguyen", "ｌａｎ": "lan", "Ünal İpek": "unal ipek", " a\tb ": "a b", "日本": "日本", "a\xffb": "a\ufffdb", "℡": "tel",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzFold checks that what was folded stays as it is: a text is then found by itself.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Nguyễn", "Đ", "ﬁ", "ẞ", "İ", "a  b", "\xff", "ŉ", "℡"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if again := Fold(once); again != once {
			t.Errorf("%q is %q, and again %q", s, once, again)
		}
	})
}
