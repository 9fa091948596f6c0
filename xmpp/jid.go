package xmpp

import (
	"errors"
	"fmt"
	"strings"

	"mellium.im/xmpp/jid"
)

// JID is a prepared XMPP address: localpart@domainpart/resourcepart (RFC 7622). Its zero value is no address. Two
// addresses are the same exactly when they compare equal with ==, so a JID can be the key of a map.
type JID struct {
	full  string
	local uint16 // length of the localpart
	bare  uint16 // length of the bare address
}

// maxJID is the most bytes a full address can have: three parts of 1023 bytes and two separators (RFC 7622 § 3.1).
const maxJID = 3*1023 + 2

// ParseJID prepares an address. Addresses in canonical ASCII are recognised without allocation beyond the string
// itself; others are prepared by PRECIS and IDNA rules. The error says which part is wrong.
func ParseJID(s string) (JID, error) {
	if len(s) > maxJID {
		return JID{}, fmt.Errorf("parse address: %d bytes are more than an address can have", len(s))
	}
	if j, ok := parseCanonical(s); ok {
		return j, nil
	}
	local, domain, resource, err := jid.SplitString(s)
	if err != nil {
		return JID{}, fmt.Errorf("parse address: %w", err)
	}
	return prepare(local, domain, resource)
}

// NewJID prepares an address from its parts; local and resource may be empty.
func NewJID(local, domain, resource string) (JID, error) {
	var b strings.Builder
	if local != "" {
		b.WriteString(local)
		b.WriteByte('@')
	}
	b.WriteString(domain)
	if resource != "" {
		b.WriteByte('/')
		b.WriteString(resource)
	}
	if j, ok := parseCanonical(b.String()); ok && j.Local() == local && j.Domain() == domain {
		return j, nil
	}
	return prepare(local, domain, resource)
}

// prepare applies the tables until they change nothing any more: for a few addresses once is not enough, and a JID
// that is written and read must stay the same (RFC 8264 § 7 proposes this bound).
func prepare(local, domain, resource string) (JID, error) {
	for range 4 {
		m, err := jid.New(local, domain, resource)
		if err != nil {
			return JID{}, fmt.Errorf("parse address: %w", err)
		}
		l, d, r := m.Localpart(), m.Domainpart(), m.Resourcepart()
		if !hasLabels(d) {
			return JID{}, errNoLabel
		}
		if l == local && d == domain && r == resource {
			if err := checkLabels(d); err != nil {
				return JID{}, err
			}
			return fromParts(l, d, r), nil
		}
		local, domain, resource = l, d, r
	}
	return JID{}, errors.New("parse address: it has no stable form")
}

func fromParts(local, domain, resource string) JID {
	full := domain
	if local != "" {
		full = local + "@" + domain
	}
	j := JID{full: full, local: uint16(len(local)), bare: uint16(len(full))}
	if resource != "" {
		j.full += "/" + resource
	}
	return j
}

// String returns the whole address.
func (j JID) String() string { return j.full }

// Local returns the localpart; it is empty for the address of a server.
func (j JID) Local() string { return j.full[:j.local] }

// Domain returns the domainpart.
func (j JID) Domain() string {
	if j.local == 0 {
		return j.full[:j.bare]
	}
	return j.full[j.local+1 : j.bare]
}

// Resource returns the resourcepart; it is empty for a bare address.
func (j JID) Resource() string {
	if int(j.bare) == len(j.full) {
		return ""
	}
	return j.full[j.bare+1:]
}

// Bare returns the address without its resource. It does not allocate.
func (j JID) Bare() JID { return JID{full: j.full[:j.bare], local: j.local, bare: j.bare} }

// DomainJID returns the address of the domain alone.
func (j JID) DomainJID() JID {
	d := j.Domain()
	return JID{full: d, bare: uint16(len(d))}
}

// IsZero tells whether there is no address.
func (j JID) IsZero() bool { return j.full == "" }

// IsBare tells whether the address has no resource.
func (j JID) IsBare() bool { return int(j.bare) == len(j.full) }

// WithResource returns the bare address with another resource, which it prepares (RFC 7622 § 3.4).
func (j JID) WithResource(resource string) (JID, error) {
	switch {
	case j.IsZero():
		return JID{}, errors.New("parse resource: no address to add it to")
	case resource == "":
		return j.Bare(), nil
	}
	if !canonicalResource(resource) {
		m, err := prepare("", "x", resource)
		if err != nil {
			return JID{}, err
		}
		resource = m.Resource()
	}
	return JID{full: j.full[:j.bare] + "/" + resource, local: j.local, bare: j.bare}, nil
}

// MarshalText writes the address as text, for JSON and configuration.
func (j JID) MarshalText() ([]byte, error) { return []byte(j.full), nil }

// UnmarshalText parses an address from JSON or configuration.
func (j *JID) UnmarshalText(b []byte) error {
	parsed, err := ParseJID(string(b))
	if err == nil {
		*j = parsed
	}
	return err
}

// parseCanonical recognises addresses that preparation would not change: lower-case ASCII letters, digits and the
// few signs below. Everything else is left to the PRECIS and IDNA tables.
func parseCanonical(s string) (JID, bool) {
	at, slash := -1, len(s)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '/' {
			slash = i
			break
		}
		if c == '@' {
			if at >= 0 {
				return JID{}, false
			}
			at = i
			continue
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || (at < 0 && localSign(c)) {
			continue
		}
		return JID{}, false
	}
	j := JID{full: s, bare: uint16(slash)}
	if at >= 0 {
		j.local = uint16(at)
	}
	if at == 0 || at > 1023 || !canonicalDomain(s[at+1:slash]) {
		return JID{}, false
	}
	if slash < len(s) && !canonicalResource(s[slash+1:]) {
		return JID{}, false
	}
	return j, true
}

func localSign(c byte) bool { return c == '_' || c == '+' || c == '=' || c == '~' || c == '%' }

func canonicalDomain(s string) bool {
	label := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if !(s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] == '-') {
				return false
			}
			label++
			continue
		}
		start := i - label
		if label == 0 || label > 63 || s[start] == '-' || s[i-1] == '-' || strings.HasPrefix(s[start:i], "xn--") ||
			label > 3 && s[start+2:start+4] == "--" {
			return false
		}
		label = 0
	}
	return len(s) > 0 && len(s) <= 253
}

func canonicalResource(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 1023
}
