package house

import (
	"fmt"
	"strings"
)

// walls keep a library within the folders that it is for.
var walls = []struct {
	library string // an import path, or the beginning of one where it ends with /
	rooms   []string
	instead string
}{
	{"database/sql", []string{"storage"}, "declare what you need as an interface in package storage"},
	{"modernc.org/sqlite", []string{"storage"}, "use package storage"},
	{"github.com/jackc/", []string{"storage"}, "use package storage"},
	{"github.com/pressly/goose/", []string{"storage"}, "add a numbered migration in storage"},
	{"github.com/nats-io/", []string{"cluster"}, "declare an interface that cluster satisfies"},
	{"github.com/wneessen/go-mail", []string{"muc/digest"}, "mails are sent by muc/digest"},
	{"github.com/spf13/cobra", []string{"cmd"}, "return values and errors; cmd prints them"},
	{"net/http", []string{"xmpp/transport", "upload", "admin", "web"}, "give the handler to one of these packages"},
}

// Walls reports libraries that are imported outside of their rooms. Tests, packages for them, and the
// tools in internal, may import all.
func (t *Tree) Walls() []string {
	var wrong []string
	for _, p := range t.sorted() {
		if below(p.dir, "internal") || support(p.dir) {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			for imported := range f.imports {
				wrong = append(wrong, behind(f.path, p.dir, imported)...)
			}
		}
	}
	return wrong
}

func behind(path, dir, imported string) []string {
	for _, w := range walls {
		if imported != w.library && !(strings.HasSuffix(w.library, "/") && strings.HasPrefix(imported, w.library)) {
			continue
		}
		for _, room := range w.rooms {
			if below(dir, room) {
				return nil
			}
		}
		return []string{fmt.Sprintf("%s: imports %s, which is only for %s: %s",
			path, imported, strings.Join(w.rooms, ", "), w.instead)}
	}
	return nil
}
