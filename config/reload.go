package config

import (
	"reflect"
	"sort"
)

// Change is an option that two configurations have different values for.
type Change struct {
	Key     string // "listen.c2s", "modules.upload", "host.\"example.com\""
	Restart bool   // the new value is used after a restart only
}

// Changes lists what differs between two configurations, by key. Sections of modules are compared as a whole; which of
// a module's options need a restart is told by the tags that ModuleChanges reads.
func Changes(before, after *Config) []Change {
	var list []Change
	changes("", "", reflect.ValueOf(*before), reflect.ValueOf(*after), &list)
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	return list
}

// ModuleChanges is Changes for two values of a module's options, structs or pointers to them.
func ModuleChanges(name string, before, after any) []Change {
	var list []Change
	changes("modules."+keyText(name)+".", "", reflect.ValueOf(fresh(before)).Elem(), reflect.ValueOf(fresh(after)).Elem(), &list)
	return list
}

func changes(prefix, restart string, a, b reflect.Value, list *[]Change) {
	other := fields(b)
	for i, f := range fields(a) {
		needs := or(f.tag.Get("restart"), restart)
		switch {
		case f.val.Kind() == reflect.Struct && !isText(f.val):
			changes(prefix+f.key+".", needs, f.val, other[i].val, list)
		case f.val.Kind() == reflect.Map:
			keys := map[string]bool{}
			for _, m := range []reflect.Value{f.val, other[i].val} {
				for it := m.MapRange(); it.Next(); {
					keys[it.Key().String()] = true
				}
			}
			for _, k := range sortedKeys(keys) {
				x, y := f.val.MapIndex(reflect.ValueOf(k)), other[i].val.MapIndex(reflect.ValueOf(k))
				if !x.IsValid() || !y.IsValid() || !reflect.DeepEqual(x.Interface(), y.Interface()) {
					*list = append(*list, Change{prefix + f.key + "." + keyText(k), needs == "yes"})
				}
			}
		case !reflect.DeepEqual(f.val.Interface(), other[i].val.Interface()):
			*list = append(*list, Change{prefix + f.key, needs == "yes"})
		}
	}
}
