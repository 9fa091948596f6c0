package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"mellium.im/xmpp/stream"
)

// Classes of bytes. Bytes from 0x80 on stand in names until the whole name is looked at.
const (
	className  byte = 1 << iota // may stand in a name; the colon is not among them
	classStart                  // may begin a name
	classSpace                  // XML 1.0 § 2.3: S
	classASCII                  // may stand in a name, and is ASCII
)

var classes = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= 0x80:
			t[c] = className | classStart
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = className
		case c == ' ', c == '\t', c == '\r', c == '\n':
			t[c] = classSpace
		}
		if c < 0x80 && t[c]&className != 0 {
			t[c] |= classASCII
		}
	}
	return t
}()

func isSpace(c byte) bool { return classes[c]&classSpace != 0 }

// plain returns where the plain ASCII that begins at b[i] ends: at a control, a '<' or '&', the byte stop, or what is
// not ASCII.
func plain(b []byte, i int, stop byte) int {
	// Eight bytes at a time. In m the high bit of a byte is set where it is one of these: what is not ASCII has it, and
	// for ASCII the subtractions borrow it exactly from a match. Only above the first match it may be wrong.
	const ones, high = 0x0101010101010101, 0x8080808080808080
	stops := ones * uint64(stop)
	for s := b[i:]; len(s) >= 8; s = s[8:] {
		x := binary.LittleEndian.Uint64(s)
		m := (x | (x - ones*' ') | ((x ^ ones*'<') - ones) | ((x ^ ones*'&') - ones) | ((x ^ stops) - ones)) & high
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
		i += 8
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '<' || c == '&' || c == stop || c >= 0x80 {
			break
		}
	}
	return i
}

// character looks at the character at b[i], which is not ASCII, and returns where the next one begins.
func character(b []byte, i int) (int, error) {
	r, size := utf8.DecodeRune(b[i:])
	switch {
	case r == utf8.RuneError && size == 1:
		if !utf8.FullRune(b[i:]) {
			return i, ErrShort
		}
		return i, badEncoding()
	case r == 0xFFFE || r == 0xFFFF: // XML 1.0 § 2.2: Char
		return i, malformed("a character that XML forbids")
	}
	return i + size, nil
}

// validChar tells whether XML can hold r (XML 1.0 § 2.2).
func validChar(r rune) bool {
	return r >= ' ' && r < 0xD800 || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r < 0xFFFE ||
		r >= 0x10000 && r <= utf8.MaxRune
}

// maxReference is how long a reference may be; XML lets numbers have any number of leading zeros.
const maxReference = 32

// reference checks the reference that begins at b[i], and returns where it ends. Only the five predefined entities
// and character references are allowed (RFC 6120 § 11.1).
func reference(b []byte, i int) (int, error) {
	start := i + 1
	for i = start; i < len(b) && (classes[b[i]]&className != 0 || b[i] == '#' || b[i] == ':'); i++ {
		if i-start > maxReference {
			return i, policy("a reference is too long")
		}
	}
	if i == len(b) {
		return i, ErrShort
	}
	ref := b[start:i]
	if b[i] != ';' || len(ref) == 0 {
		return i, malformed("an ampersand that begins no reference")
	}
	i++
	switch string(ref) {
	case "lt", "gt", "amp", "apos", "quot":
		return i, nil
	}
	if ref[0] == '#' {
		if r, ok := number(ref[1:]); ok && validChar(r) {
			return i, nil
		}
		return i, malformed("a character reference that XML forbids")
	}
	if _, _, err := name(b, start); err != nil {
		return i, err
	}
	return i, restricted("entity reference")
}

func number(digits []byte) (r rune, ok bool) {
	base := rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	for _, c := range digits {
		v := rune(16)
		switch {
		case c >= '0' && c <= '9':
			v = rune(c - '0')
		case c >= 'a' && c <= 'f':
			v = rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			v = rune(c-'A') + 10
		}
		if v >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + v
	}
	return r, len(digits) > 0
}

// name reads the qualified name that begins at b[i]. colon is the place of its colon, 0 where it has none
// (Namespaces in XML 1.0 § 4).
func name(b []byte, i int) (end, colon int, err error) {
	// Nearly all names are ASCII without a colon.
	for j := i; j < len(b); j++ {
		if c := b[j]; classes[c]&classASCII == 0 {
			if c != ':' && c < 0x80 && j > i && classes[b[i]]&classStart != 0 {
				return j, 0, nil
			}
			break
		}
	}
	return qualified(b, i)
}

func qualified(b []byte, i int) (end, colon int, err error) {
	start, all := i, byte(0)
	for ; i < len(b); i++ {
		c := b[i]
		all |= c
		if classes[c]&className != 0 {
			if classes[c]&classStart == 0 && (i == start || i == colon+1 && colon > 0) {
				break
			}
			continue
		}
		if c != ':' || colon > 0 || i == start {
			break
		}
		colon = i
	}
	switch {
	case i == len(b):
		return i, colon, ErrShort
	case i == start || i == colon+1 || classes[b[i]]&className != 0 || b[i] == ':':
		return i, colon, badName(b[i])
	case all >= 0x80:
		return i, colon, foreignName(b[start:i])
	}
	return i, colon, nil
}

func badName(c byte) error {
	if c < ' ' && !isSpace(c) {
		return malformed("a character that XML forbids")
	}
	return malformed("a bad name")
}

// foreignName checks a name that is not all ASCII.
func foreignName(b []byte) error {
	first := true
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			return badEncoding()
		case r == ':':
			first = true
			b = b[size:]
			continue
		case r >= 0x80 && !nameRune(r, first):
			return fail(stream.NotWellFormed, "a bad name")
		}
		first = false
		b = b[size:]
	}
	return nil
}
