package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile is more than any configuration needs; a larger file is a mistake (a database, a log).
const maxFile = 1 << 20

// Error is a mistake in the configuration. Line is 0 where there is none to show.
type Error struct {
	File string
	Line int
	Text string
	key  string // as keyPath writes it
}

// Error says file, line and text, the way compilers do.
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return e.Text
	case e.Line == 0:
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Load reads and validates a file over the defaults. A relative data_dir starts at the file's folder.
func Load(file string) (*Config, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if info.Size() > maxFile {
		return nil, &Error{File: file, Text: fmt.Sprintf("%d bytes are too many for a configuration; is this the right file?", info.Size())}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.DataDir) {
		dir, err := filepath.Abs(filepath.Dir(file))
		if err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		c.DataDir = filepath.Join(dir, c.DataDir)
	}
	return c, nil
}

// Parse decodes and validates data over the defaults; name is the file that errors show. The error joins all that is
// wrong, each an *Error. Sections of modules are not looked at: see CheckModules.
func Parse(name string, data []byte) (*Config, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		return nil, syntaxError(name, err)
	}
	src, err := newSource(name, data)
	if err != nil {
		return nil, err
	}
	c := Default()
	c.src = src
	d := decoder{src: src}
	d.table(nil, tree, reflect.ValueOf(c).Elem())
	d.errs = append(d.errs, further(d.errs, c.problems())...)
	if err := join(d.errs); err != nil {
		return nil, err
	}
	return c, nil
}

// further leaves out problems of keys whose values could not be read: what is wrong with them is told already.
func further(told, found []error) []error {
	return slices.DeleteFunc(found, func(err error) bool {
		var e *Error
		return errors.As(err, &e) && slices.ContainsFunc(told, func(before error) bool {
			var b *Error
			return errors.As(before, &b) && b.key == e.key
		})
	})
}

func syntaxError(name string, err error) error {
	e := &Error{File: name, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		e.Line, _ = de.Position()
	}
	return e
}

// source remembers on which line each key of a file is. Keys are paths as keyPath writes them.
type source struct {
	file  string
	lines map[string]int
}

func newSource(name string, data []byte) (*source, error) {
	s := &source{file: name, lines: map[string]int{}}
	p := unstable.Parser{}
	p.Reset(data)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = s.note(&p, nil, e.Key())
		case unstable.KeyValue:
			s.keyValue(&p, table, e)
		}
	}
	if err := p.Error(); err != nil {
		return nil, syntaxError(name, err)
	}
	return s, nil
}

// keyValue notes a key and, where its value is an inline table, the keys in that.
func (s *source) keyValue(p *unstable.Parser, table []string, e *unstable.Node) {
	path := s.note(p, table, e.Key())
	if v := e.Value(); v.Kind == unstable.InlineTable {
		for it := v.Children(); it.Next(); {
			if n := it.Node(); n.Kind == unstable.KeyValue {
				s.keyValue(p, path, n)
			}
		}
	}
}

// note remembers the line of each part of a dotted key, the first time that it is seen, and returns the whole path.
func (s *source) note(p *unstable.Parser, table []string, key unstable.Iterator) []string {
	path := table[:len(table):len(table)]
	for key.Next() {
		n := key.Node()
		path = append(path, string(n.Data))
		if k := keyPath(path); s.lines[k] == 0 {
			s.lines[k] = p.Shape(n.Raw).Start.Line
		}
	}
	return path
}

// line is the line of a key, or of the nearest table around it.
func (s *source) line(path []string) int {
	for ; s != nil && len(path) > 0; path = path[:len(path)-1] {
		if n := s.lines[keyPath(path)]; n > 0 {
			return n
		}
	}
	return 0
}

// errorAt makes the error for a key.
func (s *source) errorAt(path []string, format string, args ...any) error {
	e := &Error{Text: fmt.Sprintf(format, args...), Line: s.line(path), key: keyPath(path)}
	if s != nil {
		e.File = s.file
	}
	return e
}

// keyPath writes a path as TOML does: host."example.com".groups.
func keyPath(path []string) string {
	var b strings.Builder
	for i, k := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(keyText(k))
	}
	return b.String()
}

func keyText(k string) string {
	bare := k != "" && !strings.ContainsFunc(k, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
	if bare {
		return k
	}
	return quote(k)
}
