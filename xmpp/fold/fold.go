// Package fold makes one form of all ways to write a text, so that it can be searched: without case and diacritics.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters are those that decomposition does not lead back to their base.
var letters = strings.NewReplacer("đ", "d", "ð", "d", "ø", "o", "ł", "l", "ħ", "h", "ŧ", "t", "ı", "i",
	"æ", "ae", "œ", "oe", "ß", "ss", "þ", "th")

// Text makes one form of all ways to write a text: lower case, without diacritics, with single spaces. "Nguyễn" becomes
// "nguyen", "Đà Nẵng" becomes "da nang".
func Text(s string) string {
	if plain(s) {
		return s
	}
	s = norm.NFKD.String(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(letters.Replace(strings.ToLower(b.String()))), " ")
}

// plain tells whether Text would change nothing.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// maxWord is how many bytes of a word count.
const maxWord = 64

// Words calls yield with each word of a text, folded: what stands between spaces and punctuation. Where a script writes no
// spaces, each sign is a word; joined tells that a word follows the one before without anything between. It ends when yield
// returns false.
func Words(s string, yield func(word string, joined bool) bool) {
	s = Text(s)
	start, joined := -1, false
	word := func(end int) bool {
		if start < 0 {
			return true
		}
		w := s[start:end]
		if len(w) > maxWord {
			for w = w[:maxWord]; len(w) > 0; w = w[:len(w)-1] {
				if r, n := utf8.DecodeLastRuneInString(w); r != utf8.RuneError || n != 1 {
					break
				}
			}
		}
		ok := yield(w, joined)
		start, joined = -1, true
		return ok
	}
	for i, r := range s {
		switch {
		case spaceless(r):
			if !word(i) {
				return
			}
			start = i
			if !word(i + utf8.RuneLen(r)) {
				return
			}
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if start < 0 {
				start = i
			}
		default:
			if !word(i) {
				return
			}
			joined = false
		}
	}
	word(len(s))
}

// spaceless tells whether a sign is of a script that does not separate words.
func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && unicode.IsLetter(r)
}
