package api

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"myna/admin"
)

// Whatever can be asked of an operation can be asked by a route of it: in the path, the query or the body.
func TestFieldsOfEveryOperation(t *testing.T) {
	reached := map[string][]string{} // operation → fields
	whole := map[string]bool{}       // operations with a route that takes any field in its body
	for _, r := range routes() {
		reached[r.op] = append(append(reached[r.op], r.names()...), r.params...)
		if r.page != nil {
			reached[r.op] = append(reached[r.op], "limit", "after", "before")
		}
		if r.tagged && r.method != "GET" {
			reached[r.op] = append(reached[r.op], "if_version", "if_new")
		}
		whole[r.op] = whole[r.op] || r.body
	}
	reached["alias.preview"] = append(reached["alias.preview"], reserved()...) // it changes nothing, so it has no conditions
	for _, o := range admin.Ops() {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(o.Request)) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			inBody := whole[o.Name] && !slices.Contains(reserved(), name)
			if !f.Anonymous && name != "-" && !inBody && !slices.Contains(reached[o.Name], name) {
				t.Errorf("%s: no route takes %q", o.Name, name)
			}
		}
	}
}
