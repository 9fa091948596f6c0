package admin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
)

// If is the condition of a change: what is changed is still what the caller has seen.
type If struct {
	Version []string `json:"if_version,omitempty"` // one of these; "*" is any that there is; empty: no condition
}

// Version tells versions of something apart that is changed under a condition: an account, an alias, an option or a message of a
// domain. The same text stands for the same content. What changes by itself, or depends on who asks, does not count.
func Version(v any) string {
	switch x := v.(type) {
	case Account:
		x.Online = 0
		v = x
	case AccountDetail:
		return Version(x.Account)
	case Alias:
		x.Room = "" // it is there soon after the alias is
		v = x
	case AliasDetail:
		return Version(x.Alias)
	case Policy:
		v = [...]string{x.Key, x.Value, x.Source}
	}
	b, err := json.Marshal(v)
	if err != nil { // a value of ours can be written
		return ""
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// check compares with what there is now.
func (i If) check(now any) error {
	if len(i.Version) == 0 || slices.Contains(i.Version, "*") || slices.Contains(i.Version, Version(now)) {
		return nil
	}
	return refuse(Changed, "changed-meanwhile", "it was changed meanwhile; read it again, and decide anew")
}

// missing refuses a condition where there is nothing.
func (i If) missing() error {
	if len(i.Version) == 0 {
		return nil
	}
	return refuse(Changed, "gone-meanwhile", "it is not there any more")
}
