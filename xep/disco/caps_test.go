package disco

import (
	"testing"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
)

// TestCapabilities: the hashes and the verification string in the stream's features are those of what the server answers
// (XEP-0115 § 6.3, XEP-0390 § 5.2), and it answers by the nodes that belong to them, at its own address only.
func TestCapabilities(t *testing.T) {
	registry := hook.NewRegistry()
	d := New(Options{Registry: registry, Name: func(hook.Target, string) string { return "" }})
	registry.Add("disco", d)
	domain, err := xmpp.ParseJID("example.net")
	if err != nil {
		t.Fatal(err)
	}
	info := d.describe(hook.Server, domain)
	var nodes []string
	for _, f := range registry.StreamFeatures("example.net") {
		switch {
		case f.Is(ns.Caps, "c"):
			if f.Attr("ver") != caps.Ver(info) {
				t.Errorf("ver %s of %s", f.Attr("ver"), info)
			}
			nodes = append(nodes, f.Attr("node")+"#"+f.Attr("ver"))
		case f.Is(ns.Caps2, "c"):
			for h := range f.Elements() {
				if want, err := caps.Hash(info, h.Attr("algo")); h.Text() != want || err != nil {
					t.Errorf("%s, want %s, %v", h, want, err)
				}
				nodes = append(nodes, "urn:xmpp:caps#"+h.Attr("algo")+"."+h.Text())
			}
		}
	}
	if len(nodes) != 3 {
		t.Errorf("nodes %v, want one of a verification string, two of hashes", nodes)
	}
	for _, n := range nodes {
		if !d.stands(n, hook.Server, domain) || d.stands(n, hook.Account, domain) {
			t.Errorf("node %s is not known, or not only to the server", n)
		}
	}
	if d.stands("urn:xmpp:caps#sha-256.x", hook.Server, domain) || d.stands("", hook.Server, domain) {
		t.Error("another node stands for the server")
	}
}

// optional is a module with a feature that an option switches on.
type optional struct{ on *bool }

func (o optional) Register(r *hook.Registrar) {
	r.FeatureOf(hook.Server, "urn:test", func(xmpp.JID) bool { return *o.on })
}

// TestChanged: when an option changes what the server can do, streams that begin then name other capabilities, and the old ones stand
// for nothing (XEP-0115 § 6.2).
func TestChanged(t *testing.T) {
	on := false
	registry := hook.NewRegistry()
	d := New(Options{Registry: registry, Name: func(hook.Target, string) string { return "" }})
	registry.Add("disco", d)
	registry.Add("optional", optional{&on})
	domain, err := xmpp.ParseJID("example.net")
	if err != nil {
		t.Fatal(err)
	}
	old := d.streamCaps("example.net").Attr("ver")
	on = true
	d.Changed()
	now := d.streamCaps("example.net").Attr("ver")
	if want := caps.Ver(d.describe(hook.Server, domain)); now != want || now == old {
		t.Errorf("ver %s, before %s, want %s", now, old, want)
	}
	if d.stands(capsURI+"#"+old, hook.Server, domain) || !d.stands(capsURI+"#"+now, hook.Server, domain) {
		t.Error("the old capabilities stand for something, or the new ones do not")
	}
}
