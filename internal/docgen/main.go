// Command docgen makes the generated files: docs/protocols.md, doap.xml and server/testdata/registrations.txt from what the
// modules register. It runs in the root of the project.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"myna/hook"
	"myna/server"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "docgen:", err)
		os.Exit(1)
	}
}

func run() error {
	reg, err := server.Describe(context.Background())
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	if _, err := reg.WriteTo(&lines); err != nil {
		return err
	}
	list := protocols(reg)
	for name, data := range map[string][]byte{
		"server/testdata/registrations.txt": lines.Bytes(),
		"docs/protocols.md":                 table(list),
		"doap.xml":                          doap(list),
	} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// protocols lists every specification once, RFCs first.
func protocols(reg *hook.Registry) []hook.Protocol {
	byName := map[string]hook.Protocol{}
	for _, p := range reg.Protocols {
		if old, ok := byName[p.Spec]; ok {
			p.Note = strings.Trim(old.Note+"; "+p.Note, "; ")
			if old.Status == hook.Partial {
				p.Status = hook.Partial
			}
		}
		byName[p.Spec] = p
	}
	var list []hook.Protocol
	for _, p := range byName {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b hook.Protocol) int { return strings.Compare(a.Spec, b.Spec) })
	return list
}

func table(list []hook.Protocol) []byte {
	var b bytes.Buffer
	b.WriteString("# Protocols\n\nMade from what the modules register (`make generate`).\n\n| specification | version | status | note |\n|---|---|---|---|\n")
	for _, p := range list {
		fmt.Fprintf(&b, "| [%s](%s) | %s | %s | %s |\n", p.Spec, link(p.Spec), p.Version, p.Status, p.Note)
	}
	return b.Bytes()
}

func link(spec string) string {
	if n, ok := strings.CutPrefix(spec, "RFC "); ok {
		return "https://www.rfc-editor.org/rfc/rfc" + n
	}
	return "https://xmpp.org/extensions/" + strings.ToLower(spec) + ".html"
}

// doap describes the project for machines (XEP-0453).
func doap(list []hook.Protocol) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://usefulinc.com/ns/doap#" xmlns:xmpp="https://linkmauve.fr/ns/xmpp-doap#">
  <Project>
    <name>Myna</name>
    <shortdesc xml:lang="en">Chat server for organisations with e-mail domains</shortdesc>
    <programming-language>Go</programming-language>
    <category rdf:resource="https://linkmauve.fr/ns/xmpp-doap#category-server"/>
`)
	for _, p := range list {
		if strings.HasPrefix(p.Spec, "RFC") {
			fmt.Fprintf(&b, "    <implements rdf:resource=%q/>\n", link(p.Spec))
			continue
		}
		fmt.Fprintf(&b, "    <implements>\n      <xmpp:SupportedXep>\n        <xmpp:xep rdf:resource=%q/>\n        <xmpp:status>%s</xmpp:status>\n        <xmpp:version>%s</xmpp:version>\n      </xmpp:SupportedXep>\n    </implements>\n",
			link(p.Spec), p.Status, p.Version)
	}
	b.WriteString("  </Project>\n</rdf:RDF>\n")
	return b.Bytes()
}
