package caps

import (
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// The examples of XEP-0115 § 5.2 and § 5.3.
func TestVer(t *testing.T) {
	info := func(name, lang string) *xmpp.Element {
		id := xmpp.El(ns.DiscoInfo, "identity").Set("category", "client").Set("type", "pc").Set("name", name)
		if lang != "" {
			id.Attrs = append(id.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: lang})
		}
		return id
	}
	features := func(e *xmpp.Element) *xmpp.Element {
		for _, f := range []string{ns.Caps, ns.DiscoInfo, ns.DiscoItems, ns.MUC} {
			e.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", f))
		}
		return e
	}
	field := func(name, typ string, values ...string) *xmpp.Element {
		f := xmpp.El(ns.DataForm, "field").Set("var", name)
		if typ != "" {
			f.Set("type", typ)
		}
		for _, v := range values {
			f.Add(xmpp.El(ns.DataForm, "value").AddText(v))
		}
		return f
	}
	simple := features(xmpp.El(ns.DiscoInfo, "query", info("Exodus 0.9.1", "")))
	complex := features(xmpp.El(ns.DiscoInfo, "query", info("Psi 0.11", "en"), info("Ψ 0.11", "el"))).Add(
		xmpp.El(ns.DataForm, "x",
			field("FORM_TYPE", "hidden", "urn:xmpp:dataforms:softwareinfo"),
			field("ip_version", "", "ipv4", "ipv6"), field("os", "", "Mac"), field("os_version", "", "10.5.1"),
			field("software", "", "Psi"), field("software_version", "", "0.11")))
	for want, e := range map[string]*xmpp.Element{
		"QgayPKawpkPSDYmwT/WM94uAlu0=": simple,
		"q07IKJEyjvHSyhy//CH0CxmKi8w=": complex,
	} {
		if got := Ver(e); got != want {
			t.Errorf("ver %s, want %s for %s", got, want, e)
		}
		if !Verify(e, "sha-1", want) || Verify(e, "sha-256", want) || Verify(e, "md5", want) {
			t.Errorf("not verified as it should be: %s", e)
		}
	}
}

// § 5.1: names are sorted as they are, not with the "<" that closes each, which is behind "#", "+", "-" and "/". The sums were made
// by another program.
func TestVerOrder(t *testing.T) {
	info := xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "server").Set("type", "im").Set("name", "Myna"),
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "pubsub").Set("type", "pep"))
	for _, f := range []string{"urn:xmpp:mam:2#extended", "urn:xmpp:mam:2", "http://jabber.org/protocol/nick+notify", "http://jabber.org/protocol/nick"} {
		info.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", f))
	}
	if got, want := Ver(info), "3s6BJljhMmQBdxtWZ986YDVdqVk="; got != want {
		t.Errorf("ver %s, want %s", got, want)
	}
	form := func(typ string) *xmpp.Element {
		return xmpp.El(ns.DataForm, "x",
			xmpp.El(ns.DataForm, "field", xmpp.El(ns.DataForm, "value").AddText(typ)).Set("var", "FORM_TYPE").Set("type", "hidden"),
			xmpp.El(ns.DataForm, "field", xmpp.El(ns.DataForm, "value").AddText("v-1"), xmpp.El(ns.DataForm, "value").AddText("v")).Set("var", "f#max"),
			xmpp.El(ns.DataForm, "field").Set("var", "f"))
	}
	info.Add(form("urn:t#more"), form("urn:t"), xmpp.El(ns.DiscoInfo, "identity").Set("category", "pubsub-x").Set("type", "a"))
	if got, want := Ver(info), "h6QHEzP6xGXKZm7AUVD5S7Uq374="; got != want {
		t.Errorf("ver %s, want %s", got, want)
	}
}
