package admin

import "context"

// Policy is an option that a domain may have a value of its own for.
type Policy struct {
	Key     string   `json:"key"`               // as in the configuration: "modules.muc.room_creation"
	Value   string   `json:"value"`             // as TOML
	Default string   `json:"default"`           // likewise
	Source  string   `json:"source"`            // "default"; "server": the file says so for all; "domain": it says so for this one
	Words   []string `json:"words,omitempty"`   // what else it may be
	Doc     string   `json:"doc"`               // what it is for
	Restart bool     `json:"restart,omitempty"` // a restart is needed to change it
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
		return nil, refuse(Invalid, "a domain is needed, such as %s", a.example())
	}
	if a.Policies == nil {
		return nil, notRunning()
	}
	list, err := a.Policies(domain)
	return append([]Policy{}, list...), stored(err, "read options", domain)
}
