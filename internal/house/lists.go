package house

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Where the lists stand that people keep and this package compares.
const (
	dependencyList    = "docs/dependencies.md"
	compatibilityList = "docs/compatibility.md"
)

// Dependencies reports imports of other people's modules that docs/dependencies.md does not explain.
func (t *Tree) Dependencies() []string {
	list, err := fs.ReadFile(t.fsys, dependencyList)
	if err != nil {
		list = nil // every import is missing in it
	}
	var wrong []string
	told := map[string]bool{}
	for _, p := range t.sorted() {
		for _, f := range p.files {
			for imported := range f.imports {
				first, _, _ := strings.Cut(imported, "/")
				if !strings.Contains(first, ".") || explained(string(list), imported) || told[imported] {
					continue
				}
				told[imported] = true
				wrong = append(wrong, fmt.Sprintf("%s: imports %s, which %s does not explain: add what for, why this one, "+
					"what would replace it", f.path, imported, dependencyList))
			}
		}
	}
	return wrong
}

// explained tells whether a row of the table begins with the module that holds the imported package.
func explained(list, imported string) bool {
	for line := range strings.Lines(list) {
		cells := strings.Split(line, "|")
		if len(cells) > 2 && strings.Contains(cells[1], "/") && below(imported, strings.TrimSpace(cells[1])) {
			return true
		}
	}
	return false
}

var compat = regexp.MustCompile(`COMPAT\(([^)]+)\)`)

// Compatibility reports marks COMPAT(program version, year) in comments that docs/compatibility.md does not list, and
// rows of the list without a mark.
func (t *Tree) Compatibility() []string {
	list, err := fs.ReadFile(t.fsys, compatibilityList)
	if err != nil {
		list = nil // every mark is missing in it
	}
	var wrong []string
	marked := map[string]bool{}
	for _, p := range t.sorted() {
		if below(p.dir, "internal/house") {
			continue
		}
		for _, f := range p.files {
			for _, group := range f.ast.Comments {
				for _, m := range compat.FindAllStringSubmatch(group.Text(), -1) {
					marked[m[1]] = true
					if !strings.Contains(string(list), "| "+m[1]+" |") {
						wrong = append(wrong, fmt.Sprintf("%s: COMPAT(%s) is not listed: add a row with this mark to %s",
							f.path, m[1], compatibilityList))
					}
				}
			}
		}
	}
	for line := range strings.Lines(string(list)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || strings.HasPrefix(cells[1], "---") || strings.TrimSpace(cells[1]) == "mark" {
			continue
		}
		if mark := strings.TrimSpace(cells[1]); !marked[mark] {
			wrong = append(wrong, fmt.Sprintf("%s: no code is marked COMPAT(%s) any more: take the row out", compatibilityList, mark))
		}
	}
	return wrong
}
