package config

import (
	"reflect"
	"sync/atomic"
)

// Options are a module's options while the server runs: those of each host, replaced as a whole at a reload. A module asks
// for them whenever it needs one, and keeps none. The methods may be called on any goroutine.
type Options[C any] struct {
	defaults C
	complete func(cfg *Config, host string, own *C) error // nil: nothing is added
	current  atomic.Pointer[optionSet[C]]
}

// optionSet never changes.
type optionSet[C any] struct {
	all   *C
	hosts map[string]*C // by host, and by the names of the host's services
	mixed bool          // some host has other values than all
}

// NewOptions returns options that are the defaults for all hosts, until they are loaded.
func NewOptions[C any](defaults C) *Options[C] {
	o := &Options[C]{defaults: defaults}
	o.current.Store(&optionSet[C]{all: &defaults})
	return o
}

// Completed has complete add what the section of the module does not hold; host is "" for the values of all hosts.
func (o *Options[C]) Completed(complete func(cfg *Config, host string, own *C) error) *Options[C] {
	o.complete = complete
	return o
}

// Of returns the values of a host, which may be named by one of its services: groups.example.com has the values of
// example.com. Other domains have those of All. They must not be changed.
func (o *Options[C]) Of(domain string) *C {
	set := o.current.Load()
	if own := set.hosts[domain]; own != nil {
		return own
	}
	return set.all
}

// All returns the values of hosts that have no own. They must not be changed.
func (o *Options[C]) All() *C { return o.current.Load().all }

// Uniform returns the values that all hosts have, and false where they differ: for who would ask for those of two hosts at each
// stanza. They must not be changed.
func (o *Options[C]) Uniform() (*C, bool) {
	set := o.current.Load()
	return set.all, !set.mixed
}

// Frozen returns options that stay what these are now.
func (o *Options[C]) Frozen() *Options[C] {
	f := &Options[C]{defaults: o.defaults, complete: o.complete}
	f.current.Store(o.current.Load())
	return f
}

// Defaults returns a pointer to a copy of the defaults.
func (o *Options[C]) Defaults() any { return fresh(o.defaults) }

// Load decodes the values of all hosts from the sections of a module. They are in use when take is called: a reload loads
// everything before it takes anything. What was loaded before keeps the values that need a restart.
func (o *Options[C]) Load(cfg *Config, name string) (take func(), err error) {
	all, err := o.of(cfg, name, "")
	if err != nil {
		return nil, err
	}
	if before := o.current.Load(); before.hosts != nil {
		keep(reflect.ValueOf(before.all).Elem(), reflect.ValueOf(all).Elem())
	}
	set := &optionSet[C]{all: all, hosts: map[string]*C{}}
	for _, host := range cfg.Hosts {
		own, err := o.of(cfg, name, host)
		if err != nil {
			return nil, err
		}
		if before := o.current.Load(); before.hosts[host] != nil {
			keep(reflect.ValueOf(before.hosts[host]).Elem(), reflect.ValueOf(own).Elem())
		}
		for _, n := range []string{host, cfg.GroupsHost(host), cfg.UploadHost(host), cfg.PubSubHost(host)} {
			set.hosts[n] = own
		}
		set.mixed = set.mixed || !reflect.DeepEqual(own, all)
	}
	return func() { o.current.Store(set) }, nil
}

func (o *Options[C]) of(cfg *Config, name, host string) (*C, error) {
	own := o.defaults
	err := cfg.Module(name, &own)
	if host != "" {
		own = o.defaults
		err = cfg.HostModule(host, name, &own)
	}
	if err != nil {
		return nil, err
	}
	if o.complete != nil {
		err = o.complete(cfg, host, &own)
	}
	return &own, err
}

// serverWide is the reason why an option cannot differ from host to host, "" where it can.
func serverWide(tag reflect.StructTag) string { return tag.Get("serverwide") }

// refuseServerWide tells that an option of a host is one of the server.
func (d *decoder) refuseServerWide(path []string, reason string) {
	rest := path[2:] // behind host and its name
	d.fail(path, "%s cannot differ from host to host: %s; set it in [%s]", keyPath(path), reason, keyPath(rest[:len(rest)-1]))
}

// HostArchive is [archive] with the values of [host."HOST".archive] on top.
func (c *Config) HostArchive(host string) (Archive, error) {
	own := c.Archive
	section, ok := c.Host[host].Archive, host != ""
	if !ok || section == nil {
		return own, nil
	}
	d := decoder{src: c.src}
	d.table([]string{"host", host, "archive"}, section, reflect.ValueOf(&own).Elem())
	if err := join(d.errs); err != nil {
		return c.Archive, err
	}
	return own, nil
}
