package admin

import (
	"context"
	"errors"
	"strings"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// Policy is an option that a domain may have a value of its own for.
type Policy struct {
	Key      string   `json:"key"`                 // as in the configuration: "modules.muc.room_creation"
	Value    string   `json:"value"`               // as TOML
	Default  string   `json:"default"`             // likewise
	Source   string   `json:"source"`              // "default"; "server": the file says so for all; "domain": it says so for this one; "page": SetPolicy
	Words    []string `json:"words,omitempty"`     // what else it may be
	Doc      string   `json:"doc"`                 // what it is for
	Restart  bool     `json:"restart,omitempty"`   // a restart is needed to change it
	Domain   bool     `json:"domain,omitempty"`    // who administers the domain may decide it
	FileOnly bool     `json:"file_only,omitempty"` // only the configuration file says it
	Editable bool     `json:"editable,omitempty"`  // SetPolicy would take it of who asks
}

// ListPolicies asks for the options of a domain.
type ListPolicies struct {
	Domain string `json:"domain,omitempty"` // of an administrator of a domain: the own one
}

// ListPolicies lists the options of a domain, as they are in use.
func (a *Admin) ListPolicies(_ context.Context, who Actor, r ListPolicies) ([]Policy, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	if domain == "" {
		return nil, refuse(Invalid, "domain-missing", "a domain is needed, such as %s", a.example())
	}
	if a.Policies == nil {
		return nil, refuse(Conflict, "options-not-running", "the server does not run, so no options are in use; start it with myna serve")
	}
	list, err := a.Policies(domain)
	for i := range list {
		list[i].Editable = editable(who, &list[i]) == nil
	}
	return append([]Policy{}, list...), stored(err, "read options", domain)
}

// editable tells why somebody cannot decide an option.
func editable(who Actor, p *Policy) error {
	switch {
	case who.Role != storage.ServerAdmin && !p.Domain:
		return refuse(Forbidden, "option-server", "%s is for administrators of the server", p.Key)
	case p.FileOnly:
		return refuse(Conflict, "option-file", "%s is set in the configuration file only", p.Key)
	case p.Restart:
		return refuse(Conflict, "option-restart", "%s is used from the next start on; set it in the configuration file", p.Key)
	case p.Source == "domain":
		return refuse(Conflict, "option-domain-file", "the configuration file says what %s is for this domain; change it there", p.Key)
	}
	return nil
}

// SetPolicy asks to set an option of a domain.
type SetPolicy struct {
	Domain string `json:"domain"`
	Key    string `json:"key"`
	Value  string `json:"value"`            // as TOML; what is none is a text
	New    bool   `json:"if_new,omitempty"` // there must be none: every option has a value, so this is always refused
	If
}

// SetPolicy sets an option of a domain; it is in use at once, and stays over restarts. What the configuration file says of this
// domain counts more: there the operator decides what is not left to others.
func (a *Admin) SetPolicy(ctx context.Context, who Actor, r SetPolicy) (Policy, error) {
	if strings.TrimSpace(r.Value) == "" {
		return Policy{}, refuse(Invalid, "value-missing", "a value is needed")
	}
	if len(r.Value) > 10_000 {
		return Policy{}, refuse(Invalid, "value-too-long", "the value is too long")
	}
	return a.decide(ctx, who, "policy.set", r)
}

// ResetPolicy asks to have an option be what the configuration says.
type ResetPolicy struct {
	Domain string `json:"domain"`
	Key    string `json:"key"`
	If
}

// ResetPolicy takes back what SetPolicy has set.
func (a *Admin) ResetPolicy(ctx context.Context, who Actor, r ResetPolicy) (Policy, error) {
	return a.decide(ctx, who, "policy.reset", SetPolicy{Domain: r.Domain, Key: r.Key, If: r.If})
}

func (a *Admin) decide(ctx context.Context, who Actor, action string, r SetPolicy) (Policy, error) {
	a.decisions.Lock()
	defer a.decisions.Unlock()
	before, err := a.policy(ctx, who, r.Domain, r.Key)
	if err != nil {
		return Policy{}, err
	}
	if err := editable(who, &before); err != nil {
		return Policy{}, err
	}
	if r.New {
		return Policy{}, refuse(Changed, "there-already", "%s is there already", r.Key)
	}
	if err := r.check(before); err != nil {
		return Policy{}, err
	}
	domain, err := xmpp.ParseJID(r.Domain)
	if err != nil {
		return Policy{}, err
	}
	err = a.Decide(ctx, domain.Domain(), r.Key, strings.TrimSpace(r.Value))
	var refused *Error
	if errors.As(err, &refused) {
		return Policy{}, err
	}
	if err != nil {
		return Policy{}, stored(err, "set option", r.Key)
	}
	after, err := a.policy(ctx, who, r.Domain, r.Key)
	if err == nil && (after.Value != before.Value || after.Source != before.Source) {
		a.audit(ctx, who, action, domain, map[string]string{r.Key: before.Value}, map[string]string{r.Key: after.Value})
	}
	return after, err
}

// ShowPolicy asks for one option of a domain.
type ShowPolicy struct {
	Domain string `json:"domain"`
	Key    string `json:"key"`
}

// ShowPolicy tells an option of a domain, as it is in use.
func (a *Admin) ShowPolicy(ctx context.Context, who Actor, r ShowPolicy) (Policy, error) {
	return a.policy(ctx, who, r.Domain, r.Key)
}

// policy is one option.
func (a *Admin) policy(ctx context.Context, who Actor, domain, key string) (Policy, error) {
	list, err := a.ListPolicies(ctx, who, ListPolicies{Domain: domain})
	if err != nil {
		return Policy{}, err
	}
	keys := make([]string, len(list))
	for i, p := range list {
		if p.Key == key {
			return p, nil
		}
		keys[i] = p.Key
	}
	if near := config.Nearest(key, keys); near != "" {
		return Policy{}, refuse(NotFound, "no-option-near", "there is no option %s; did you mean %s?", key, near)
	}
	return Policy{}, refuse(NotFound, "no-option", "there is no option %s of a domain", key)
}

// ReloadConfig reads the configuration file anew. It returns in words what is different now, and what needs a restart.
func (a *Admin) ReloadConfig(ctx context.Context, who Actor, _ Nothing) (Reloaded, error) {
	if err := a.server(who); err != nil {
		return Reloaded{}, err
	}
	if a.Reload == nil {
		return Reloaded{}, refuse(Conflict, "no-reload", "there is nothing to reload: the server does not run, or has no configuration file")
	}
	changed, err := a.Reload(ctx, who)
	if err != nil {
		return Reloaded{}, refuse(Invalid, "reload-failed", "nothing was changed: %v", err)
	}
	return Reloaded{append([]string{}, changed...)}, nil
}
