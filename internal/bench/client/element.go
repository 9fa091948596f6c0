package client

import "bytes"

// Name gives the qualified name of an element's first tag.
func Name(el []byte) []byte {
	if len(el) < 2 {
		return nil
	}
	if i := bytes.IndexAny(el, " />\t\r\n"); i > 0 {
		return el[1:i]
	}
	return nil
}

// Attr gives the raw value of an attribute of an element's first tag, or nil.
func Attr(el []byte, name string) []byte {
	rest := el[min(1+len(Name(el)), len(el)):]
	for {
		eq := bytes.IndexAny(rest, "=>")
		if eq < 0 || rest[eq] == '>' {
			return nil
		}
		key := bytes.TrimSpace(rest[:eq])
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0]) // the quote
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

// Find gives el from the first opening tag called name on, or nil. name is qualified as on the wire. el's own tag
// can be found, too.
func Find(el []byte, name string) []byte {
	for off := 0; ; {
		i := bytes.Index(el[off:], []byte("<"+name))
		if i < 0 {
			return nil
		}
		end := off + i + 1 + len(name)
		if end >= len(el) {
			return nil
		}
		if bytes.IndexByte([]byte(" >/\t\r\n"), el[end]) >= 0 {
			return el[off+i:]
		}
		off = end
	}
}

// Text gives the raw text of the first element called name inside el, or nil.
func Text(el []byte, name string) []byte {
	el = Find(el, name)
	if el == nil {
		return nil
	}
	n := tagEnd(el)
	if n < 0 || el[n-2] == '/' {
		return nil
	}
	if end := bytes.IndexByte(el[n:], '<'); end >= 0 {
		return el[n : n+end]
	}
	return nil
}

// Has says whether el contains the text.
func Has(el []byte, text string) bool { return bytes.Contains(el, []byte(text)) }

// number reads an unsigned decimal, wrapping at 32 bits as XEP-0198 § 4 counters do.
func number(b []byte) (uint32, bool) {
	var n uint32
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, len(b) > 0
}
