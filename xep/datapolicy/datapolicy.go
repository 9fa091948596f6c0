// Package datapolicy tells users how their data are handled (XEP-0504): what the server knows of itself, and what its
// operator adds.
package datapolicy

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Config is what the operator says. Nothing is announced unless Announce is set: it is a promise to users.
type Config struct {
	Announce         bool     `toml:"announce" doc:"Tells users how their data are handled (XEP-0504): how passwords come to the server and for how long messages are kept, which it knows, and the options below, which are the operator's word."`
	EncryptionAtRest bool     `toml:"encryption_at_rest" doc:"The disk of the server is encrypted."`
	Export           bool     `toml:"export" doc:"Users get all their data if they ask for it."`
	Deletion         bool     `toml:"deletion" doc:"Users can have what they wrote deleted."`
	Terms            string   `toml:"terms" example:"\"https://example.com/terms\"" doc:"Where the terms of service are."`
	Access           []string `toml:"access" max:"7" doc:"Who can see data of users: admins, moderators, organization_member, government, advertisers, partners; or none, alone."`
	BackupHours      int      `toml:"backup_hours" min:"-1" doc:"Most hours between two backups; 0: there are none, -1: nothing is said."`
	BackupKept       string   `toml:"backup_kept" doc:"For how many hours backups are kept, infinite or unknown; empty: nothing is said."`
	Info             string   `toml:"info" max:"4000" doc:"What else users should know."`
}

// DefaultConfig says nothing.
func DefaultConfig() Config { return Config{Access: []string{"admins"}, BackupHours: -1} }

// Validate says what XEP-0504 does not know.
func (c *Config) Validate() error {
	known := []string{"admins", "moderators", "organization_member", "government", "advertisers", "partners", "none"}
	for _, a := range c.Access {
		if !slices.Contains(known, a) || a == "none" && len(c.Access) > 1 { // § 3.9
			return &config.KeyError{Key: "access", Text: fmt.Sprintf("%q cannot be there; known are %v, and none stands alone", a, known)}
		}
	}
	if u, err := url.Parse(c.Terms); c.Terms != "" && (err != nil || u.Scheme == "" || xmpp.Clean(c.Terms) != c.Terms) { // § 3.6
		return &config.KeyError{Key: "terms", Text: fmt.Sprintf("%q is no URI; write https://…", c.Terms)}
	}
	if n, err := strconv.ParseUint(c.BackupKept, 10, 31); c.BackupKept != "" && c.BackupKept != "infinite" && c.BackupKept != "unknown" &&
		(err != nil || strconv.FormatUint(n, 10) != c.BackupKept) { // § 3.12
		return &config.KeyError{Key: "backup_kept", Text: fmt.Sprintf("%q is no number of hours, infinite or unknown", c.BackupKept)}
	}
	return nil
}

// Known is what the server knows of itself.
type Known struct {
	Plain  bool // passwords may come to it as they are
	Days   int  // messages are kept for so long; 0: for ever
	Stored bool // messages are kept at all
	Erased bool // users can delete their accounts
}

// Options are what a Policy is made of.
type Options struct {
	Config *config.Options[Config]
	Known  func(domain string) Known
}

// Policy is the module.
type Policy struct{ Options }

// New returns the module.
func New(o Options) *Policy { return &Policy{o} }

// Register names what it does.
func (p *Policy) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0504", Version: "0.1.0", Status: hook.Complete, Note: "where modules.datapolicy.announce is on; without location"})
	r.Form(hook.Server, ns.DataPolicy, p.form) // § 3
}

// form is the policy of a domain (§ 4), nil where none is announced.
func (p *Policy) form(owner xmpp.JID) *xmpp.Element {
	c, k := p.Config.Of(owner.Domain()), p.Known(owner.Domain())
	if !c.Announce {
		return nil
	}
	auth, kept := "hidden", "infinite" // § 3.1, § 3.3
	if k.Plain {
		auth = "plain"
	}
	switch {
	case !k.Stored:
		kept = "0"
	case k.Days > 0:
		kept = strconv.Itoa(k.Days * 24)
	}
	x := form.New("result", ns.DataPolicy).Add(
		form.Field("list-single", "auth_data", "", auth),
		form.Field("text-single", "data_retention", "", kept),
		form.Field("boolean", "data_deletion", "", strconv.FormatBool(c.Deletion)),
		form.Field("boolean", "encryption_at_rest", "", strconv.FormatBool(c.EncryptionAtRest)),
		form.Field("boolean", "data_export", "", strconv.FormatBool(c.Export)),
		form.Field("boolean", "full_erasure", "", strconv.FormatBool(k.Erased)),
	)
	add := func(typ, name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			x.Add(form.Field(typ, name, "", values...))
		}
	}
	add("text-single", "tos", c.Terms)
	add("list-multi", "access_policy", c.Access...)
	if c.BackupHours >= 0 {
		add("text-single", "backup_frequency", strconv.Itoa(c.BackupHours))
	}
	add("text-single", "backup_retention", c.BackupKept)
	add("text-multi", "extra_info", c.Info)
	return x
}
