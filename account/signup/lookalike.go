package signup

import (
	"slices"
	"strings"
	"unicode"

	"myna/xmpp"
)

// scripts are those of names; digits and marks belong to all.
var scripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Arabic, unicode.Hebrew, unicode.Thai, unicode.Armenian, unicode.Georgian, unicode.Devanagari, unicode.Lao, unicode.Khmer,
}

// together are scripts that are written side by side in a name (UTS #39 § 5.2, highly restrictive).
var together = [][]*unicode.RangeTable{
	{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana}, {unicode.Latin, unicode.Han, unicode.Bopomofo},
	{unicode.Latin, unicode.Han, unicode.Hangul},
}

// mixed tells whether a name has letters of scripts that do not belong together, as one that shall be taken for another (RFC 7622
// § 6.2): a Cyrillic а among Latin letters.
func mixed(name string) bool {
	var found []*unicode.RangeTable
	for _, c := range name {
		if c < unicode.MaxASCII && !unicode.IsLetter(c) || unicode.In(c, unicode.Common, unicode.Inherited) {
			continue
		}
		i := slices.IndexFunc(scripts, func(t *unicode.RangeTable) bool { return unicode.Is(t, c) })
		if i >= 0 && !slices.Contains(found, scripts[i]) {
			found = append(found, scripts[i])
		}
	}
	if len(found) < 2 {
		return false
	}
	return !slices.ContainsFunc(together, func(set []*unicode.RangeTable) bool {
		return !slices.ContainsFunc(found, func(t *unicode.RangeTable) bool { return !slices.Contains(set, t) })
	})
}

// lookalikes are small letters of other scripts beside the Latin ones that they look like (UTS #39 § 4): enough for whole names.
const lookalikes = "аaеeоoрpсcуyхxіiјjѕsԁdһhӏlԛqԝwαaεeοoρpτtυuνvιiκkχxηnօoսuհhոn"

// skeleton is a name as it looks.
func skeleton(name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool { return c > unicode.MaxASCII }) {
		return name
	}
	pairs := []rune(lookalikes)
	return strings.Map(func(c rune) rune {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == c {
				return pairs[i+1]
			}
		}
		return c
	}, name)
}

// digits are taken for letters in names that are reserved.
var digits = strings.NewReplacer("0", "o", "1", "i", "3", "e", "5", "s")

// imitates tells whether a name looks like another account that there is, whichever of the two has letters of another script.
func (s *Service) imitates(j xmpp.JID) bool {
	looks := skeleton(j.Local())
	for a := range s.Accounts.Each(j.Domain()) {
		local := a.JID.Local()
		if local != j.Local() && len(local) >= len(looks) && skeleton(local) == looks { // no letter has fewer bytes than the one it looks like
			return true
		}
	}
	return false
}
