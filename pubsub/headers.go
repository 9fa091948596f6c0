package pubsub

import (
	"context"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// shim is the namespace of headers (XEP-0131).
const shim = "http://jabber.org/protocol/shim"

// The headers that notifications have.
const (
	headerSubID      = "SubID"      // XEP-0060 § 7.1.2.4
	headerCollection = "Collection" // XEP-0248 § 5.3.1
)

// headers are SHIM headers of one name.
func headers(name string, values []string) *xmpp.Element {
	if len(values) == 0 {
		return nil
	}
	e := xmpp.El(shim, "headers")
	for _, v := range values {
		e.Add(xmpp.El(shim, "header").Set("name", name).AddText(v))
	}
	return e
}

// knownHeaders says which headers there are (XEP-0131 § 3.2).
func knownHeaders(_ context.Context, _ *hook.Request, node string) (*xmpp.Element, error) {
	if node != shim {
		return nil, nil
	}
	e := xmpp.El(ns.DiscoInfo, "query")
	for _, name := range []string{headerCollection, headerSubID} {
		e.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", shim+"#"+name))
	}
	return e, nil
}
