package disco

import (
	"slices"
	"sync"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
)

// capsURI names the software in capabilities (XEP-0115 § 4).
const capsURI = "urn:x-myna"

// capabilities are those of the server for one domain. They are made once, and again when Changed was called: what is registered
// stays, but what it stands for may depend on options.
type capabilities struct {
	c, c2 *xmpp.Element // as stream features (XEP-0115 § 6.3, XEP-0390 § 5.2)
	nodes []string      // by which they are asked for
}

func (d *Disco) capabilities(domain string) *capabilities {
	made := d.caps.Load()
	if c, ok := made.Load(domain); ok {
		return c.(*capabilities)
	}
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return &capabilities{}
	}
	info := d.describe(hook.Server, owner)
	ver := caps.Ver(info)
	all := &capabilities{
		c:     xmpp.El(ns.Caps, "c").Set("hash", "sha-1").Set("node", capsURI).Set("ver", ver),
		c2:    caps.Hashes(info),
		nodes: []string{capsURI + "#" + ver},
	}
	if all.c2 != nil {
		for h := range all.c2.Elements() {
			all.nodes = append(all.nodes, caps.HashNode(h.Attr("algo"), h.Text()))
		}
	}
	made.Store(domain, all) // not where Changed was called meanwhile
	return all
}

// Changed has the capabilities made anew: clients that sign in see others when the options have changed what the server can do.
func (d *Disco) Changed() { d.caps.Store(new(sync.Map)) }

func (d *Disco) streamCaps(domain string) *xmpp.Element { return d.capabilities(domain).c }

func (d *Disco) streamHashes(domain string) *xmpp.Element { return d.capabilities(domain).c2 }

// stands tells whether a node stands for all that a target can do, as its capabilities name it.
func (d *Disco) stands(node string, t hook.Target, owner xmpp.JID) bool {
	return t == hook.Server && slices.Contains(d.capabilities(owner.Domain()).nodes, node)
}
