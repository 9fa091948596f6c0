package xmpp

import (
	"fmt"
	"slices"
)

// Circle is a list of accounts and hosts. A host stands for all addresses of it.
type Circle []JID

// ParseCircle reads bare addresses of accounts and names of hosts. The error names the first that is neither.
func ParseCircle(list []string) (Circle, error) {
	c := make(Circle, 0, len(list))
	for _, text := range list {
		j, err := ParseJID(text)
		if err != nil || !j.IsBare() {
			return nil, fmt.Errorf("%q is no address and no host", text)
		}
		c = append(c, j)
	}
	return c, nil
}

// Has tells whether an address, with or without resource, is in the circle.
func (c Circle) Has(j JID) bool {
	return slices.ContainsFunc(c, func(m JID) bool { return m == j.Bare() || m.Local() == "" && m.Domain() == j.Domain() })
}
