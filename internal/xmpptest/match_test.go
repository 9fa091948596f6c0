package xmpptest

import (
	"maps"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, want, got string
		ok              bool
	}{
		{"same", `<iq id="1"/>`, `<iq id="1"/>`, true},
		{"order of attributes", `<iq a="1" b="2"/>`, `<iq b="2" a="1"/>`, true},
		{"attribute missing", `<iq a="1" b="…"/>`, `<iq a="1"/>`, false},
		{"any value", `<iq a="x…z"/>`, `<iq a="xyz"/>`, true},
		{"part of a value", `<iq a="x…z"/>`, `<iq a="xyz1"/>`, false},
		{"value is no regular expression", `<iq a="a.c"/>`, `<iq a="abc"/>`, false},
		{"further attributes", `<iq … a="1"/>`, `<iq b="2" a="1" c="3"/>`, true},
		{"prefix", `<x xmlns="urn:x" a="1"/>`, `<p:x xmlns:p="urn:x" a="1"/>`, true},
		{"namespace", `<x xmlns="urn:x"/>`, `<x xmlns="urn:y"/>`, false},
		{"namespace of an attribute", `<x xmlns:p="urn:p" p:a="1" …/>`, `<x a="1"/>`, false},
		{"order of children", `<iq><a/><b/></iq>`, `<iq><b/><a/></iq>`, false},
		{"any children", `<iq>…</iq>`, `<iq>text<b/><a/></iq>`, true},
		{"no children", `<iq>…</iq>`, `<iq/>`, true},
		{"children between", `<iq>…<c x="2"/>…</iq>`, `<iq><c x="1"/><c x="2"/><d/></iq>`, true},
		{"children not between", `<iq>…<c x="3"/>…</iq>`, `<iq><c x="1"/><c x="2"/></iq>`, false},
		{"child too many", `<iq><a/></iq>`, `<iq><a/><a/></iq>`, false},
		{"white space between", "<iq>\n  <a/>\n  …\n</iq>", `<iq><a/><b/></iq>`, true},
		{"white space alone is text", `<iq><a> </a></iq>`, `<iq><a>  </a></iq>`, false},
		{"text", `<iq>a … c</iq>`, `<iq>a b c</iq>`, true},
		{"escaped", `<iq a="&lt;&quot;">&amp;</iq>`, `<iq a='&lt;"'>&#38;</iq>`, true},
		{"text for element", `<iq><a/></iq>`, `<iq>a</iq>`, false},
		{"own address", `<message/>`, `<message to="romeo@example.net/a" xml:lang="de"/>`, true},
		{"another address", `<message/>`, `<message to="romeo@example.net/b"/>`, false},
		{"own address as sender", `<message/>`, `<message from="romeo@example.net"/>`, false},
		{"own account answers", `<iq/>`, `<iq from="romeo@example.net"/>`, true},
		{"another account answers", `<iq/>`, `<iq from="juliet@example.net"/>`, false},
		{"implied inside", `<message><message/></message>`, `<message><message to="romeo@example.net/a"/></message>`, false},
		{"stanza-id", `<message/>`, `<message><stanza-id xmlns="urn:xmpp:sid:0" id="7"/></message>`, true},
		{"stanza-id checked", `<message><stanza-id xmlns="urn:xmpp:sid:0" id="8"/></message>`,
			`<message><stanza-id xmlns="urn:xmpp:sid:0" id="7"/></message>`, false},
	}
	for _, tt := range tests {
		p, err := parsePattern(tt.want)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got, err := parseElements(tt.got)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		ok, reason := p.matches(got[0], "romeo@example.net/a", map[string]string{})
		if ok != tt.ok || ok == (reason != "") {
			t.Errorf("%s: got %v (%s), want %v", tt.name, ok, reason, tt.ok)
		}
	}
}

func TestCapture(t *testing.T) {
	known := map[string]string{"a": "1"}
	p, err := parsePattern(`<iq id="{a}" x="{b}-{c}">…<item n="{d}"><v>2</v></item>…</iq>`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseElements(`<iq id="1" x="l-r"><item n="wrong"><v>1</v></item><item n="right"><v>2</v></item></iq>`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, reason := p.matches(got[0], "", known); !ok {
		t.Fatal(reason)
	}
	if want := map[string]string{"a": "1", "b": "l", "c": "r", "d": "right"}; !maps.Equal(known, want) {
		t.Errorf("captured %v, want %v", known, want)
	}
}

func TestMismatchBindsNothing(t *testing.T) {
	known := map[string]string{}
	p, err := parsePattern(`<iq id="{a}"><b/></iq>`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseElements(`<iq id="1"><c/></iq>`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := p.matches(got[0], "", known); ok || len(known) > 0 {
		t.Errorf("matched %v, captured %v", ok, known)
	}
}
