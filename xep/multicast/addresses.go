package multicast

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// header is the list of addresses in a stanza.
type header struct {
	list  *xmpp.Element
	count int         // of the addresses, of all types
	to    []addressee // who has to get it, each once
	blind map[*xmpp.Element]bool
	mark  map[*xmpp.Element]bool // those that get a copy that everybody may know of
}

// addressee is somebody who gets a copy.
type addressee struct {
	jid   xmpp.JID
	blind bool
	e     *xmpp.Element
}

// header reads the addresses of a stanza, and takes them out of it. It is nil where there is nobody to send to: then the
// stanza is not for this service.
func (m *Multicast) header(p *hook.Packet) (*header, error) {
	var h *header
	for i := range p.Children {
		if !p.Children[i].Is(ns.Address, "addresses") || p.Stripped(i) {
			continue
		}
		if h != nil {
			return nil, xmpp.Refuse(stanza.BadRequest, "There are two lists of addresses.")
		}
		e, err := p.Element(&p.Children[i])
		if err != nil {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		if h, err = parse(e); err != nil {
			return nil, err
		}
		if h != nil {
			p.Strip(i)
		}
	}
	return h, nil
}

// parse reads a list of addresses (§ 4).
func parse(list *xmpp.Element) (*header, error) {
	h := &header{list: list, blind: map[*xmpp.Element]bool{}, mark: map[*xmpp.Element]bool{}}
	seen, wanted := map[xmpp.JID]int{}, false
	for e := range list.Elements() {
		if !e.Is(ns.Address, "address") {
			continue // § 4.7: extensions are ignored
		}
		h.count++
		typ := e.Attr("type")
		if err := check(e, typ); err != nil {
			return nil, err
		}
		blind := typ == "bcc"
		if typ != "to" && typ != "cc" && !blind {
			continue
		}
		wanted = true
		h.blind[e] = blind
		if d := e.Attr("delivered"); d == "true" || d == "1" { // § 4.5
			continue
		}
		j, err := xmpp.ParseJID(e.Attr("jid"))
		if err != nil {
			return nil, xmpp.Refuse(stanza.JIDMalformed, "An address cannot be one.")
		}
		h.mark[e] = !blind
		at, twice := seen[j]
		switch {
		case !twice:
			seen[j] = len(h.to)
			h.to = append(h.to, addressee{j, blind, e})
		case h.to[at].blind && !blind: // everybody may know
			h.to[at] = addressee{j, false, e}
		}
	}
	if !wanted {
		return nil, nil
	}
	return h, nil
}

// check looks at what an address must have (§ 4).
func check(e *xmpp.Element, typ string) error {
	has := func(name string) bool { _, ok := e.LookupAttr("", name); return ok }
	jid, uri, send := has("jid"), has("uri"), typ == "to" || typ == "cc" || typ == "bcc"
	switch {
	case typ == "":
		return xmpp.Refuse(stanza.BadRequest, "An address has no type.")
	case jid && uri, uri && has("node"): // § 4.2
		return xmpp.Refuse(stanza.BadRequest, "An address has a jid or a uri, not both, and a node beside a jid only.")
	case send && uri: // § 4.2, § 8
		return xmpp.Refuse(stanza.JIDMalformed, "Addresses of other networks are not known here.")
	case !jid && !uri && typ != "noreply":
		return xmpp.Refuse(stanza.BadRequest, "An address has neither a jid nor a uri.")
	}
	return nil
}

// written is the header as an addressee sees it: blind copies are taken out, but for that of who is one (§ 4.6.3, § 6); who
// gets the stanza is marked, so that nobody sends it again (§ 4.5).
func (h *header) written(one *addressee) []byte {
	out := &xmpp.Element{Name: h.list.Name, Attrs: h.list.Attrs}
	for _, n := range h.list.Nodes {
		e := n.Elem
		switch {
		case e == nil:
			continue
		case h.blind[e] && (one == nil || one.e != e):
			continue
		case h.mark[e], h.blind[e] && one.jid.Local() == "": // another server must not send it to itself
			marked := &xmpp.Element{Name: e.Name, Attrs: append([]xmpp.Attr(nil), e.Attrs...), Nodes: e.Nodes}
			out.Add(marked.Set("delivered", "true"))
		default:
			out.Add(e)
		}
	}
	return out.Append(nil, "")
}
