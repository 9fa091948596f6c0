package config

import (
	"reflect"
	"slices"
	"strings"
)

// HostValue is an option that a host may have a value of its own for.
type HostValue struct {
	Key            string // "modules.muc.room_creation", "archive.retention_days"
	Value, Default string // as TOML
	Source         string // who says so: "default", "server" and "domain": the file; "page": an Overlay
	Words          []string
	Doc            string
	Restart        bool // it changes by a restart only
	Domain         bool // whoever administers the domain may decide it
	FileOnly       bool // nobody decides it elsewhere than in the file
}

// HostValues lists the options that may differ from host to host, as they are for one.
func (c *Config) HostValues(host string, modules ...ModuleOptions) ([]HostValue, error) {
	own, err := c.HostArchive(host)
	if err != nil {
		return nil, err
	}
	list := hostValues("archive.", reflect.ValueOf(Default().Archive), reflect.ValueOf(c.Archive), reflect.ValueOf(own), c.Host[host].Archive)
	for _, m := range modules {
		all, one := fresh(m.Defaults), fresh(m.Defaults)
		if err := c.Module(m.Name, all); err != nil {
			return nil, err
		}
		if err := c.HostModule(host, m.Name, one); err != nil {
			return nil, err
		}
		list = append(list, hostValues("modules."+keyText(m.Name)+".", reflect.ValueOf(fresh(m.Defaults)).Elem(), reflect.ValueOf(all).Elem(),
			reflect.ValueOf(one).Elem(), c.Host[host].Modules[m.Name])...)
	}
	for i := range list {
		if list[i].Source == "domain" && slices.Contains(c.overlaid[host], list[i].Key) {
			list[i].Source = "page"
		}
	}
	return list, nil
}

// hostValues are those of a section: of the defaults, of all hosts, and of one.
func hostValues(prefix string, defaults, all, one reflect.Value, said Section) []HostValue {
	var list []HostValue
	before, server := fields(defaults), fields(all)
	for i, f := range fields(one) {
		if serverWide(f.tag) != "" || isSection(f.val) {
			continue
		}
		v := HostValue{Key: prefix + f.key, Value: literal(f.val), Default: literal(before[i].val), Source: "default", Doc: f.tag.Get("doc"),
			Restart: f.tag.Get("restart") == "yes", Domain: f.tag.Get("policy") == "domain", FileOnly: f.tag.Get("policy") == "file"}
		if words := f.tag.Get("oneof"); words != "" {
			v.Words = strings.Split(words, "|")
		}
		if literal(server[i].val) != v.Default {
			v.Source = "server"
		}
		if _, ok := said[f.key]; ok {
			v.Source = "domain"
		}
		list = append(list, v)
	}
	return list
}
