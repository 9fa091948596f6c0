package house

import (
	"fmt"
	"strings"
)

// floors are the storeys of the house from the ground up. A package imports only what stands on lower ones; a name
// covers the folders in it that have no floor of their own.
var floors = [][]string{
	0:  {"xmpp", "xmpp/ns", "guard", "sparing"},
	1:  {"xmpp/wire", "storage", "config"},
	2:  {"hook"},
	3:  {"xmpp/router", "xmpp/transport", "storage/sqldb", "storage/sqlite", "storage/postgres"},
	4:  {"xmpp/c2s", "xmpp/s2s", "xmpp/component", "cluster"},
	5:  {"account", "roster", "archive", "pubsub"},
	6:  {"muc", "muc/groups", "upload", "xep"},
	7:  {"admin"},
	8:  {"web"},
	9:  {"server"},
	10: {"cmd"},
}

// shared is the highest floor whose packages may import each other; above it are modules, which do not.
const shared = 3

// floor returns where a package stands, and the name in floors that covers it.
func floor(dir string) (int, string) {
	level, name := -1, ""
	for n, names := range floors {
		for _, f := range names {
			if below(dir, f) && len(f) > len(name) {
				level, name = n, f
			}
		}
	}
	return level, name
}

// module returns the folder of the module or service that a package belongs to: xep/carbons, muc.
func module(dir string) string {
	parts := strings.Split(dir, "/")
	if parts[0] == "xep" && len(parts) > 1 || parts[0] == "xmpp" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// Floors reports imports that do not go down. Tests, packages for them, and the tools in internal, may import all.
func (t *Tree) Floors() []string {
	var wrong []string
	for _, p := range t.sorted() {
		if below(p.dir, "internal") || support(p.dir) || p.onlyTests() {
			continue
		}
		level, _ := floor(p.dir)
		if level < 0 {
			wrong = append(wrong, fmt.Sprintf("%s: the package has no floor: give it one in internal/house/floors.go, "+
				"or put it where its subject already lives (a service of its own, or xep/<function>)", p.dir))
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for imported := range f.imports {
				if dir, ok := own(imported); ok && !mayImport(p.dir, level, dir) {
					wrong = append(wrong, upward(f.path, p.dir, level, dir))
				}
			}
		}
	}
	return wrong
}

func mayImport(dir string, level int, imported string) bool {
	target, _ := floor(imported)
	switch {
	case target < 0 || support(imported):
		return false
	case target < level:
		return true
	}
	return target == level && (level <= shared || module(dir) == module(imported))
}

func upward(path, dir string, level int, imported string) string {
	target, _ := floor(imported)
	if target < 0 || support(imported) {
		return fmt.Sprintf("%s: imports %s, which is for tests and tools only", path, imported)
	}
	return fmt.Sprintf("%s: %s (floor %d) imports %s (floor %d): declare a small interface here, or take part by a hook, "+
		"and let server put the two together", path, dir, level, imported, target)
}

func (p *pkg) onlyTests() bool {
	for _, f := range p.files {
		if !f.test {
			return false
		}
	}
	return true
}
