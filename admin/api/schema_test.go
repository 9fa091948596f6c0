package api_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

type object = map[string]any

// description is /api/openapi.json.
type description struct {
	paths, schemas object
}

// schema is that of an answer of a route; false where the description does not have it.
func (d description) schema(method, path string, status int) (object, bool) {
	item, _ := d.paths[path].(object)
	operation, _ := item[strings.ToLower(method)].(object)
	responses, _ := operation["responses"].(object)
	if status >= 400 {
		_, ok := responses["default"]
		return object{"$ref": "#/components/schemas/Problem"}, ok
	}
	response, _ := responses[fmt.Sprint(status)].(object)
	content, _ := response["content"].(object)
	media, _ := content["application/json"].(object)
	schema, ok := media["schema"].(object)
	return schema, ok
}

// check compares a value with a schema, as far as ours use JSON Schema.
func (d description) check(at string, schema object, v any) error {
	if ref, ok := schema["$ref"].(string); ok {
		named, ok := d.schemas[ref[strings.LastIndexByte(ref, '/')+1:]].(object)
		if !ok {
			return fmt.Errorf("%s: no schema %s", at, ref)
		}
		return d.check(at, named, v)
	}
	ok := true
	switch schema["type"] {
	case "string":
		var s string
		if s, ok = v.(string); ok && schema["format"] == "date-time" {
			if _, err := time.Parse(time.RFC3339, s); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	case "integer":
		var n float64
		n, ok = v.(float64)
		ok = ok && n == float64(int64(n))
	case "boolean":
		_, ok = v.(bool)
	case "array":
		var list []any
		list, ok = v.([]any)
		for i, x := range list {
			if err := d.check(fmt.Sprintf("%s[%d]", at, i), schema["items"].(object), x); err != nil {
				return err
			}
		}
	case "object":
		return d.object(at, schema, v)
	case nil:
	default:
		return fmt.Errorf("%s: a type %v", at, schema["type"])
	}
	if !ok {
		return fmt.Errorf("%s: %v is no %s", at, v, schema["type"])
	}
	return nil
}

func (d description) object(at string, schema object, v any) error {
	o, ok := v.(object)
	if !ok {
		return fmt.Errorf("%s: %v is no object", at, v)
	}
	properties, _ := schema["properties"].(object)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := o[name.(string)]; !ok {
			return fmt.Errorf("%s: %s is missing in %v", at, name, o)
		}
	}
	for name, x := range o {
		property, ok := properties[name].(object)
		if more, isSchema := schema["additionalProperties"].(object); !ok && isSchema {
			property, ok = more, true
		}
		if !ok {
			return fmt.Errorf("%s: %s is not described", at, name)
		}
		if err := d.check(at+"."+name, property, x); err != nil {
			return err
		}
	}
	return nil
}

// unused lists what was not asked for.
func unused(all []string, used map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return used[s] })
}
