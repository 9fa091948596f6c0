package web

import (
	"net/url"
	"time"

	"golang.org/x/net/idna"
)

// Alternatives are all ways to us, for clients that ask for nothing but host-meta.json then (XEP-0487).
type Alternatives struct {
	TTL  time.Duration // for how long the document may be kept
	Pins []string      // SHA-256 of public keys, in base64; none: certificates decide alone

	IPs     []string // of direct TLS
	TLSPort int      // of it; 0: there is none
	WebIPs  []string // of what is reached over HTTP

	TLS, WebSocket, BOSH Rank
}

// Rank says in which order the ways are tried (RFC 2782).
type Rank struct{ Priority, Weight int }

// relTLS is the relation of direct TLS for clients (XEP-0368).
const relTLS = "urn:xmpp:alt-connections:tls"

// altLink is a link with what a client needs to connect (XEP-0487 § 2.1). A client that knows XEP-0156 only reads rel and href.
type altLink struct {
	Rel      string   `json:"rel"`
	Href     string   `json:"href,omitempty"`
	Port     int      `json:"port,omitempty"`
	IPs      []string `json:"ips"`
	Priority int      `json:"priority"`
	Weight   int      `json:"weight"`
	SNI      string   `json:"sni"`
}

// altDocument is a document of XEP-0487: the object xmpp says that it is one (§ 2.2).
type altDocument struct {
	XMPP struct {
		TTL  int      `json:"ttl"` // in seconds
		Pins []string `json:"public-key-pins-sha-256,omitempty"`
	} `json:"xmpp"`
	Links []altLink `json:"links"`
}

// document makes it, for a domain of ours: of the links of XEP-0156, and of direct TLS. ok is false where a link is not encrypted
// (§ 2.2), as on a machine that has nothing else, for itself.
func (a *Alternatives) document(domain string, links []link) (doc altDocument, ok bool) {
	doc.XMPP.TTL, doc.XMPP.Pins = int(a.TTL/time.Second), a.Pins
	if a.TLSPort > 0 {
		doc.Links = append(doc.Links, altLink{Rel: relTLS, Port: a.TLSPort, IPs: a.IPs, Priority: a.TLS.Priority, Weight: a.TLS.Weight, SNI: ascii(domain)})
	}
	for _, l := range links {
		u, err := url.Parse(l.Href)
		if err != nil || u.Scheme != "https" && u.Scheme != "wss" {
			return doc, false
		}
		rank := a.BOSH
		if l.Rel == relWebSocket {
			rank = a.WebSocket
		}
		doc.Links = append(doc.Links, altLink{Rel: l.Rel, Href: l.Href, IPs: a.WebIPs, Priority: rank.Priority, Weight: rank.Weight, SNI: ascii(u.Hostname())})
	}
	return doc, len(doc.Links) > 0
}

// ascii is a domain as it is written in a TLS handshake (RFC 6066 § 3).
func ascii(domain string) string {
	if a, err := idna.Punycode.ToASCII(domain); err == nil {
		return a
	}
	return domain
}
