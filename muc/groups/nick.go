package groups

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"myna/muc"
	"myna/xmpp"
)

// people are the members of the room, each with a nick of the own.
func people(room xmpp.JID, members []Member) []muc.Person {
	list := make([]Member, 0, len(members))
	for _, m := range members {
		if m.Kind == Chat {
			list = append(list, m)
		}
	}
	// Of several people with one name, whoever was first keeps it bare, whatever the order of the targets.
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(a.Account.Created.Compare(b.Account.Created), strings.Compare(a.JID.String(), b.JID.String()))
	})
	taken := make(map[string]bool, len(list))
	out := make([]muc.Person, 0, len(list))
	for _, m := range list {
		aff := muc.Member
		if m.Lead {
			aff = muc.Admin
		}
		out = append(out, muc.Person{JID: m.JID, Nick: nick(room, m, taken), Affiliation: aff})
	}
	slices.SortFunc(out, func(a, b muc.Person) int { return strings.Compare(a.JID.String(), b.JID.String()) })
	return out
}

// nick is the display name, in the form that everybody's client gives it (RFC 8266 § 2, RFC 7622 § 3.4).
func nick(room xmpp.JID, m Member, taken map[string]bool) string {
	name := strings.Join(strings.Fields(norm.NFC.String(m.Account.Name)), " ")
	if usable(room, name) == "" {
		name = m.JID.Local()
	}
	for n := 0; ; n++ {
		try := name
		switch {
		case n == 1:
			try = name + " (" + m.JID.Local() + ")"
		case n == 2:
			try = name + " (" + m.JID.String() + ")"
		case n > 2:
			try = fmt.Sprintf("%s (%s %d)", name, m.JID, n)
		}
		key := usable(room, try)
		if key != "" && !taken[key] {
			taken[key] = true
			return try
		}
		if key == "" && n > 2 {
			return "" // cannot be: localparts are short and may be nicks
		}
	}
}

// usable is the key by which nicks are compared (RFC 8266 § 2.4), "" for what cannot be one.
func usable(room xmpp.JID, name string) string {
	addr, err := room.WithResource(name)
	if err != nil || addr.Resource() != name {
		return ""
	}
	key, err := precis.Nickname.CompareKey(name)
	if err != nil {
		return ""
	}
	return key
}
