package wire

import (
	"math"

	"myna/xmpp"
)

// Limits bounds what one element of a stream may ask of the server. A limit that is not positive has the value that
// DefaultLimits gives it.
type Limits struct {
	StanzaBytes int // of a whole stanza, or of a stream header (RFC 6120 § 13.12 asks for 10000 at least)
	Depth       int // of nested elements, the stanza itself included; never more than xmpp.MaxDepth
	Attrs       int // of one start tag, namespace declarations included
	Children    int // direct children of a stanza
	// Elements is how many there may be in a stanza, itself included; an attribute in a namespace counts as one. The tree of many tiny
	// ones takes a hundred times the memory of their bytes.
	Elements int
	Prefixes int // namespace prefixes in force at one place; never more than 64 in a stream header
}

// DefaultLimits returns limits that no honest client meets.
func DefaultLimits() Limits {
	return Limits{StanzaBytes: 262144, Depth: 128, Attrs: 64, Children: 512, Elements: 10000, Prefixes: 64}
}

func (l Limits) complete() Limits {
	d := DefaultLimits()
	for _, f := range [...]struct {
		value         *int
		usual, atMost int
	}{
		{&l.StanzaBytes, d.StanzaBytes, math.MaxInt32 / 2}, // spans are 32 bits wide
		{&l.Depth, d.Depth, xmpp.MaxDepth},
		{&l.Attrs, d.Attrs, math.MaxInt32},
		{&l.Children, d.Children, math.MaxInt32},
		{&l.Elements, d.Elements, math.MaxInt32},
		{&l.Prefixes, d.Prefixes, math.MaxInt32},
	} {
		if *f.value <= 0 {
			*f.value = f.usual
		}
		*f.value = min(*f.value, f.atMost)
	}
	return l
}
