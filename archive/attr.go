package archive

import (
	"bytes"

	"myna/xmpp"
)

// attr returns the value of an attribute without prefix of the element whose bytes a scanner has checked. It finds it
// without a tree.
func attr(element []byte, name string) (value string, ok bool) {
	b := element[min(1, len(element)):]
	if i := bytes.IndexAny(b, " \t\r\n/>"); i >= 0 {
		b = b[i:]
	}
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		eq := bytes.IndexByte(b, '=')
		if eq < 0 || len(b) == 0 || b[0] == '>' || b[0] == '/' {
			return "", false
		}
		found := string(bytes.TrimRight(b[:eq], " \t\r\n")) == name
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) == 0 {
			return "", false
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return "", false
		}
		if found {
			return xmpp.UnescapeAttr(b[1 : 1+end]), true
		}
		b = b[end+2:]
	}
}
