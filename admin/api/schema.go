package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// object is a JSON object of the description.
type object = map[string]any

// schemas makes JSON Schemas of Go types; structs are named ones.
type schemas struct {
	named object // by the name of the type
}

// of is the schema of a type as encoding/json writes it.
func (s *schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{}
	case t == reflect.TypeFor[[]byte]():
		return object{"type": "string", "contentEncoding": "base64"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		if _, ok := s.named[t.Name()]; !ok {
			s.named[t.Name()] = object{} // it may have itself in it
			s.named[t.Name()] = s.fields(t, nil, true)
		}
		return object{"$ref": "#/components/schemas/" + t.Name()}
	}
	panic("api: no schema for " + t.String()) // a test makes all of them
}

// fields is the schema of a struct without some of its fields. What is always written is required of answers.
func (s *schemas) fields(t reflect.Type, without []string, answer bool) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" || slices.Contains(without, name) {
			continue
		}
		properties[name] = s.of(f.Type)
		if answer && !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}
