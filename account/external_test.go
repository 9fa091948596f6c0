package account

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"myna/internal/xmpptest"
	"myna/storage"
	"myna/xmpp"
)

// shownCertificate is the server's view of a connection on which a client has shown a certificate.
func shownCertificate(t *testing.T, cert *tls.Certificate) Channel {
	t.Helper()
	a, b := net.Pipe()
	t.Cleanup(func() { a.Close(); b.Close() })
	s := tls.Server(a, &tls.Config{Certificates: []tls.Certificate{testCertificate(t)}, ClientAuth: tls.RequestClientCert})
	conf := &tls.Config{InsecureSkipVerify: true}
	if cert != nil {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	c := tls.Client(b, conf)
	go func() {
		if c.Handshake() == nil {
			c.Read(make([]byte, 1))
		}
	}()
	if err := s.Handshake(); err != nil {
		t.Fatal(err)
	}
	state := s.ConnectionState()
	return Channel{TLS: &state}
}

// certified is a service that trusts an authority.
func certified(t *testing.T, mail bool, more ...func(*Config)) (*Service, *xmpptest.Authority) {
	t.Helper()
	a := xmpptest.NewAuthority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, a.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := stored(t, func(c *Config) {
		c.CertificateMail = mail
		for _, set := range more {
			set(c)
		}
		if err := c.LoadCertificateCA(file); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Create(t.Context(), storage.Account{JID: address(t, "an@example.com")}, "secret"); err != nil {
		t.Fatal(err)
	}
	return s, a
}

func (s *Service) byCertificate(t *testing.T, c Channel, authzid string, from xmpp.JID) (*Exchange, error) {
	t.Helper()
	x, err := s.Begin(Attempt{Domain: domain, Mechanism: externalName, Channel: c, From: from, Client: Client{ID: clientID}})
	if err != nil {
		return nil, err
	}
	_, _, err = x.Step(t.Context(), []byte(authzid))
	return x, err
}

// TestExternal is XEP-0178 § 2, steps 10 and 11.
func TestExternal(t *testing.T) {
	s, a := certified(t, false)
	byMail, b := certified(t, true)
	others := xmpptest.NewAuthority(t)
	one, two, none := []string{"lan@example.com"}, []string{"lan@example.com", "an@example.com"}, []string(nil)
	for name, c := range map[string]struct {
		s       *Service
		cert    tls.Certificate
		authzid string
		want    Condition
		who     string
	}{
		"one address":           {s, a.Issue(t, one, nil, nil), "", "", "lan@example.com"},
		"and it said":           {s, a.Issue(t, one, nil, nil), "lan@example.com", "", "lan@example.com"},
		"in another form":       {s, a.Issue(t, []string{"LAN@Example.com"}, nil, nil), "Lan@example.com", "", "lan@example.com"},
		"another":               {s, a.Issue(t, one, nil, nil), "an@example.com", InvalidAuthzid, ""},
		"no address said":       {s, a.Issue(t, one, nil, nil), "\xff", MalformedRequest, ""},
		"a resource":            {s, a.Issue(t, one, nil, nil), "lan@example.com/x", InvalidAuthzid, ""},
		"two":                   {s, a.Issue(t, two, nil, nil), "", InvalidAuthzid, ""},
		"the second":            {s, a.Issue(t, two, nil, nil), "an@example.com", "", "an@example.com"},
		"one that is not here":  {s, a.Issue(t, []string{"lan@example.org", "an@example.com"}, nil, nil), "", "", "an@example.com"},
		"nobody":                {s, a.Issue(t, []string{"nobody@example.com"}, nil, nil), "", NotAuthorized, ""},
		"no address":            {s, a.Issue(t, none, []string{"lan@example.com"}, nil), "", NotAuthorized, ""},
		"mail":                  {byMail, b.Issue(t, none, []string{"lan@example.com"}, nil), "", "", "lan@example.com"},
		"mail, and another":     {byMail, b.Issue(t, none, []string{"lan@example.com"}, nil), "an@example.com", InvalidAuthzid, ""},
		"mail beside addresses": {byMail, b.Issue(t, []string{"an@example.com"}, []string{"lan@example.com"}, nil), "lan@example.com", InvalidAuthzid, ""},
		"of another authority":  {s, others.Issue(t, one, nil, nil), "", InvalidMechanism, ""},
		"old": {s, a.Issue(t, one, nil, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}), "", InvalidMechanism, ""},
		"for servers": {s, a.Issue(t, one, nil, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), "", InvalidMechanism, ""},
		"with more that is critical": {s, a.Issue(t, one, nil, func(c *x509.Certificate) {
			c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
		}), "", InvalidMechanism, ""},
	} {
		channel := shownCertificate(t, &c.cert)
		x, err := c.s.byCertificate(t, channel, c.authzid, xmpp.JID{})
		if condition(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (x.JID().String() != c.who || x.Proof().By != ByCertificate) {
			t.Errorf("%s: %s by %+v", name, x.JID(), x.Proof())
		}
		if err == nil {
			if token, _ := x.Token(t.Context(), tokenHash+"NONE"); token != "" {
				t.Errorf("%s: a token", name)
			}
		}
		if offered := slices.Contains(c.s.Mechanisms(domain, xmpp.JID{}, channel), externalName); offered != (c.want != InvalidMechanism) {
			t.Errorf("%s: offered %v", name, offered)
		}
	}
}

func TestExternalIsForWhoMay(t *testing.T) {
	s, a := certified(t, false)
	cert := a.Issue(t, []string{"lan@example.com", "an@example.com"}, nil, nil)
	channel := shownCertificate(t, &cert)
	if x, err := s.byCertificate(t, channel, "", address(t, "an@example.com")); err != nil || x.JID() != address(t, "an@example.com") {
		t.Errorf("who has said who it is (XEP-0388 § 2.3): %v", err)
	}
	if _, err := s.byCertificate(t, channel, "lan@example.com", address(t, "an@example.com")); condition(err) != InvalidAuthzid {
		t.Error("another than it said:", err)
	}
	if err := s.Disable(t.Context(), lan(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.byCertificate(t, channel, "lan@example.com", xmpp.JID{}); condition(err) != AccountDisabled {
		t.Error("disabled:", err)
	}
	if _, err := s.byCertificate(t, shownCertificate(t, nil), "", xmpp.JID{}); condition(err) != InvalidMechanism {
		t.Error("without a certificate:", err)
	}
	if !s.AsksForCertificate(domain) || !s.AsksForCertificate("") {
		t.Error("nobody is asked for a certificate")
	}
	plain, _ := stored(t, nil)
	if plain.AsksForCertificate(domain) || plain.AsksForCertificate("") {
		t.Error("clients are asked for a certificate")
	}
	if _, err := plain.byCertificate(t, channel, "lan@example.com", xmpp.JID{}); condition(err) != InvalidMechanism {
		t.Error("where nobody is trusted:", err)
	}
}

func FuzzCertificateNames(f *testing.F) {
	a := xmpptest.NewAuthority(f)
	cert := a.Issue(f, []string{"lan@example.com"}, []string{"an@example.com"}, nil)
	for _, e := range cert.Leaf.Extensions {
		f.Add(e.Value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		list := xmppAddresses(&x509.Certificate{Extensions: []pkix.Extension{{Id: subjectAltName, Value: value}}})
		if len(list) > maxAddresses {
			t.Errorf("%d addresses", len(list))
		}
	})
}

// A certificate is no secret: who hands in that of somebody else does not take it away from whom an authority has signed it for.
func TestExternalOfAnother(t *testing.T) {
	s, a := certified(t, false, func(c *Config) { c.UserCertificates = true })
	cert := a.Issue(t, []string{"lan@example.com"}, nil, nil)
	an := Certificate{ID: certificateID(cert.Certificate[0]), Account: address(t, "an@example.com"), Local: "an", Name: "x"}
	s.certificates.put(an)
	channel := shownCertificate(t, &cert)
	for _, authzid := range []string{"", "lan@example.com"} {
		if x, err := s.byCertificate(t, channel, authzid, xmpp.JID{}); err != nil || x.JID() != lan(t) || x.Proof().Certificate != "" {
			t.Errorf("as %q: %v", authzid, err)
		}
	}
	own := an
	own.Account, own.Local, own.Plain = lan(t), "lan", true
	s.certificates.put(own)
	x, err := s.byCertificate(t, channel, "", xmpp.JID{})
	if err != nil || x.JID() != lan(t) {
		t.Fatalf("who has handed it in themselves: %v", err)
	}
	if p := x.Proof(); p.Certificate != own.ID || !p.Limited() {
		t.Errorf("signed in by %+v", p)
	}
}

// Who hands in the certificate of somebody else, which many can see, keeps nobody from handing in their own: the client says who it is.
func TestCertificateOfSeveral(t *testing.T) {
	s, db := stored(t, func(c *Config) { c.UserCertificates = true })
	s.docs = db
	a := xmpptest.NewAuthority(t)
	cert := a.Issue(t, nil, nil, nil)
	der, channel, an := cert.Certificate[0], shownCertificate(t, &cert), address(t, "an@example.com")
	if !s.Exists(an) {
		if err := s.Create(t.Context(), storage.Account{JID: an}, "a long password"); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []xmpp.JID{an, lan(t)} {
		if err := s.AddCertificate(t.Context(), who, "x", der, false); err != nil {
			t.Fatal(err)
		}
		if err := s.AddCertificate(t.Context(), who, "y", der, false); !errors.Is(err, ErrCertificateTaken) {
			t.Errorf("twice: %v", err)
		}
	}
	want := func(authzid string, from, who xmpp.JID) {
		t.Helper()
		x, err := s.byCertificate(t, channel, authzid, from)
		if who.IsZero() != (err != nil) || err == nil && x.JID() != who {
			t.Errorf("as %q from %q: %v", authzid, from, err)
		}
	}
	none := xmpp.JID{}
	want("lan@example.com", none, lan(t))
	want("", lan(t), lan(t))
	want("an@example.com", none, an)
	want("", none, none)
	want("minh@example.com", none, none)
	if err := s.EndCertificate(t.Context(), an, "x", true); err != nil {
		t.Fatal(err)
	}
	want("", none, lan(t))
	want("an@example.com", none, none)
	if list, err := s.Certificates(t.Context(), lan(t)); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}
