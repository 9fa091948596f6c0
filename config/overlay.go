package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Overlay are values of options that are kept elsewhere than in the file: host → key, as HostValue has it → TOML.
type Overlay map[string]map[string]string

// With returns the configuration with values of hosts that its file says nothing about. Keys that are not known any more are
// left out; whether a value is possible tells who decodes the options.
func (c *Config) With(o Overlay) (*Config, error) {
	out := *c
	out.Host = maps.Clone(c.Host)
	if out.Host == nil {
		out.Host = map[string]HostConfig{}
	}
	out.overlaid = map[string][]string{}
	for _, host := range slices.Sorted(maps.Keys(o)) {
		own := out.Host[host]
		own.Archive, own.Modules = maps.Clone(own.Archive), maps.Clone(own.Modules)
		if own.Modules == nil {
			own.Modules = map[string]Section{}
		}
		for _, key := range slices.Sorted(maps.Keys(o[host])) {
			said, err := own.overlay(key, o[host][key])
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", key, host, err)
			}
			if said {
				out.overlaid[host] = append(out.overlaid[host], key)
			}
		}
		out.Host[host] = own
	}
	return &out, nil
}

// overlay sets an option, unless it is set.
func (h *HostConfig) overlay(key, value string) (said bool, err error) {
	at := strings.LastIndexByte(key, '.')
	if at < 0 {
		return false, errors.New("this is no option")
	}
	x, err := parseValue(value)
	if err != nil {
		return false, err
	}
	section, option := key[:at], key[at+1:]
	name, ofModule := strings.CutPrefix(section, "modules.")
	switch {
	case ofModule:
		own := maps.Clone(h.Modules[name])
		if said = put(&own, option, x); said {
			h.Modules[name] = own
		}
	case section == "archive":
		said = put(&h.Archive, option, x)
	default:
		err = errors.New("this is no option of a host")
	}
	return said, err
}

// put adds a value that is not there.
func put(s *Section, key string, x any) bool {
	if _, ok := (*s)[key]; ok {
		return false
	}
	if *s == nil {
		*s = Section{}
	}
	(*s)[key] = x
	return true
}

// parseValue reads one value of TOML.
func parseValue(text string) (any, error) {
	var tree map[string]any
	if err := toml.Unmarshal([]byte("v = "+text), &tree); err != nil {
		return nil, fmt.Errorf("%s is no value", text)
	}
	if x, ok := tree["v"]; ok && len(tree) == 1 {
		return x, nil
	}
	return nil, fmt.Errorf("%s is more than one value", text)
}

// Literal is a text as one value of TOML: what is none is taken as it was typed, as a text.
func Literal(text string) string {
	x, err := parseValue(text)
	if err != nil {
		return literalOf(text)
	}
	switch x.(type) {
	case string, bool, int64, []any:
		return literalOf(x)
	}
	return literalOf(text) // no option is a time or a table
}

// Reason is what is wrong with a value, without the file and the place in it.
func Reason(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return strings.TrimPrefix(e.Text, e.key+": ")
}
