package house

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
)

// Limits of size. They are alarms: a split that only satisfies the number is worse than the long file.
const (
	maxFile     = 500 // lines
	maxFunction = 80  // lines
)

// Sizes reports files and functions that have grown too long.
func (t *Tree) Sizes() []string {
	var wrong []string
	for _, p := range t.sorted() {
		for _, f := range p.files {
			if f.generated {
				continue
			}
			if f.lines > maxFile {
				wrong = append(wrong, fmt.Sprintf("%s: %d lines are more than %d: split it by subject", f.path, f.lines, maxFile))
			}
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				lines := t.fset.Position(fn.End()).Line - t.fset.Position(fn.Pos()).Line + 1
				if lines > maxFunction {
					wrong = append(wrong, fmt.Sprintf("%s: %s has %d lines, more than %d: give its steps names of their own",
						t.fset.Position(fn.Pos()), fn.Name.Name, lines, maxFunction))
				}
			}
		}
	}
	return wrong
}

// Names reports packages without a comment or with a name that says nothing, and init functions.
func (t *Tree) Names() []string {
	var wrong []string
	for _, p := range t.sorted() {
		if !p.onlyTests() && !p.documented() {
			wrong = append(wrong, fmt.Sprintf("%s: the package has no comment: say in doc.go what it is for and which "+
				"specifications it follows", p.dir))
		}
		if empty(path.Base(p.dir)) {
			wrong = append(wrong, fmt.Sprintf("%s: the name says nothing: put each function with its subject", p.dir))
		}
		for _, f := range p.files {
			if empty(strings.TrimSuffix(strings.TrimSuffix(path.Base(f.path), ".go"), "_test")) {
				wrong = append(wrong, fmt.Sprintf("%s: the name says nothing: put each function with its subject", f.path))
			}
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					wrong = append(wrong, fmt.Sprintf("%s: an init function: build it in package server from explicit values",
						t.fset.Position(fn.Pos())))
				}
			}
		}
	}
	return wrong
}

func (p *pkg) documented() bool {
	for _, f := range p.files {
		if !f.test && f.ast.Doc != nil {
			return true
		}
	}
	return false
}

func empty(name string) bool {
	switch name {
	case "util", "utils", "common", "helper", "helpers", "misc":
		return true
	}
	return false
}

// Sleeps reports tests that sleep. Within testing/synctest a sleep is exact and costs nothing.
func (t *Tree) Sleeps() []string {
	var wrong []string
	for _, p := range t.sorted() {
		for _, f := range p.files {
			if !f.test || f.importsOne("testing/synctest") {
				continue
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
						wrong = append(wrong, fmt.Sprintf("%s: a test that sleeps: wait for the event, or use testing/synctest",
							t.fset.Position(s.Pos())))
					}
				}
				return true
			})
		}
	}
	return wrong
}

func (f *file) importsOne(path string) bool {
	for imported := range f.imports {
		if imported == path {
			return true
		}
	}
	return false
}
