package muc

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"myna/xmpp"
)

// settings are a room's configuration, read from storage.Room.Config. The keys there are the fields of muc#roomconfig
// (XEP-0045 § 16.5.3) without prefix; keys that begin with "x-" are the room's own.
type settings struct {
	Name          string
	Description   string
	Lang          string
	Secret        string // the password
	Persistent    bool
	Public        bool
	MembersOnly   bool
	Moderated     bool
	Protected     bool   // by the password
	NonAnonymous  bool   // whois "anyone"
	ChangeSubject bool   // participants may
	AllowInvites  bool   // members may, into a room for members only; elsewhere everybody may
	MemberList    roles  // with which members may ask for it; only where the room is non-anonymous (§ 5.2.1)
	Slow          int    // seconds between two messages of the same person; 0: any (XEP-0500)
	PubSub        string // the address of a node that belongs to the room
	Registration  string // "x-registration": who may register, RegisterDefault and its siblings
	Logging       bool   // the archive is on
	MaxUsers      int    // 0: no limit
	History       int    // most messages that somebody who enters gets
	Broadcast     roles
	PrivateFrom   Role // the lowest role that may send private messages; NoRole: nobody

	Announcement bool                  // "x-announcement": members enter as visitors (a group)
	Newcomers    string                // "x-newcomers": what of the past newcomers see, as in Spec
	Retention    int                   // "x-retention": days after which messages go; 0: as elsewhere
	FilesOff     bool                  // "x-filesoff": no files
	CallAll      string                // "x-callall": who may mention everybody, as in Spec
	MayLeave     bool                  // "x-mayleave": members may end their membership
	Voices       map[string]bool       // "x-voices": bare addresses that have voice all the same
	Requests     applications          // "x-requests": who asks to become a member
	Hats         []hat                 // "x-hats": which there are; replaced, never changed
	Worn         map[xmpp.JID][]string // "x-hats-worn": who wears which; replaced, never changed
	rest         map[string]string     // keys that this version does not know
}

// roles is a set of roles.
type roles [Moderator + 1]bool

func everyRole() roles { return roles{Visitor: true, Participant: true, Moderator: true} }

// set reads a list of roles; false for what is none.
func (rs *roles) set(names []string) bool {
	var b roles
	for _, name := range names {
		r, ok := ParseRole(name)
		if !ok || r == NoRole {
			return false
		}
		b[r] = true
	}
	*rs = b
	return true
}

// names lists the roles.
func (rs *roles) names() []string {
	var list []string
	for r := Visitor; r <= Moderator; r++ {
		if rs[r] {
			list = append(list, r.String())
		}
	}
	return list
}

// defaultSettings are those of a room that somebody makes by entering it.
func defaultSettings() settings {
	return settings{
		MemberList: everyRole(), Broadcast: everyRole(), Logging: true, History: 20, PrivateFrom: Visitor,
	}
}

// groupSettings are those of a group: persistent, hidden, for members only, non-anonymous.
func groupSettings() settings {
	c := defaultSettings()
	c.Persistent, c.MembersOnly, c.NonAnonymous = true, true, true
	return c
}

// set changes one field by its key; false for an unknown key or a value that the field cannot have.
func (c *settings) set(key, value string) bool {
	if b := c.flag(key); b != nil {
		v, ok := parseBool(value)
		if ok {
			*b = v
		}
		return ok
	}
	switch key {
	case "roomname":
		c.Name = value
	case "roomdesc":
		c.Description = value
	case "lang":
		c.Lang = value
	case "roomsecret":
		c.Secret = value
	case "whois":
		c.NonAnonymous = value == "anyone"
		return value == "anyone" || value == "moderators"
	case "maxusers":
		return c.setNumber(&c.MaxUsers, value)
	case "slow_mode_duration":
		return c.setNumber(&c.Slow, value)
	case "maxhistoryfetch":
		return c.setNumber(&c.History, value)
	case "presencebroadcast":
		return c.Broadcast.set(strings.Fields(value))
	case "getmemberlist":
		return c.setMemberList(value)
	case "pubsub":
		c.PubSub = value
	case "x-registration":
		return c.setRegistration(value)
	case "allowpm":
		return c.setPrivate(value)
	case "x-newcomers":
		c.Newcomers = value
	case "x-retention":
		return c.setNumber(&c.Retention, value)
	case "x-callall":
		c.CallAll = value
	case "x-requests":
		list, ok := parseApplications(value)
		c.Requests = list
		return ok
	case "x-hats":
		list, ok := parseHats(value)
		c.Hats = list
		return ok
	case keyWorn:
		m, ok := parseWorn(value)
		c.Worn = m
		return ok
	case keyRoles:
		_, ok := parseRoles(value) // the room has them: room.roles
		return ok
	case "x-voices":
		c.Voices = map[string]bool{}
		for _, j := range strings.Fields(value) {
			c.Voices[j] = true
		}
	default:
		return false
	}
	return true
}

// flag returns where a field of type boolean is kept.
func (c *settings) flag(key string) *bool {
	switch key {
	case "persistentroom":
		return &c.Persistent
	case "publicroom":
		return &c.Public
	case "membersonly":
		return &c.MembersOnly
	case "moderatedroom":
		return &c.Moderated
	case "passwordprotectedroom":
		return &c.Protected
	case "changesubject":
		return &c.ChangeSubject
	case "allowinvites":
		return &c.AllowInvites
	case "enablelogging":
		return &c.Logging
	case "x-announcement":
		return &c.Announcement
	case "x-filesoff":
		return &c.FilesOff
	case "x-mayleave":
		return &c.MayLeave
	}
	return nil
}

func (c *settings) setNumber(n *int, value string) bool {
	if value == "" || value == "none" {
		*n = 0
		return true
	}
	v, err := strconv.Atoi(value)
	if err != nil || v < 0 || v > 1_000_000 {
		return false
	}
	*n = v
	return true
}

// setMemberList reads roles, or the yes or no that rooms kept before.
func (c *settings) setMemberList(value string) bool {
	if v, ok := parseBool(value); ok {
		if c.MemberList = (roles{}); v {
			c.MemberList = everyRole()
		}
		return true
	}
	return c.MemberList.set(strings.Fields(value))
}

func (c *settings) setRegistration(value string) bool {
	switch value {
	case "default":
		value = RegisterDefault
		fallthrough
	case RegisterDefault, RegisterApproval, RegisterNobody:
		c.Registration = value
		return true
	}
	return false
}

func (c *settings) setPrivate(value string) bool {
	switch value {
	case "anyone":
		c.PrivateFrom = Visitor
	case "participants":
		c.PrivateFrom = Participant
	case "moderators":
		c.PrivateFrom = Moderator
	case "none":
		c.PrivateFrom = NoRole
	default:
		return false
	}
	return true
}

func (c *settings) private() string {
	return [...]string{"none", "anyone", "participants", "moderators"}[c.PrivateFrom]
}

// parseSettings reads a stored configuration over defaults. What it cannot read keeps the default and is kept.
func parseSettings(c settings, stored map[string]string) settings {
	c.rest = map[string]string{}
	for k, v := range stored {
		if !c.set(k, v) {
			c.rest[k] = v
		}
	}
	return c
}

// stored is the configuration as storage keeps it.
func (c *settings) stored() map[string]string {
	m := map[string]string{
		"roomname": c.Name, "roomdesc": c.Description, "lang": c.Lang, "roomsecret": c.Secret,
		"whois": "moderators", "maxusers": strconv.Itoa(c.MaxUsers), "maxhistoryfetch": strconv.Itoa(c.History),
		"presencebroadcast": strings.Join(c.Broadcast.names(), " "), "allowpm": c.private(),
		"getmemberlist": strings.Join(c.MemberList.names(), " "), "pubsub": c.PubSub,
	}
	maps.Copy(m, c.rest)
	if c.NonAnonymous {
		m["whois"] = "anyone"
	}
	for _, key := range [...]string{"persistentroom", "publicroom", "membersonly", "moderatedroom", "passwordprotectedroom",
		"changesubject", "allowinvites", "enablelogging", "x-announcement"} {
		m[key] = formatBool(*c.flag(key))
	}
	c.storePolicies(m)
	if len(c.Voices) > 0 {
		names := make([]string, 0, len(c.Voices))
		for j := range c.Voices {
			names = append(names, j)
		}
		slices.Sort(names)
		m["x-voices"] = strings.Join(names, " ")
	}
	return m
}

// storePolicies writes what few rooms have, where it is not the default.
func (c *settings) storePolicies(m map[string]string) {
	for _, key := range [...]string{"x-filesoff", "x-mayleave"} {
		if *c.flag(key) {
			m[key] = "1"
		}
	}
	if c.Slow > 0 {
		m["slow_mode_duration"] = strconv.Itoa(c.Slow)
	}
	if len(c.Hats) > 0 {
		m["x-hats"] = formatHats(c.Hats)
	}
	if len(c.Worn) > 0 {
		m[keyWorn] = formatWorn(c.Worn)
	}
	if len(c.Requests) > 0 {
		m["x-requests"] = c.Requests.String()
	}
	if c.Registration != RegisterDefault {
		m["x-registration"] = c.Registration
	}
	if c.Newcomers != NewcomersAll {
		m["x-newcomers"] = c.Newcomers
	}
	if c.CallAll != CallAllMembers {
		m["x-callall"] = c.CallAll
	}
	if c.Retention > 0 {
		m["x-retention"] = strconv.Itoa(c.Retention)
	}
}

// parseBool reads a boolean of a data form (XEP-0004 § 3.3).
func parseBool(s string) (v, ok bool) {
	switch s {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	return false, false
}

func formatBool(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
