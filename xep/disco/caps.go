package disco

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
)

// capsURI names the software in capabilities (XEP-0115 § 4).
const capsURI = "urn:x-myna"

// streamCaps is the stream feature that tells the server's capabilities to clients (XEP-0115 § 6.3). It is made once a
// domain: what is registered does not change while the server runs.
func (d *Disco) streamCaps(domain string) *xmpp.Element {
	if c, ok := d.caps.Load(domain); ok {
		return c.(*xmpp.Element)
	}
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return nil
	}
	c := xmpp.El(ns.Caps, "c").Set("hash", "sha-1").Set("node", capsURI).Set("ver", d.ver(hook.Server, owner))
	d.caps.Store(domain, c)
	return c
}

func (d *Disco) node(t hook.Target, owner xmpp.JID) string {
	if t != hook.Server {
		return ""
	}
	return capsURI + "#" + d.ver(t, owner)
}

func (d *Disco) ver(t hook.Target, owner xmpp.JID) string { return caps.Ver(d.describe(t, owner)) }
