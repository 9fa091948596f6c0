package config

import (
	"errors"
	"fmt"
	"reflect"
)

// KeyError is what the Validate method of a module's options returns for a wrong value, so that the operator is shown
// the line: Key is the toml name.
type KeyError struct {
	Key  string
	Text string
}

// Error says key and text.
func (e *KeyError) Error() string { return e.Key + ": " + e.Text }

// Module decodes [modules.NAME] into the struct that into points to, over the defaults it holds, and calls its
// Validate() error if it has one.
func (c *Config) Module(name string, into any) error {
	return c.module([]string{"modules", name}, c.Modules[name], into)
}

// HostModule is Module with the values of [host."HOST".modules.NAME] on top.
func (c *Config) HostModule(host, name string, into any) error {
	if err := c.Module(name, into); err != nil {
		return err
	}
	section, ok := c.Host[host].Modules[name]
	if !ok {
		return nil
	}
	return c.module([]string{"host", host, "modules", name}, section, into)
}

func (c *Config) module(path []string, section Section, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode options of module %s: %T is no pointer to a struct", path[len(path)-1], into)
	}
	d := decoder{src: c.src}
	d.table(path, section, v.Elem())
	if checked, ok := into.(interface{ Validate() error }); ok && len(d.errs) == 0 {
		if err := checked.Validate(); err != nil {
			d.invalid(path, err)
		}
	}
	return join(d.errs)
}

// invalid places the errors of a module's Validate.
func (d *decoder) invalid(path []string, err error) {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range list.Unwrap() {
			d.invalid(path, e)
		}
		return
	}
	var key *KeyError
	if errors.As(err, &key) {
		d.fail(append(path[:len(path):len(path)], key.Key), "%s.%s: %s", keyPath(path), key.Key, key.Text)
		return
	}
	d.fail(path, "[%s]: %v", keyPath(path), err)
}

// CheckModules checks all sections of modules, those of hosts too, against the modules that exist: name → its default
// options, a struct or a pointer to one. The defaults are not changed.
func (c *Config) CheckModules(defaults map[string]any) error {
	names := sortedKeys(defaults)
	p := problems{src: c.src}
	unknown := func(path []string, name string) {
		text := fmt.Sprintf("[%s]: there is no module %q", keyPath(path), name)
		if near := Nearest(name, names); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		}
		p.at(path...)("%s", text)
	}
	for _, name := range sortedKeys(c.Modules) {
		if _, ok := defaults[name]; !ok {
			unknown([]string{"modules", name}, name)
			continue
		}
		p.add(c.Module(name, fresh(defaults[name])))
	}
	for _, host := range sortedKeys(c.Host) {
		for _, name := range sortedKeys(c.Host[host].Modules) {
			if _, ok := defaults[name]; !ok {
				unknown([]string{"host", host, "modules", name}, name)
				continue
			}
			into := fresh(defaults[name])
			if c.Module(name, into) != nil { // told above; the host's values are looked at all the same
				into = fresh(defaults[name])
			}
			p.add(c.module([]string{"host", host, "modules", name}, c.Host[host].Modules[name], into))
		}
	}
	return join(p.errs)
}

func (p *problems) add(err error) {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		p.errs = append(p.errs, list.Unwrap()...)
	} else if err != nil {
		p.errs = append(p.errs, err)
	}
}

// fresh is a pointer to a copy of a struct.
func fresh(defaults any) any {
	v := reflect.ValueOf(defaults)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}
