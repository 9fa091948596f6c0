package house

import (
	"bytes"
	"fmt"
	"io"
	"path"
)

// Products reports what a program has made and no version control should keep: files that are no text and no pictures.
func (t *Tree) Products() []string {
	var wrong []string
	for _, name := range t.texts {
		switch path.Ext(name) {
		case ".png", ".test", ".out", ".prof", ".pyc": // pictures, and what is ignored
			continue
		}
		f, err := t.fsys.Open(name)
		if err != nil {
			continue // removed meanwhile
		}
		head := make([]byte, 8<<10)
		n, _ := io.ReadFull(f, head)
		f.Close()
		if bytes.IndexByte(head[:n], 0) >= 0 {
			wrong = append(wrong, fmt.Sprintf("%s is no text: what is built belongs into bin", name))
		}
	}
	return wrong
}
