package groups

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// directory is the accounts of a test, in the order of their creation.
type directory []storage.Account

func (d directory) Account(j xmpp.JID) (storage.Account, bool) {
	i := slices.IndexFunc(d, func(a storage.Account) bool { return a.JID == j })
	if i < 0 {
		return storage.Account{}, false
	}
	return d[i], true
}

func (d directory) Each(domain string) iter.Seq[storage.Account] {
	return func(yield func(storage.Account) bool) {
		for _, a := range d {
			if a.JID.Domain() == domain && !yield(a) {
				return
			}
		}
	}
}

func jid(s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		panic(err)
	}
	return j
}

// world of the tables: an, ba, ca are people, off is disabled, mail has no chat; at example.org another domain of ours.
var townsfolk = []string{"an", "ba", "ca", "off", "mail"}

func townDirectory() directory {
	var d directory
	for i, name := range townsfolk {
		d = append(d, storage.Account{JID: jid(name + "@example.com"), Created: time.Unix(int64(i), 0), Disabled: name == "off", ChatOff: name == "mail"})
	}
	return append(d, storage.Account{JID: jid("ba@example.org"), Created: time.Unix(9, 0)})
}

// snap makes a snapshot of aliases written "name: target target", with the words everyone and deleted for those
// properties, and lead=name.
func snap(defs ...string) *Snapshot {
	s := &Snapshot{Aliases: map[xmpp.JID]*storage.Alias{}, Accounts: townDirectory(), Local: func(d string) bool { return d != "elsewhere" }}
	full := func(name string) string {
		if strings.Contains(name, "@") {
			return name
		}
		return name + "@example.com"
	}
	for _, def := range defs {
		name, rest, _ := strings.Cut(def, ":")
		al := &storage.Alias{JID: jid(full(name)), GroupChat: true}
		for _, word := range strings.Fields(rest) {
			lead, isLead := strings.CutPrefix(word, "lead=")
			switch {
			case word == "everyone":
				al.Everyone = true
			case word == "deleted":
				al.Deleted = time.Unix(1, 0)
			case isLead:
				al.Leads = append(al.Leads, jid(full(lead)))
			default:
				al.Targets = append(al.Targets, full(word))
			}
		}
		s.Aliases[al.JID] = al
	}
	return s
}

// chain is n aliases, each in the one before; the last names an.
func chain(n int) []string {
	var defs []string
	for i := range n {
		defs = append(defs, fmt.Sprintf("a%d: a%d", i, i+1))
	}
	return append(defs, fmt.Sprintf("a%d: an", n))
}

// short writes a resolution in one line, without the domain example.com.
func short(r Resolution) string {
	var list []string
	for _, m := range r.Members {
		text := m.JID.String()
		for _, via := range m.Via {
			text += "<" + via.String()
		}
		if m.Kind != Chat {
			text += " " + string(m.Kind)
		}
		if m.Lead {
			text += " lead"
		}
		list = append(list, text)
	}
	text := strings.Join(list, ", ")
	for _, w := range r.Warnings {
		text += "; " + w
	}
	return strings.ReplaceAll(text, "@example.com", "")
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name string
		defs []string // the first is resolved
		want string
	}{
		{"accounts in order, once", []string{"a: ba an ba"}, "ba, an"},
		{"states of accounts", []string{"a: an off mail"}, "an, off disabled, mail mail"},
		{"outside is mail only", []string{"a: an x@elsewhere"}, "an, x@elsewhere external"},
		{"another domain of ours", []string{"a: ba@example.org"}, "ba@example.org"},
		{"nested", []string{"a: b an", "b: ba c", "c: ca"}, "an, ba<b, ca<b<c"},
		{"the shortest way", []string{"a: b an", "b: an ba", "c: an"}, "an, ba<b"},
		{"two ways to one alias are no loop", []string{"a: b c", "b: d", "c: d", "d: an"}, "an<b<d"},
		{"itself", []string{"a: a an"}, "an; a loop was ignored: a → a"},
		{"loop", []string{"a: b", "b: c an", "c: b ba"}, "an<b, ba<b<c; a loop was ignored: b → c → b"},
		{"loop through the root", []string{"a: b", "b: a an"}, "an<b; a loop was ignored: a → b → a"},
		{"loop between sisters", []string{"a: b c", "b: c an", "c: b ba"}, "an<b, ba<c; a loop was ignored: b → c → b"},
		{"everyone", []string{"a: everyone"}, "an, ba, ca, off disabled, mail mail"},
		{"everyone of the inner domain", []string{"a: all@example.org an", "all@example.org: everyone"}, "an, ba@example.org<all@example.org"},
		{"deleted alias", []string{"a: b an", "b: deleted ba"}, "an; b, a target of a, is deleted"},
		{"deleted root still resolves", []string{"a: deleted an"}, "an"},
		{"nobody", []string{"a: nobody an"}, "an; nobody, a target of a, is neither an account nor an alias"},
		{"leads", []string{"a: an ba lead=ba lead=ca"}, "an, ba lead; the lead ca is no member"},
		{"lead of an inner alias is none outside", []string{"a: b", "b: an lead=an"}, "an<b"},
		{"deep enough", chain(maxDepth), "an<" + via(maxDepth)},
		{"too deep", chain(maxDepth + 1), fmt.Sprintf("; a%d is nested deeper than 10 aliases and was ignored", maxDepth+1)},
	} {
		s := snap(c.defs...)
		name, _, _ := strings.Cut(c.defs[0], ":")
		if got := short(s.Resolve(jid(name + "@example.com"))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func via(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("a%d", i+1))
	}
	return strings.Join(list, "<")
}

// Loops are counted, those through the alias itself and those of others.
func TestLoopsAreCounted(t *testing.T) {
	s := snap("a: b an", "b: a a ba")
	if got := s.Resolve(jid("a@example.com")); got.Loops != 1 {
		t.Errorf("%d loops: %v", got.Loops, got.Warnings)
	}
	if got := snap("a: a b", "b: c", "c: b an").Resolve(jid("a@example.com")); got.Loops != 2 {
		t.Errorf("%d loops: %v", got.Loops, got.Warnings)
	}
}

func TestTouched(t *testing.T) {
	s := snap("a: b", "b: c an", "c: ca", "d: ba", "all: everyone", "outer: all", "all@example.org: everyone", "old: deleted an")
	users := s.users()
	for who, want := range map[string]string{
		"ca": "a all b c ca outer", "c": "a b c", "b": "a b", "ba": "all ba d outer", "new": "all new outer", "old": "old",
	} {
		var names []string
		for _, j := range s.touched(jid(who+"@example.com"), users) {
			names = append(names, strings.TrimSuffix(j.String(), "@example.com"))
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s touches %s, want %s", who, got, want)
		}
	}
}

func TestNicks(t *testing.T) {
	room := jid("r@groups.example.com")
	for _, c := range []struct {
		names []string // display names of a, b, c, … in the order of their creation
		want  string
	}{
		{[]string{"Lan", "Minh"}, "Lan, Minh"},
		{[]string{"", "  "}, "a, b"},
		{[]string{"Nguyễn Văn An", "Nguye\u0302\u0303n Va\u0306n An"}, "Nguyễn Văn An, Nguyễn Văn An (b)"}, // decomposed
		{[]string{"Lan", "LAN", "ｌａｎ"}, "Lan, LAN (b), ｌａｎ (c)"},                                           // RFC 8266 § 2.4
		{[]string{" Lan \t Anh ", "Lan Anh"}, "Lan Anh, Lan Anh (b)"},
		{[]string{"Lan (c)", "Lan", "Lan"}, "Lan (c), Lan, Lan (c@example.com)"},
		{[]string{"a\u202eb"}, "a"}, // no resource (RFC 7622 § 3.4)
		{[]string{"b", ""}, "b, b (b)"},
	} {
		var members []Member
		for i, name := range c.names {
			j := jid(string(rune('a'+i)) + "@example.com")
			members = append(members, Member{JID: j, Kind: Chat, Account: storage.Account{JID: j, Name: name, Created: time.Unix(int64(i), 0)}})
		}
		slices.Reverse(members) // the order of targets does not matter
		var got []string
		for _, p := range people(room, members) {
			got = append(got, p.Nick)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%q get the nicks %q, want %q", c.names, strings.Join(got, ", "), c.want)
		}
	}
}
