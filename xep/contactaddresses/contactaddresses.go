// Package contactaddresses announces how people reach who runs a domain (XEP-0157).
package contactaddresses

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

// Config lists addresses as URIs. Nothing is announced unless it is given.
type Config struct {
	Abuse    []string `toml:"abuse" policy:"domain" max:"20" example:"[\"mailto:abuse@example.com\", \"xmpp:abuse@example.com\"]" doc:"Where to report abuse. This and the others below are URIs that everybody can see."`
	Admin    []string `toml:"admin" policy:"domain" max:"20" example:"[\"mailto:xmpp@example.com\"]" doc:"Who administers the chat of the domain."`
	Feedback []string `toml:"feedback" policy:"domain" max:"20" doc:"Where to send opinions."`
	Sales    []string `toml:"sales" policy:"domain" max:"20" doc:"Where to buy."`
	Security []string `toml:"security" policy:"domain" max:"20" doc:"Where to report security problems."`
	Status   []string `toml:"status" policy:"domain" max:"20" example:"[\"https://status.example.com\"]" doc:"Pages that tell how the service is."`
	Support  []string `toml:"support" policy:"domain" max:"20" doc:"Where to get help."`
}

// DefaultConfig announces nothing.
func DefaultConfig() Config { return Config{} }

// fields are the standard names (XEP-0157 § 7.1), in their order.
func (c *Config) fields() []field {
	return []field{
		{"abuse", c.Abuse}, {"admin", c.Admin}, {"feedback", c.Feedback}, {"sales", c.Sales},
		{"security", c.Security}, {"status", c.Status}, {"support", c.Support},
	}
}

type field struct {
	name      string
	addresses []string
}

// Validate says which addresses are no URIs (§ 3).
func (c *Config) Validate() error {
	var errs []error
	for _, f := range c.fields() {
		for _, a := range f.addresses {
			if u, err := url.Parse(a); err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" || xmpp.Clean(a) != a {
				errs = append(errs, &config.KeyError{Key: f.name,
					Text: fmt.Sprintf("%q is no URI; write mailto:NAME@DOMAIN, xmpp:NAME@DOMAIN or https://…", a)})
			}
		}
	}
	return errors.Join(errs...)
}

// Contact is the module.
type Contact struct {
	config *config.Options[Config]
}

// New returns the module.
func New(c *config.Options[Config]) *Contact { return &Contact{config: c} }

// Register names what it does.
func (c *Contact) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0157", Version: "1.1.1", Status: hook.Complete})
	r.Form(hook.Server, ns.ServerInfo, c.form) // § 3
}

// form lists the addresses of a domain, nil where there are none.
func (c *Contact) form(owner xmpp.JID) *xmpp.Element {
	cfg := c.config.Of(owner.Domain())
	x, any := form.New("result", ns.ServerInfo), false
	for _, f := range cfg.fields() {
		if len(f.addresses) > 0 {
			x.Add(form.Field("list-multi", f.name+"-addresses", "", f.addresses...))
			any = true
		}
	}
	if !any {
		return nil
	}
	return x
}
