package house

import (
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var citation = regexp.MustCompile(`^# (XEP-\d{4}|RFC \d{3,5}) § \d`)

// Transcripts reports modules whose behaviour no transcript shows, and transcripts that do not say what they prove. A
// module is a package of the floors of services and modules that registers at hooks.
func (t *Tree) Transcripts() []string {
	var wrong []string
	for _, p := range t.sorted() {
		if level, _ := floor(p.dir); level != 5 && level != 6 || !p.registers() {
			continue
		}
		files, err := fs.Glob(t.fsys, path.Join(p.dir, "testdata", "*.txt"))
		if err != nil || len(files) == 0 {
			wrong = append(wrong, fmt.Sprintf("%s: the module has no transcript: write testdata/*.txt (see internal/xmpptest), "+
				"each for a section of its specification", p.dir))
		}
		if len(files) > 0 && !p.plays() {
			wrong = append(wrong, fmt.Sprintf("%s: nobody plays the transcripts: call servertest.Scripts or xmpptest.Run in a test "+
				"of this package", p.dir))
		}
		for _, name := range files {
			text, err := fs.ReadFile(t.fsys, name)
			first, _, _ := strings.Cut(string(text), "\n")
			if err != nil || !citation.MatchString(first) {
				wrong = append(wrong, fmt.Sprintf(`%s: the first line must name what it proves: "# XEP-0000 § 1.2: a sentence"`, name))
			}
		}
	}
	return wrong
}

// registers tells whether the package has a method Register(*hook.Registrar).
func (p *pkg) registers() bool {
	for _, f := range p.files {
		if f.test || !f.importsOne(Module+"/hook") {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Register" {
				return true
			}
		}
	}
	return false
}

// plays tells whether a test of the package starts the runner of transcripts.
func (p *pkg) plays() bool {
	for _, f := range p.files {
		if f.test && (f.importsOne(Module+"/internal/xmpptest") || f.importsOne(Module+"/server/servertest")) {
			return true
		}
	}
	return false
}
