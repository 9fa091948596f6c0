package wire

import (
	"bytes"
	"testing"
)

// plain looks at eight bytes at a time; it must stop where a look at each byte stops.
func TestPlain(t *testing.T) {
	slow := func(b []byte, i int, stop byte) int {
		for ; i < len(b); i++ {
			if c := b[i]; c < ' ' || c >= 0x80 || c == stop || c == '<' || c == '&' {
				break
			}
		}
		return i
	}
	for c := range 256 {
		for d := range 256 {
			b := bytes.Repeat([]byte("~"), 19)
			at := 1 + (c+d)%16
			b[at], b[at+1] = byte(c), byte(d)
			for _, stop := range []byte{'"', '\'', ']'} {
				if got, want := plain(b, 1, stop), slow(b, 1, stop); got != want {
					t.Fatalf("%q until %q: %d, not %d", b, stop, got, want)
				}
			}
		}
	}
}
