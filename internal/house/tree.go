package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
)

// Module is the path of the module whose tree is checked.
const Module = "myna"

// Tree is a source tree that has been read.
type Tree struct {
	fsys     fs.FS
	fset     *token.FileSet
	packages map[string]*pkg // by folder
	texts    []string        // every file that is no build product
}

type pkg struct {
	dir   string
	files []*file
}

type file struct {
	path      string
	ast       *ast.File
	lines     int
	test      bool
	generated bool
}

// Read parses the Go files below the root of fsys and lists the others. Build products and folders of tools are left
// out.
func Read(fsys fs.FS) (*Tree, error) {
	t := &Tree{fsys: fsys, fset: token.NewFileSet(), packages: map[string]*pkg{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if product(name) {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && name != ".git" { // a file where the tree is one of several of a repository
			t.texts = append(t.texts, name)
		}
		if strings.HasSuffix(name, ".go") && !strings.Contains(name, "testdata/") {
			return t.add(name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	return t, nil
}

// product tells whether a folder holds no sources of ours.
func product(dir string) bool {
	switch dir {
	case ".", ".ci":
		return false
	case "bin", "web/dist":
		return true
	}
	return strings.HasPrefix(dir, ".") || path.Base(dir) == "node_modules"
}

func (t *Tree) add(name string) error {
	src, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return err
	}
	parsed, err := parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if t.packages[dir] == nil {
		t.packages[dir] = &pkg{dir: dir}
	}
	t.packages[dir].files = append(t.packages[dir].files, &file{
		path: name, ast: parsed, test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(string(src), "\n"), generated: ast.IsGenerated(parsed),
	})
	return nil
}

// sorted returns the packages in the order of their folders.
func (t *Tree) sorted() []*pkg {
	var all []*pkg
	for _, p := range t.packages {
		all = append(all, p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].dir < all[j].dir })
	return all
}

// imports ranges over what a file imports.
func (f *file) imports(yield func(string) bool) {
	for _, spec := range f.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && !yield(p) {
			return
		}
	}
}

// own returns the folder of an imported package of this module.
func own(importPath string) (dir string, ok bool) {
	if importPath == Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, Module+"/")
}

// below tells whether dir is root or stands in it.
func below(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

// support tells whether a package is for tests, as its name says: servertest, storagetest.
func support(dir string) bool { return strings.HasSuffix(dir, "test") }
