package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Files says where certificates are: one pair, or a directory with a folder for each host, or both.
type Files struct {
	Cert, Key string // PEM; the certificate with its chain
	Dir       string // DIR/example.com/cert.pem and key.pem, or fullchain.pem and privkey.pem
	// Asks tells whether clients of a host are asked for a certificate, "" for one that does not say which it wants; nil: none
	// is. What comes is judged by who signs them in (XEP-0178).
	Asks func(host string) bool
}

// Role says what a listener is for: it decides about ALPN (XEP-0368 § 4) and client certificates (XEP-0178).
type Role int

// The roles of listeners.
const (
	Clients       Role = iota // STARTTLS
	ClientsDirect             // direct TLS, xmpp-client
	Servers                   // STARTTLS, asks for a certificate
	ServersDirect             // direct TLS, xmpp-server, asks for a certificate
	roles
)

// Certificates are the server's certificates, chosen by the name that the client asks for (SNI). They can be loaded
// anew while they are in use.
type Certificates struct {
	current atomic.Pointer[certificateSet]
}

// certificateSet never changes. Its configurations have session tickets with keys of their own, so a session begun with
// other certificates is not resumed.
type certificateSet struct {
	byName   map[string]*tls.Certificate // folders' names, then the certificates' own, "*." included
	fallback *tls.Certificate
	configs  [roles]*tls.Config
}

// LoadCertificates reads the certificates.
func LoadCertificates(f Files) (*Certificates, error) {
	c := &Certificates{}
	if err := c.Load(f); err != nil {
		return nil, err
	}
	return c, nil
}

// Load reads certificates in place of those in use. When it fails, nothing has changed. Connections that exist keep
// theirs.
func (c *Certificates) Load(f Files) error {
	set := &certificateSet{byName: map[string]*tls.Certificate{}}
	if err := set.load(f); err != nil {
		return fmt.Errorf("load certificates: %w", err)
	}
	for r := range roles {
		set.configs[r] = set.config(r, f.Asks)
	}
	c.current.Store(set)
	return nil
}

// Config returns the configuration for a role as it is now. It must not be changed.
func (c *Certificates) Config(r Role) *tls.Config { return c.current.Load().configs[r] }

// ConfigFunc returns a function that always returns the present configuration for a role, for Options.TLS.
func (c *Certificates) ConfigFunc(r Role) func() *tls.Config {
	return func() *tls.Config { return c.Config(r) }
}

// GetCertificate chooses a certificate for servers of other protocols (tls.Config.GetCertificate).
func (c *Certificates) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load().pick(hello.ServerName), nil
}

// For returns the certificate for a host.
func (c *Certificates) For(host string) *tls.Certificate { return c.current.Load().pick(host) }

func (s *certificateSet) load(f Files) error {
	if f.Cert != "" || f.Key != "" {
		cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		if err != nil {
			return err
		}
		s.fallback = &cert
	}
	if f.Dir != "" {
		if err := s.loadDir(f.Dir); err != nil {
			return err
		}
	}
	if s.fallback == nil {
		return errors.New("there are none")
	}
	s.addNames(s.fallback)
	return nil
}

func (s *certificateSet) loadDir(dir string) error {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return err
	}
	var found []*tls.Certificate
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		folder := filepath.Join(dir, e.Name())
		if info, err := os.Stat(folder); err != nil || !info.IsDir() { // a link to a folder is one
			continue
		}
		cert, err := loadFolder(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		s.byName[normal(e.Name())] = cert
		found = append(found, cert)
		if s.fallback == nil {
			s.fallback = cert
		}
	}
	for _, cert := range found {
		s.addNames(cert)
	}
	return nil
}

func loadFolder(folder string) (*tls.Certificate, error) {
	for _, names := range [][2]string{{"cert.pem", "key.pem"}, {"fullchain.pem", "privkey.pem"}} {
		cert, err := tls.LoadX509KeyPair(filepath.Join(folder, names[0]), filepath.Join(folder, names[1]))
		if err == nil {
			return &cert, nil
		}
		// certbot's folders have a cert.pem too, without its chain and beside a privkey.pem.
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, errors.New("neither cert.pem and key.pem nor fullchain.pem and privkey.pem")
}

// addNames makes the certificate found by the names in it, unless a folder or an earlier certificate has them.
func (s *certificateSet) addNames(cert *tls.Certificate) {
	for _, name := range cert.Leaf.DNSNames {
		if name = normal(name); s.byName[name] == nil {
			s.byName[name] = cert
		}
	}
}

func (s *certificateSet) pick(host string) *tls.Certificate {
	host = normal(host)
	if cert := s.byName[host]; cert != nil {
		return cert
	}
	if _, parent, ok := strings.Cut(host, "."); ok {
		if cert := s.byName["*."+parent]; cert != nil { // RFC 6125 § 6.4.3
			return cert
		}
	}
	return s.fallback
}

func normal(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

func (s *certificateSet) config(r Role, asks func(string) bool) *tls.Config {
	var asking *tls.Config
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, // RFC 7590 § 3
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return s.pick(hello.ServerName), nil
		},
		// Called for resumed sessions too, in which no certificate is chosen.
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if sock, ok := hello.Conn.(*socket); ok {
				sock.leaf = s.pick(hello.ServerName).Leaf
			}
			if asks != nil && asking != nil && asks(normal(hello.ServerName)) {
				return asking, nil
			}
			return nil, nil
		},
	}
	// A client that sends no ALPN is accepted, one that sends only other protocols is refused (XEP-0368 § 4).
	switch r {
	case ClientsDirect:
		c.NextProtos = []string{"xmpp-client"}
	case ServersDirect:
		c.NextProtos = []string{"xmpp-server"}
	}
	if r == Servers || r == ServersDirect {
		c.ClientAuth = tls.RequestClientCert // judged by the stream layer (XEP-0178, RFC 7712)
		return c
	}
	asking = c.Clone()
	asking.GetConfigForClient, asking.ClientAuth = nil, tls.RequestClientCert
	return c
}
