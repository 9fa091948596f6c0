package xmpp

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// maxLabel is the most bytes a label of a domain can have in the form of the DNS (RFC 7622 § 3.2, RFC 5890 § 2.3.2.1).
const maxLabel = 63

var (
	errNoLabel   = errors.New("parse address: a label of the domain is empty")
	errLongLabel = errors.New("parse address: a label of the domain is too long")
)

// hasLabels tells whether no label of a domain is empty. It is asked of each step of preparation, as each takes a dot off
// the end.
func hasLabels(domain string) bool {
	return !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".") && !strings.Contains(domain, "..")
}

// checkLabels checks how long the labels of a prepared domain are (RFC 7622 § 3.2).
func checkLabels(domain string) error {
	if strings.HasPrefix(domain, "[") {
		return nil // an IPv6 address, which the tables have checked
	}
	for label := range strings.SplitSeq(domain, ".") {
		if utf8.RuneCountInString(label) > maxLabel { // before Punycode, which takes long for long ones
			return errLongLabel
		}
		if ascii, err := idna.Punycode.ToASCII(label); err != nil || len(ascii) > maxLabel {
			return errLongLabel
		}
	}
	return nil
}
