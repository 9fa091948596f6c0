package admin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Each text for people has a code of its own for programs. The tests of the page look that it has a sentence for each code.
func TestReasons(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	slug := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	text := map[string]string{} // code → text
	for _, name := range names {
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for call := range refusals(file) {
			var words [2]string
			for i := range words {
				lit, ok := call.Args[i+1].(*ast.BasicLit)
				if !ok {
					t.Fatalf("%s: code and text are not literal", files.Position(call.Pos()))
				}
				if words[i], err = strconv.Unquote(lit.Value); err != nil {
					t.Fatal(err)
				}
			}
			code, format := words[0], words[1]
			if !slug.MatchString(code) || strings.Count(format, "%") != len(call.Args)-3 {
				t.Errorf("%s: %q, %q", files.Position(call.Pos()), code, format)
			}
			if before, ok := text[code]; ok && before != format {
				t.Errorf("%s: the code %s belongs to %q", files.Position(call.Pos()), code, before)
			}
			text[code] = format
		}
	}
	if len(text) < 100 {
		t.Errorf("only %d reasons were found", len(text))
	}
	e := refuse(Invalid, "is-test", "%q is no role of %d", "boss", 3).(*Error)
	if e.Text != `"boss" is no role of 3` || e.Code != "is-test" || strings.Join(e.Values, ",") != "boss,3" {
		t.Errorf("%+v", e)
	}
}

// refusals are the calls of refuse in a file.
func refusals(file *ast.File) iter.Seq[*ast.CallExpr] {
	return func(yield func(*ast.CallExpr) bool) {
		for n := range ast.Preorder(file) {
			if call, ok := n.(*ast.CallExpr); ok {
				if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "refuse" && !yield(call) {
					return
				}
			}
		}
	}
}
