package picture

import (
	"strings"
	"testing"
)

// A drawing is a picture, or it is none.
func TestIsSVG(t *testing.T) {
	in := func(inner string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="32" height="32">` + inner + `</svg>`
	}
	for text, want := range map[string]bool{
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"32\" height=\"32\">\n <rect x=\"0\" y=\"0\" width=\"32\" height=\"32\" fill=\"red\"/>\n</svg>\n": true, // XEP-0486 § 3.2
		`<?xml version="1.0"?><!-- drawn by hand -->` + in(`<rect/>`):                                                                                       true,
		`<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/></s:svg>`:                                                                                        true,
		in(`<style>.a { fill: url(#b) } </style><use xlink:href="#b"/>`):                                                                                    true,
		in(`<image href="data:image/png;base64,iVBORw0KGgo="/>`):                                                                                            true,
		in(`<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>`):                                                           true,
		in(`<i:view xmlns:i="http://www.inkscape.org/namespaces/inkscape"/>`):                                                                               true,
		in(`<animate attributeName="width" to="3"/>`):                                                                                                       true,
		in(`<animate attributeName="xlink:href" to="javascript:alert(1)"/>`):                                                                                false,
		in(`<set attributeName="onclick" to="alert(1)"/>`):                                                                                                  false,
		`<svg/>`: false,
		`<s:svg xmlns:s="http://www.inkscape.org/namespaces/inkscape"/>`: false,
		in(`<style>a {}<g/>@import "b";</style>`):                        false,
		``:                              false,
		"hello":                         false,
		in(`<rect>`):                    false,
		in(`<script>alert(1)</script>`): false,
		in(`<s:script xmlns:s="http://www.w3.org/1999/xhtml">alert(1)</s:script>`): false,
		in(`<b xmlns="http://www.w3.org/1999/xhtml">x</b>`):                        false,
		in(`<foreignObject/>`):                                         false,
		in(`<rect onclick="alert(1)"/>`):                               false,
		in(`<a href="https://example.net/"/>`):                         false,
		in(`<a href=" javascript:alert(1)"/>`):                         false,
		in(`<image xlink:href="https://example.net/a.png"/>`):          false,
		in(`<image href="data:image/svg+xml,%3Csvg/%3E"/>`):            false,
		in(`<image href="data:image/png"/>`):                           false,
		in(`<rect style="fill: url(https://example.net/a)"/>`):         false,
		in(`<rect fill="url( 'https://example.net/a')"/>`):             false,
		in(`<style>@import "https://example.net/a.css";</style>`):      false,
		in(`<style>.a { fill: \75rl(https://example.net/a) }</style>`): false,
		`<?xml-stylesheet href="https://example.net/a.css"?>` + in(``): false,
		`<!DOCTYPE svg [<!ENTITY a "b">]>` + in(`&a;`):                 false,
		in(``) + in(``): false,
		strings.Repeat(in(``)[:len(in(``))-6], maxDepth+1) + strings.Repeat(`</svg>`, maxDepth+1): false,
		in(strings.Repeat(`<g/>`, maxNodes/2)):                                                    false,
	} {
		if got := IsSVG([]byte(text)); got != want {
			t.Errorf("%.200s: %t", text, got)
		}
	}
}

// FuzzIsSVG looks for bytes that it cannot bear.
func FuzzIsSVG(f *testing.F) {
	f.Add([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><style>a{b:url(#c)}</style></svg>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if IsSVG(data) && Type(data) != "" {
			t.Errorf("two kinds of pictures in one: %q", data)
		}
	})
}
