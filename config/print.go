package config

import (
	"bufio"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// ModuleOptions is what Doc and Show need of a module: its name and its default options, a struct or a pointer to one.
type ModuleOptions struct {
	Name     string
	Doc      string // what the module is for, one line
	Defaults any
}

// Doc writes a configuration file with every option, its default and what it is for. The file is valid once hosts is
// set.
func Doc(w io.Writer, modules ...ModuleOptions) error {
	p := newPrinter(w, true)
	p.comment("Every option of Myna with its default. Only hosts has to be set; an option that is not")
	p.comment("in the file has the value shown here. Sizes are bytes; durations are texts such as")
	p.comment(`"30s", "5m", "12h" or "7d". Secrets are in files of their own: the options name them.`)
	p.line("")
	p.table(nil, reflect.ValueOf(*Default()))
	for _, m := range modules {
		p.section([]string{"modules", m.Name}, m.Doc, reflect.ValueOf(fresh(m.Defaults)).Elem())
	}
	p.hostDoc(modules)
	return p.flush()
}

// Show writes the effective configuration: what the file says over the defaults, with all sections of modules. Secrets
// are only in the files that it names.
func (c *Config) Show(w io.Writer, modules ...ModuleOptions) error {
	p := newPrinter(w, false)
	p.table(nil, reflect.ValueOf(*c))
	for _, m := range modules {
		options := fresh(m.Defaults)
		if err := c.Module(m.Name, options); err != nil {
			return err
		}
		p.section([]string{"modules", m.Name}, "", reflect.ValueOf(options).Elem())
	}
	for _, host := range sortedKeys(c.Host) {
		h := c.Host[host]
		p.section([]string{"host", host}, "", reflect.ValueOf(h))
		if len(h.Archive) > 0 {
			p.raw([]string{"host", host, "archive"}, h.Archive)
		}
		for _, name := range sortedKeys(h.Modules) {
			p.raw([]string{"host", host, "modules", name}, h.Modules[name])
		}
	}
	return p.flush()
}

// Tree is what Show writes, for JSON: section → key → value; durations as texts.
func (c *Config) Tree(modules ...ModuleOptions) (map[string]any, error) {
	tree := treeOf(reflect.ValueOf(*c))
	sections := map[string]any{}
	for _, m := range modules {
		options := fresh(m.Defaults)
		if err := c.Module(m.Name, options); err != nil {
			return nil, err
		}
		sections[m.Name] = treeOf(reflect.ValueOf(options).Elem())
	}
	tree["modules"] = sections
	tree["host"] = treeOf(reflect.ValueOf(struct {
		Host map[string]HostConfig `toml:"host"`
	}{c.Host}))["host"]
	return tree, nil
}

func treeOf(v reflect.Value) map[string]any {
	tree := map[string]any{}
	for _, f := range fields(v) {
		switch {
		case f.val.Type() == reflect.TypeFor[time.Duration]():
			tree[f.key] = durationText(time.Duration(f.val.Int()))
		case f.val.Kind() == reflect.Struct && !isText(f.val):
			tree[f.key] = treeOf(f.val)
		case f.val.Kind() == reflect.Map && f.val.Type().Elem().Kind() == reflect.Struct:
			m := map[string]any{}
			for it := f.val.MapRange(); it.Next(); {
				m[it.Key().String()] = treeOf(it.Value())
			}
			tree[f.key] = m
		default:
			tree[f.key] = f.val.Interface()
		}
	}
	return tree
}

// printer writes TOML, with the doc tags as comments or without.
type printer struct {
	w    *bufio.Writer
	docs bool
	lead string // in front of every line: "# " where all is an example
}

func newPrinter(w io.Writer, docs bool) *printer { return &printer{w: bufio.NewWriter(w), docs: docs} }

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p.w, p.lead+format+"\n", args...) // the error stays in the writer until flush
}

func (p *printer) comment(text string) {
	for _, l := range wrap(text, 90) {
		p.line("# %s", l)
	}
}

func (p *printer) flush() error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return nil
}

// table writes the plain keys of a struct and then its sections.
func (p *printer) table(path []string, v reflect.Value) {
	for _, f := range fields(v) {
		if !isSection(f.val) {
			p.key(f)
		}
	}
	for _, f := range fields(v) {
		if f.val.Kind() == reflect.Struct && isSection(f.val) {
			p.section(append(path[:len(path):len(path)], f.key), f.tag.Get("doc"), f.val)
		}
	}
}

func (p *printer) section(path []string, doc string, v reflect.Value) {
	p.line("")
	if p.docs && doc != "" {
		p.comment(doc)
	}
	p.line("[%s]", keyPath(path))
	p.table(path, v)
}

func (p *printer) key(f field) {
	value, example := literal(f.val), f.tag.Get("example")
	if !p.docs {
		p.line("%s = %s", f.key, value)
		return
	}
	p.comment(docOf(f.tag))
	switch {
	case f.key == "hosts" && f.val.Len() == 0:
		p.line("%s = %s", f.key, example)
	case example != "" && (value == `""` || value == "[]" || value == "{}"):
		p.line("# %s = %s", f.key, example)
	default:
		p.line("%s = %s", f.key, value)
	}
}

// raw writes a section as it was read.
func (p *printer) raw(path []string, s Section) {
	p.line("")
	p.line("[%s]", keyPath(path))
	for _, k := range sortedKeys(s) {
		p.line("%s = %s", keyText(k), literalOf(s[k]))
	}
}

// hostDoc shows the options of one host, all of them as examples.
func (p *printer) hostDoc(modules []ModuleOptions) {
	f, _ := reflect.TypeFor[Config]().FieldByName("Host")
	p.line("")
	p.comment(f.Tag.Get("doc"))
	p.line("# [host.%s]", keyText(f.Tag.Get("example")))
	for _, f := range fields(reflect.ValueOf(HostConfig{})) {
		if !isSection(f.val) {
			p.comment(docOf(f.tag))
			p.line("# %s = %s", f.key, f.tag.Get("example"))
		}
	}
	p.comment("Values of the sections archive and modules, where they differ for this host. Every option of these can, but for those above that say \"The same for all hosts\".")
	host := keyText(f.Tag.Get("example"))
	p.ownDoc("host."+host+".archive", reflect.ValueOf(Archive{}))
	for _, m := range modules {
		p.ownDoc("host."+host+".modules."+keyText(m.Name), reflect.ValueOf(fresh(m.Defaults)).Elem())
	}
}

// ownDoc lists the options of a section that a host may have values of its own for.
func (p *printer) ownDoc(section string, v reflect.Value) {
	var keys []string
	for _, f := range fields(v) {
		if serverWide(f.tag) == "" {
			keys = append(keys, f.key)
		}
	}
	if len(keys) > 0 {
		p.line("# [%s]", section)
		p.comment("    " + strings.Join(keys, ", "))
	}
}

// docOf is what the tags say of a key.
func docOf(tag reflect.StructTag) string {
	text := tag.Get("doc")
	if words := tag.Get("oneof"); words != "" {
		list := strings.Split(words, "|")
		for i := range list {
			list[i] = quote(list[i])
		}
		text += " One of " + strings.Join(list, ", ") + "."
	}
	if tag.Get("restart") == "yes" {
		text += " Changed by a restart only."
	}
	if reason := serverWide(tag); reason != "" {
		text += " The same for all hosts: " + reason + "."
	}
	return text
}

func isSection(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && !isText(v) || v.Type() == reflect.TypeFor[Section]() ||
		v.Kind() == reflect.Map && (v.Type().Elem().Kind() == reflect.Struct || v.Type().Elem() == reflect.TypeFor[Section]())
}

func isText(v reflect.Value) bool {
	return reflect.PointerTo(v.Type()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// literal writes a value as TOML.
func literal(v reflect.Value) string {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return quote(durationText(time.Duration(v.Int())))
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			text = []byte(err.Error())
		}
		return quote(string(text))
	}
	switch v.Kind() {
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		items := make([]string, 0, v.Len())
		for it := v.MapRange(); it.Next(); {
			items = append(items, keyText(it.Key().String())+" = "+literal(it.Value()))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case reflect.Interface:
		return literal(v.Elem())
	case reflect.Float32, reflect.Float64:
		s := strconv.FormatFloat(v.Float(), 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return fmt.Sprint(v.Interface())
}

// literalOf is literal for a value of a TOML tree.
func literalOf(x any) string {
	if x == nil {
		return "nothing"
	}
	return literal(reflect.ValueOf(x))
}

// quote writes a TOML basic string; JSON's escapes are a part of TOML's.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // not reached: a string always encodes
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// durationText writes a duration as people do: "7d", "1h30m", "30s".
func durationText(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// wrap breaks a text into lines of at most width bytes where its words allow.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
