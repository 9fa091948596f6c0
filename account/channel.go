package account

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"slices"

	"myna/xmpp"
)

// The channel binding types that are supported, the strongest first.
const (
	tlsExporter       = "tls-exporter"         // RFC 9266
	tlsServerEndPoint = "tls-server-end-point" // RFC 5929 § 4
)

// Channel is what carries a sign-in.
type Channel struct {
	TLS         *tls.ConnectionState // nil without TLS of our own
	Certificate *x509.Certificate    // that we showed; nil when unknown: then there is no tls-server-end-point
	Encrypted   bool                 // by a proxy in front of us; it counts like TLS without channel binding
	Remote      netip.Addr           // the client's address, behind proxies too
	Loopback    bool                 // it came in on an address that only this machine reaches
	Browser     string               // what its browser keeps (Service.Stay), brought by a page of ours; "" for nothing
	Pass        string               // that a program has handed in for the client; "" for none

	// TriedBinding tells that the client was refused on this channel with a Failure of ForeignBinding. When it then says
	// that it saw no channel binding offered (the flag y of RFC 5802 § 6) it is let in where Config.LenientBinding is on.
	//
	// COMPAT(slixmpp 1.8, 2026): it knows tls-unique only, takes it even with TLS 1.3, and says y after that.
	TriedBinding bool
}

func (c Channel) encrypted() bool {
	return c.Encrypted || c.TLS != nil && c.TLS.HandshakeComplete
}

// ChannelBindings lists the types of channel binding that the channel can have, for XEP-0440.
func (s *Service) ChannelBindings(c Channel) []string {
	var types []string
	for _, t := range []string{tlsExporter, tlsServerEndPoint} {
		if _, ok := c.binding(t); ok {
			types = append(types, t)
		}
	}
	return types
}

// binding is the channel binding data of a type.
func (c Channel) binding(kind string) ([]byte, bool) {
	if c.TLS == nil || !c.TLS.HandshakeComplete {
		return nil, false
	}
	switch kind {
	case tlsExporter:
		// RFC 9266 § 2; crypto/tls refuses it for TLS 1.2 without extended master secret, as § 4.2 asks.
		data, err := c.TLS.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
		return data, err == nil
	case tlsServerEndPoint:
		if c.Certificate == nil {
			return nil, false
		}
		hash, ok := signatureHash(c.Certificate.SignatureAlgorithm)
		if !ok {
			return nil, false
		}
		h := hash.New()
		h.Write(c.Certificate.Raw)
		return h.Sum(nil), true
	}
	return nil, false
}

// signatureHash is the hash function that RFC 5929 § 4.1 takes for a certificate signed in this way: the signature's,
// but SHA-256 in place of MD5 and SHA-1. Signatures without a single hash function have none.
func signatureHash(a x509.SignatureAlgorithm) (crypto.Hash, bool) {
	switch a {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1,
		x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256, x509.DSAWithSHA256:
		return crypto.SHA256, true
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return crypto.SHA384, true
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		return crypto.SHA512, true
	}
	return 0, false
}

// Mechanisms lists the mechanisms that a client of a domain may use, the preferred first: none without encryption, unless the
// configuration lets clients of this machine do without. from is who the client says to be, zero where it does not.
func (s *Service) Mechanisms(domain string, from xmpp.JID, c Channel) []string {
	encrypted := c.encrypted()
	if !encrypted && !(s.cfg.Of(domain).PlaintextLoopback && c.Loopback && c.Remote.Unmap().IsLoopback()) {
		return nil
	}
	if s.cfg.Of(domain).Anonymous {
		return []string{anonymousName} // XEP-0175 § 3: only where the operator wants it
	}
	var names []string
	if s.vouched(domain, c) != nil || len(s.handedIn(domain, c)) > 0 || s.vouchedFor(domain, c) != nil { // RFC 6120 § 6.3.4: it has shown a certificate that is good
		names = append(names, externalName)
	}
	suffixes := []string{plusSuffix, ""}
	if len(s.ChannelBindings(c)) == 0 {
		suffixes = suffixes[1:]
	}
	for _, suffix := range suffixes {
		for _, h := range scramHashes {
			if s.knows(from, h.name) { // XEP-0388 § 2.1
				names = append(names, h.name+suffix)
			}
		}
	}
	if s.cfg.Of(domain).Plain { // without TLS only where the operator has said that loopback is as good
		names = append(names, plainName)
	}
	if s.cfg.Of(domain).Bearer {
		names = append(names, bearerName)
	}
	return names
}

// offers tells whether the mechanism is among those offered.
func (s *Service) offers(domain, mechanism string, c Channel) bool {
	return slices.Contains(s.Mechanisms(domain, xmpp.JID{}, c), mechanism)
}
