package account

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"os"
	"slices"
	"unicode/utf8"

	"mellium.im/sasl"

	"myna/xmpp"
)

const externalName = "EXTERNAL"

// maxAddresses is how many addresses of a certificate are looked at.
const maxAddresses = 16

// LoadCertificateCA reads the authorities that sign the certificates of clients, in PEM.
func (c *Config) LoadCertificateCA(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read authorities of clients: %w", err)
	}
	c.authorities = x509.NewCertPool()
	if !c.authorities.AppendCertsFromPEM(text) {
		return fmt.Errorf("read authorities of clients: %s has no certificate", file)
	}
	return nil
}

// AsksForCertificate tells whether clients of a host are asked for a certificate in the TLS handshake; "" is a client that did not
// say which host it wants.
func (s *Service) AsksForCertificate(host string) bool {
	if host != "" {
		return s.cfg.Of(host).asks()
	}
	if s.cfg.All().asks() {
		return true
	}
	for domain := range *s.domains.Load() {
		if s.cfg.Of(domain).asks() {
			return true
		}
	}
	return false
}

func (c *Config) asks() bool { return c.authorities != nil || c.UserCertificates }

// vouched returns the certificate that a client of a domain has shown, if an authority of the domain has signed it for clients
// and it is valid now; nil where there is none.
func (s *Service) vouched(domain string, c Channel) *x509.Certificate {
	roots := s.cfg.Of(domain).authorities
	if roots == nil || c.TLS == nil || !c.TLS.HandshakeComplete || len(c.TLS.PeerCertificates) == 0 {
		return nil
	}
	leaf := *c.TLS.PeerCertificates[0]
	// Names of the kind that is read here are none that crypto/x509 knows.
	leaf.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(leaf.UnhandledCriticalExtensions), subjectAltName.Equal)
	between := x509.NewCertPool()
	for _, cert := range c.TLS.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return nil
	}
	return &leaf
}

var (
	subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}              // RFC 5280 § 4.2.1.6
	xmppAddr       = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 8, 5} // RFC 6120 § 13.7.1.4
)

// xmppAddresses are the addresses of XMPP in a certificate (RFC 6120 § 13.7.1.4, id-on-xmppAddr). What is broken is none.
func xmppAddresses(cert *x509.Certificate) []string {
	var list []string
	for _, ext := range cert.Extensions {
		if !ext.Id.Equal(subjectAltName) {
			continue
		}
		var names asn1.RawValue
		if rest, err := asn1.Unmarshal(ext.Value, &names); err != nil || len(rest) > 0 || !names.IsCompound {
			return list
		}
		for rest := names.Bytes; len(rest) > 0 && len(list) < maxAddresses; {
			var name asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &name); err != nil {
				return list
			}
			if name.Class != asn1.ClassContextSpecific || name.Tag != 0 || !name.IsCompound { // otherName
				continue
			}
			if text, err := otherName(name.Bytes); err == nil {
				list = append(list, text)
			}
		}
	}
	return list
}

var errOther = errors.New("a name of another kind")

func otherName(b []byte) (string, error) {
	var id asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(b, &id)
	if err != nil || !id.Equal(xmppAddr) {
		return "", errors.Join(err, errOther)
	}
	var wrapped asn1.RawValue
	if _, err := asn1.Unmarshal(rest, &wrapped); err != nil {
		return "", err
	}
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(wrapped.Bytes, &value); err != nil {
		return "", err
	}
	if value.Class != asn1.ClassUniversal || value.Tag != asn1.TagUTF8String || !utf8.Valid(value.Bytes) {
		return "", errOther
	}
	return string(value.Bytes), nil
}

// ownersOf are the accounts of the domain that a certificate is of: by its XMPP addresses or, where it has none and the
// domain wants that, by its mail addresses (XEP-0178 § 2, step 11).
func (s *Service) ownersOf(cert *x509.Certificate, domain string) []xmpp.JID {
	texts := xmppAddresses(cert)
	if len(texts) == 0 && s.cfg.Of(domain).CertificateMail {
		texts = cert.EmailAddresses[:min(len(cert.EmailAddresses), maxAddresses)]
	}
	var list []xmpp.JID
	for _, text := range texts {
		j, err := xmpp.ParseJID(text)
		if err == nil && j.Local() != "" && j.IsBare() && j.Domain() == domain && s.Exists(j) && !slices.Contains(list, j) {
			list = append(list, j)
		}
	}
	return list
}

// external is the server's side of EXTERNAL (RFC 4422 appendix A): the message is the authorization identity, or nothing.
func (x *Exchange) external(_ *sasl.Negotiator, message []byte, _ any) (more bool, resp []byte, cache any, err error) {
	if !utf8.Valid(message) || len(message) > maxResponse {
		return false, nil, nil, malformed("the authorization identity is not UTF-8")
	}
	if grant := x.service.vouchedFor(x.Domain, x.Channel); grant != nil {
		return false, nil, nil, x.showGrant(grant, string(message))
	}
	if len(x.service.own(x.Domain, x.Channel)) > 0 {
		return false, nil, nil, x.showOwn(string(message))
	}
	return false, nil, nil, x.showCertificate(string(message))
}

// showGrant lets the account in for which a program has vouched.
func (x *Exchange) showGrant(grant *Grant, authzid string) error {
	who, err := x.find(grant.Account.Local(), authzid)
	if err == nil {
		err = x.service.enabled(who, x.Channel.Remote)
	}
	if err != nil {
		return err
	}
	if x.service.vouchedFor(x.Domain, x.Channel) != grant { // now that since is known
		return notAuthorized()
	}
	x.who, x.grant = who.jid, grant
	return nil
}

// showCertificate decides whom the certificate of the channel lets in, by XEP-0178 § 2, step 11.
func (x *Exchange) showCertificate(authzid string) error {
	x.since = x.service.barrier.now() // before the account is looked at
	cert := x.service.vouched(x.Domain, x.Channel)
	if cert == nil {
		return notAuthorized()
	}
	owners := x.service.ownersOf(cert, x.Domain)
	if len(owners) == 0 {
		return notAuthorized() // c
	}
	who := owners[0]
	switch {
	case authzid != "":
		j, err := xmpp.ParseJID(authzid)
		if err != nil || !slices.Contains(owners, j) {
			return fail(InvalidAuthzid, "the certificate is not of this address") // c
		}
		who = j
	case !x.From.IsZero() && slices.Contains(owners, x.From): // XEP-0388 § 2.3: it has said who it is
		who = x.From
	case len(owners) > 1:
		return fail(InvalidAuthzid, "the certificate has several addresses; say which one") // b
	}
	if !x.From.IsZero() && x.From != who {
		return fail(InvalidAuthzid, "the stream was opened from another address")
	}
	if err := x.service.enabled(x.service.named(who.Local(), x.Domain), x.Channel.Remote); err != nil {
		return err
	}
	x.who, x.certified = who, true
	return nil
}
