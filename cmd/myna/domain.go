package main

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"myna/xmpp"
)

// mailDomain prepares the domain of mail addresses. What is none is told with what is wrong with it.
func mailDomain(s string) (string, error) {
	if reason := noDomain(s); reason != "" {
		return "", fmt.Errorf("%q is no mail domain: %s; give the part behind the @ of your addresses, such as example.com", s, reason)
	}
	j, err := xmpp.ParseJID(s)
	if err != nil {
		return "", fmt.Errorf("%q is no mail domain: %s; give the part behind the @ of your addresses, such as example.com",
			s, strings.TrimPrefix(err.Error(), "parse address: "))
	}
	return j.Domain(), nil
}

// noDomain says why a text is no domain (RFC 1123 § 2.1, and letters of all scripts, RFC 5890), "" where it may be one.
func noDomain(s string) string {
	if s == "" {
		return "it is empty"
	}
	if i := strings.IndexAny(s, "@:/ "); i >= 0 {
		return fmt.Sprintf("a domain has no %q in it", s[i:i+1])
	}
	if len(s) > 253 { // RFC 1035 § 2.3.4
		return "it is longer than 253 bytes"
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return "it is the address of a machine"
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		wrong := strings.IndexFunc(label, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		})
		switch {
		case label == "":
			return "two dots stand side by side, or one at the beginning"
		case len(label) > 63:
			return "the part " + label + " is longer than 63 bytes"
		case wrong >= 0:
			return fmt.Sprintf("the part %q has characters that are neither letters, digits nor hyphens", label)
		case label[0] == '-' || label[len(label)-1] == '-':
			return fmt.Sprintf("the part %q has a hyphen at its beginning or end", label)
		}
	}
	return ""
}
