package config

import (
	"maps"
	"reflect"
	"slices"
	"sort"
)

// Change is an option that two configurations have different values for.
type Change struct {
	Key      string // "listen.c2s", "modules.upload.max_file", "host.\"example.com\".modules.muc.room_creation"
	Old, New string // as TOML; "" where a host has no value of its own
	Restart  bool   // the new value is used after a restart only
}

// Changes lists what differs between two configurations that are valid, by key.
func Changes(before, after *Config, modules ...ModuleOptions) []Change {
	d := differences{before: before, after: after}
	d.values("", "", reflect.ValueOf(*before), reflect.ValueOf(*after))
	for _, m := range modules {
		a, b := fresh(m.Defaults), fresh(m.Defaults)
		if before.Module(m.Name, a) == nil && after.Module(m.Name, b) == nil {
			d.values("modules."+keyText(m.Name)+".", "", reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
		}
	}
	hosts := map[string]HostConfig{}
	maps.Copy(hosts, before.Host)
	maps.Copy(hosts, after.Host)
	for _, h := range sortedKeys(hosts) {
		d.host(h, modules)
	}
	sort.Slice(d.list, func(i, j int) bool { return d.list[i].Key < d.list[j].Key })
	return d.list
}

// differences collects them.
type differences struct {
	before, after *Config
	list          []Change
}

func (d *differences) values(prefix, restart string, a, b reflect.Value) {
	other := fields(b)
	for i, f := range fields(a) {
		needs := or(f.tag.Get("restart"), restart)
		switch {
		case f.val.Kind() == reflect.Struct && !isText(f.val):
			d.values(prefix+f.key+".", needs, f.val, other[i].val)
		case isSection(f.val): // of modules and hosts: they are compared by what is in them
		case !reflect.DeepEqual(f.val.Interface(), other[i].val.Interface()):
			d.list = append(d.list, Change{prefix + f.key, literal(f.val), literal(other[i].val), needs == "yes"})
		}
	}
}

// host compares what the file says of one host. A host that comes or goes does so at a restart, with all its values.
func (d *differences) host(name string, modules []ModuleOptions) {
	a, b := d.before.Host[name], d.after.Host[name]
	prefix, restart := "host."+keyText(name)+".", ""
	if !d.before.Serves(name) || !d.after.Serves(name) {
		restart = "yes"
	}
	d.values(prefix, restart, reflect.ValueOf(a), reflect.ValueOf(b))
	d.sections(prefix+"archive.", restart, a.Archive, b.Archive, reflect.ValueOf(Archive{}))
	for _, m := range modules {
		d.sections(prefix+"modules."+keyText(m.Name)+".", restart, a.Modules[m.Name], b.Modules[m.Name], reflect.ValueOf(fresh(m.Defaults)).Elem())
	}
}

func (d *differences) sections(prefix, restart string, a, b Section, options reflect.Value) {
	for _, f := range fields(options) {
		x, had := a[f.key]
		y, has := b[f.key]
		if had == has && reflect.DeepEqual(x, y) {
			continue
		}
		c := Change{Key: prefix + f.key, Restart: or(f.tag.Get("restart"), restart) == "yes"}
		if had {
			c.Old = literalOf(x)
		}
		if has {
			c.New = literalOf(y)
		}
		d.list = append(d.list, c)
	}
}

// Running is the configuration of a server that was started with one file and is given another: all values of the new
// file but for those that need a restart.
func Running(started, loaded *Config) *Config {
	c := *loaded
	keep(reflect.ValueOf(*started), reflect.ValueOf(&c).Elem())
	c.Host = map[string]HostConfig{}
	for _, h := range started.Hosts {
		own, was := loaded.Host[h], started.Host[h]
		if !slices.Contains(loaded.Hosts, h) {
			own = was // it goes at the restart
		}
		keep(reflect.ValueOf(was), reflect.ValueOf(&own).Elem())
		c.Host[h] = own
	}
	return &c
}

// keep takes over the values that need a restart.
func keep(from, into reflect.Value) {
	other := fields(from)
	for i, f := range fields(into) {
		switch {
		case f.tag.Get("restart") == "yes":
			f.val.Set(other[i].val)
		case f.val.Kind() == reflect.Struct && !isText(f.val):
			keep(other[i].val, f.val)
		}
	}
}
