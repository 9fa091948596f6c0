package c2s_test

import (
	"strings"
	"testing"
)

// XEP-0509 § 3.2: what is sent in one go, before the offer is there, signs in and binds, and everything behind it is answered.
func TestPipelining(t *testing.T) {
	h := newHouse(t, nil)
	first := h.dial()
	first.send(header)
	_, version, _ := strings.Cut(first.expect("</stream:features>"), ` value="`)
	version, _, _ = strings.Cut(version, `"`)
	request := func(version string) string {
		return header + `<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><initial-response>AHJvbWVvAHBlbmNpbA==</initial-response>` +
			`<bind xmlns="urn:xmpp:bind:0"/><config-version xmlns="urn:xmpp:iap:0" scheme="opaque" value="` + version + `"/></authenticate>`
	}
	p := h.dial()
	p.send(request(version) + `<iq type="get" id="sync"><q xmlns="urn:test"/></iq>`)
	got := p.expect(`id="sync"/>`)
	offer, success, bound := strings.Index(got, "<config-version"), strings.Index(got, "<success"), strings.Index(got, "<bound")
	if version == "" || offer < 0 || success < offer || bound < success {
		t.Errorf("with version %q: %s", version, got)
	}
	old := h.dial()
	old.send(request("old") + strings.TrimPrefix(request(version), header)) // § 3.3: it tries again once it has seen the offer
	got = old.expect("</success>")
	if failure := strings.Index(got, "<config-version-mismatch"); failure < strings.Index(got, "<config-version ") || failure > strings.Index(got, "<success") {
		t.Errorf("with an old version: %s", got)
	}
}
