// Package outage announces where clients find the state of the service when it cannot be reached (XEP-0455): files that
// the operator keeps on another machine.
package outage

import (
	"errors"
	"fmt"
	"net/url"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Config lists the files. Nothing is announced unless they are given.
type Config struct {
	Status []string `toml:"status" max:"10" example:"[\"https://status.example.org/chat.json\"]" doc:"Addresses of files in the format of XEP-0455 that tell of outages. Clients read them when they cannot reach this server, so they are to be on another one, that is trusted."`
}

// DefaultConfig announces nothing.
func DefaultConfig() Config { return Config{} }

// Validate says which addresses clients cannot read (§ 2.1): they need HTTP.
func (c *Config) Validate() error {
	var errs []error
	for _, a := range c.Status {
		if u, err := url.Parse(a); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || xmpp.Clean(a) != a {
			errs = append(errs, &config.KeyError{Key: "status", Text: fmt.Sprintf("%q is no address of a file; write https://…", a)})
		}
	}
	return errors.Join(errs...)
}

// Outage is the module.
type Outage struct {
	config *config.Options[Config]
}

// New returns the module.
func New(c *config.Options[Config]) *Outage { return &Outage{config: c} }

// Register names what it does.
func (o *Outage) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0455", Version: "0.4.0", Status: hook.Complete})
	r.Form(hook.Server, ns.Outage, o.form) // § 2.1
}

// form lists the addresses of a domain, nil where there are none.
func (o *Outage) form(owner xmpp.JID) *xmpp.Element {
	list := o.config.Of(owner.Domain()).Status
	if len(list) == 0 {
		return nil
	}
	return form.New("result", ns.Outage).Add(form.Field("list-multi", "external-status-addresses", "", list...)) // § 9.1
}
