package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
)

// decoder writes a TOML tree into structs. It goes on after an error, so that a file's mistakes are all told at once.
type decoder struct {
	src  *source
	errs []error
}

func (d *decoder) fail(path []string, format string, args ...any) {
	d.errs = append(d.errs, d.src.errorAt(path, format, args...))
}

// field is a key of a struct.
type field struct {
	key string
	tag reflect.StructTag
	val reflect.Value
}

// fields lists the keys of a struct in the order of the source; embedded structs count as their fields.
func fields(v reflect.Value) []field {
	var list []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := f.Tag.Get("toml")
		switch {
		case f.Anonymous && key == "" && f.Type.Kind() == reflect.Struct:
			list = append(list, fields(v.Field(i))...)
		case f.IsExported() && key != "" && key != "-":
			list = append(list, field{key, f.Tag, v.Field(i)})
		}
	}
	return list
}

func (d *decoder) table(path []string, tree map[string]any, v reflect.Value) {
	known := map[string]field{}
	var names []string
	for _, f := range fields(v) {
		known[f.key] = f
		names = append(names, f.key)
	}
	for _, key := range sortedKeys(tree) {
		at := append(path[:len(path):len(path)], key)
		f, ok := known[key]
		if !ok {
			d.unknown(at, names)
			continue
		}
		if reason := serverWide(f.tag); reason != "" && len(at) > 3 && at[0] == "host" {
			d.refuseServerWide(at, reason)
			continue
		}
		d.value(at, tree[key], f.val, f.tag)
	}
}

func (d *decoder) unknown(path []string, names []string) {
	key := path[len(path)-1]
	text := fmt.Sprintf("unknown key %q", key)
	if len(path) > 1 {
		text += " in [" + keyPath(path[:len(path)-1]) + "]"
	}
	switch near := Nearest(key, names); {
	case near != "":
		text += fmt.Sprintf("; did you mean %q?", near)
	case len(path) == 2 && hasKey(reflect.ValueOf(Config{}), key):
		text += "; it belongs at the top of the file, before the first [section]"
	case len(path) > 1:
		text += "; known are " + strings.Join(names, ", ")
	}
	d.fail(path, "%s", text)
}

func hasKey(v reflect.Value, key string) bool {
	for _, f := range fields(v) {
		if f.key == key {
			return true
		}
	}
	return false
}

// value writes one value; the tags of the field bound it.
func (d *decoder) value(path []string, x any, v reflect.Value, tag reflect.StructTag) {
	var err error
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		err = setDuration(x, v)
	case v.CanAddr() && v.Addr().Type().Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		err = setText(x, v)
	case v.Kind() == reflect.Struct, v.Kind() == reflect.Map:
		tree, ok := x.(map[string]any)
		if !ok {
			d.fail(path, "%s is a section: write [%s] and its keys below", keyPath(path), keyPath(path))
			return
		}
		d.tree(path, tree, v)
		return
	case v.Kind() == reflect.Slice:
		d.list(path, x, v, tag)
		return
	default:
		err = setPlain(x, v)
	}
	if err == nil {
		err = bounds(v, tag)
	}
	if err != nil {
		d.fail(path, "%s: %v", keyPath(path), err)
	}
}

// tree writes a table into a struct or a map of structs; a Section keeps it as it is.
func (d *decoder) tree(path []string, tree map[string]any, v reflect.Value) {
	if v.Kind() == reflect.Struct {
		d.table(path, tree, v)
		return
	}
	if v.Type() == reflect.TypeFor[Section]() {
		v.Set(reflect.ValueOf(Section(tree)))
		return
	}
	m := reflect.MakeMap(v.Type())
	for it := v.MapRange(); v.Len() > 0 && it.Next(); {
		m.SetMapIndex(it.Key(), it.Value())
	}
	for _, key := range sortedKeys(tree) {
		e := reflect.New(v.Type().Elem()).Elem()
		if old := m.MapIndex(reflect.ValueOf(key)); old.IsValid() {
			e.Set(old)
		}
		d.value(append(path[:len(path):len(path)], key), tree[key], e, "")
		m.SetMapIndex(reflect.ValueOf(key), e)
	}
	v.Set(m)
}

func (d *decoder) list(path []string, x any, v reflect.Value, tag reflect.StructTag) {
	items, ok := x.([]any)
	if !ok {
		d.fail(path, "%s: a list is needed, such as %s = [%s]", keyPath(path), path[len(path)-1], literalOf(x))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(items), len(items))
	element := reflect.StructTag("")
	if words, ok := tag.Lookup("oneof"); ok {
		element = reflect.StructTag(`oneof:` + strconv.Quote(words))
	}
	for i, item := range items {
		d.value(path, item, s.Index(i), element)
	}
	v.Set(s)
	if err := bounds(v, tag); err != nil {
		d.fail(path, "%s: %v", keyPath(path), err)
	}
}

func setPlain(x any, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		b, ok := x.(bool)
		if !ok {
			return fmt.Errorf("true or false is needed, not %s", literalOf(x))
		}
		v.SetBool(b)
	case reflect.String:
		s, ok := x.(string)
		if !ok {
			return fmt.Errorf("a text in quotes is needed, such as %s", quote(fmt.Sprint(x)))
		}
		v.SetString(s)
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8:
		n, ok := x.(int64)
		if !ok || v.OverflowInt(n) {
			return fmt.Errorf("a whole number is needed, not %s", literalOf(x))
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8:
		n, ok := x.(int64)
		if !ok || n < 0 || v.OverflowUint(uint64(n)) {
			return fmt.Errorf("a whole number from 0 up is needed, not %s", literalOf(x))
		}
		v.SetUint(uint64(n))
	case reflect.Float64, reflect.Float32:
		switch n := x.(type) {
		case float64:
			v.SetFloat(n)
		case int64:
			v.SetFloat(float64(n))
		default:
			return fmt.Errorf("a number is needed, not %s", literalOf(x))
		}
	default:
		return fmt.Errorf("%s cannot be configured", v.Type())
	}
	return nil
}

func setText(x any, v reflect.Value) error {
	s, ok := x.(string)
	if !ok {
		return fmt.Errorf("a text in quotes is needed, such as %s", quote(fmt.Sprint(x)))
	}
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
}

func setDuration(x any, v reflect.Value) error {
	s, ok := x.(string)
	if !ok {
		return fmt.Errorf(`a duration in quotes is needed, such as "30s", "5m", "12h" or "7d", not %s`, literalOf(x))
	}
	t, err := parseDuration(s)
	if err != nil {
		return err
	}
	v.SetInt(int64(t))
	return nil
}

// parseDuration reads what time.ParseDuration reads, and whole days.
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseInt(days, 10, 32); err == nil && n >= 0 && n <= int64(math.MaxInt64/(24*time.Hour)) {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	t, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf(`%q is no duration; write for example "30s", "5m", "12h" or "7d"`, s)
	}
	return t, nil
}

// bounds checks the tags oneof, min and max.
func bounds(v reflect.Value, tag reflect.StructTag) error {
	if words, ok := tag.Lookup("oneof"); ok && v.Kind() == reflect.String {
		list := strings.Split(words, "|")
		for _, w := range list {
			if v.String() == w {
				return nil
			}
		}
		text := fmt.Sprintf("%q is not one of %s", v.String(), strings.Join(list, ", "))
		if near := Nearest(v.String(), list); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		}
		return errors.New(text)
	}
	size, what, ok := magnitude(v)
	if !ok {
		return nil
	}
	for _, side := range []string{"min", "max"} {
		limit, err := strconv.ParseFloat(tag.Get(side), 64)
		if err != nil {
			continue
		}
		if side == "min" && size < limit {
			return fmt.Errorf("%s must be %s or more", what, tag.Get(side))
		}
		if side == "max" && size > limit {
			return fmt.Errorf("%s must be %s or less", what, tag.Get(side))
		}
	}
	return nil
}

// magnitude is what min and max are compared with: a number, seconds of a duration, or a length.
func magnitude(v reflect.Value) (size float64, what string, ok bool) {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		return time.Duration(v.Int()).Seconds(), "the seconds", true
	case v.CanInt():
		return float64(v.Int()), "the number", true
	case v.CanUint():
		return float64(v.Uint()), "the number", true
	case v.CanFloat():
		return v.Float(), "the number", true
	case v.Kind() == reflect.String || v.Kind() == reflect.Slice:
		return float64(v.Len()), "the length", true
	}
	return 0, "", false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
