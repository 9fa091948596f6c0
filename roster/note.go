package roster

import "fmt"

// PassedLimit is a line for the administrator who has just created so many accounts of a domain and made it too large for a
// shared roster of everybody; "" where that did not happen.
func (r *Roster) PassedLimit(domain string, created int) string {
	cfg := r.Config.Of(domain)
	if !cfg.Shared || r.Accounts == nil {
		return ""
	}
	n := 0
	for a := range r.Accounts.Each(domain) {
		if !a.Disabled && !a.ChatOff {
			n++
		}
	}
	if n <= cfg.SharedLimit || n-created > cfg.SharedLimit {
		return ""
	}
	return fmt.Sprintf("%s has more than %d accounts now: contact lists hold the members of one's groups, recent contacts and whom "+
		"one adds, no longer everybody; others are found by the search (shared_limit in [modules.contacts]).", domain, cfg.SharedLimit)
}
