package multicast

import (
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// XEP-0033 § 4.5, § 4.6.3, § 6: who sees which addresses.
func TestWritten(t *testing.T) {
	list, err := xmpp.ParseElement([]byte(`<addresses xmlns="http://jabber.org/protocol/address"><address type="bcc" jid="a@x.example"/>`+
		`<address type="to" jid="b@x.example"/><address type="bcc" jid="far.example"/><address type="cc" jid="c@x.example" delivered="true"/>`+
		`<address type="bcc" jid="d@x.example" delivered="true"/><address type="bcc" jid="b@x.example"/></addresses>`), ns.Client)
	if err != nil {
		t.Fatal(err)
	}
	h, err := parse(list)
	if err != nil {
		t.Fatal(err)
	}
	if h.count != 6 || len(h.to) != 3 {
		t.Fatalf("%d addresses, %d to be sent to", h.count, len(h.to))
	}
	const open = `<address type="to" jid="b@x.example" delivered="true"/>`
	const got = `<address type="cc" jid="c@x.example" delivered="true"/>`
	for i, want := range []string{
		`<address type="bcc" jid="a@x.example"/>` + open + got,
		open + got,
		open + `<address type="bcc" jid="far.example" delivered="true"/>` + got, // its server would send it to itself
	} {
		a := &h.to[i]
		one := a
		if !a.blind {
			one = nil
		}
		if s := string(h.written(one)); s != `<addresses xmlns="http://jabber.org/protocol/address">`+want+`</addresses>` {
			t.Errorf("%s is shown %s", a.jid, s)
		}
	}
}

// FuzzAddresses checks that no list does harm, and that nobody but the addressee is told of a blind copy.
func FuzzAddresses(f *testing.F) {
	f.Add(`<address type="to" jid="a@x"/><address type="bcc" jid="b@x" delivered="1"/>`)
	f.Add(`<address type="bcc" uri="x" jid="b@x"/>text<address/><a:address xmlns:a="u" type="to"/>`)
	f.Fuzz(func(t *testing.T, content string) {
		list, err := xmpp.ParseElement([]byte(`<addresses xmlns="http://jabber.org/protocol/address">`+content+`</addresses>`), ns.Client)
		if err != nil {
			return
		}
		h, err := parse(list)
		if err != nil || h == nil {
			return
		}
		out, err := xmpp.ParseElement(h.written(nil), ns.Client)
		if err != nil {
			t.Fatalf("%q became %v", content, err)
		}
		for e := range out.Elements() {
			if e.Is(ns.Address, "address") && e.Attr("type") == "bcc" {
				t.Errorf("%q tells of a blind copy", content)
			}
		}
		again, err := parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if again != nil && len(again.to) > 0 {
			t.Errorf("%q would be sent again: %s", content, strings.TrimSpace(string(h.written(nil))))
		}
	})
}
