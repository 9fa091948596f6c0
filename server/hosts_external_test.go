package server_test

import (
	"crypto/tls"
	"encoding/base64"
	"os"
	"path/filepath"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// external signs in to a domain with a certificate, on a server that has options of example.org and of all hosts.
func (h *hosts) external(domain string, all, org config.Section, addresses, mail []string) string {
	h.t.Helper()
	a := xmpptest.NewAuthority(h.t)
	s := servertest.StartTLS(h.t, func(c *config.Config) {
		h.must(os.MkdirAll(c.DataDir, 0o700))
		h.must(os.WriteFile(filepath.Join(c.DataDir, "ca.pem"), a.PEM(), 0o600))
		c.Hosts = append(c.Hosts, "example.org")
		c.Modules = map[string]config.Section{"accounts": all}
		c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"accounts": org}}}
	})
	// The server has one certificate, which is of example.net, and is asked for the name of the domain.
	s.TLS = &tls.Config{InsecureSkipVerify: true, ServerName: domain, Certificates: []tls.Certificate{a.Issue(h.t, addresses, mail, nil)}}
	h = &hosts{t: h.t, s: s, ctx: h.ctx}
	c := h.dial("lan@" + domain)
	return h.auth(c.Send, func() (*xmpp.Element, error) { return c.Next(h.ctx) }, "EXTERNAL", "lan@"+domain)
}

var lans = []string{"lan@example.net", "lan@example.org"}

// trusted tells what comes of a certificate with XMPP addresses.
func trusted(h *hosts, domain string) string {
	return h.external(domain, nil, config.Section{"certificate_ca": "ca.pem"}, lans, nil)
}

// mailed tells what comes of one with mail addresses.
func mailed(h *hosts, domain string) string {
	return h.external(domain, config.Section{"certificate_ca": "ca.pem"}, config.Section{"certificate_mail": true}, nil, lans)
}

// twoCertificates hands in two, on a server of its own that has TLS.
func twoCertificates(h *hosts, domain string) string {
	s := servertest.StartTLS(h.t, func(c *config.Config) {
		c.Hosts = append(c.Hosts, "example.org")
		c.Modules = map[string]config.Section{"accounts": {"user_certificates": true}}
		c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"accounts": {"certificates": int64(1)}}}}
	})
	s.TLS = &tls.Config{InsecureSkipVerify: true, ServerName: domain}
	h = &hosts{t: h.t, s: s, ctx: h.ctx}
	c := h.client("lan@" + domain)
	var requests []string
	for _, name := range []string{"a", "b"} {
		cert := xmpptest.NewAuthority(h.t).Issue(h.t, nil, nil, nil)
		requests = append(requests, `<append xmlns="`+ns.SASLCert+`"><name>`+name+`</name><x509cert>`+base64.StdEncoding.EncodeToString(cert.Certificate[0])+`</x509cert></append>`)
	}
	return h.sets(c, "", requests...)
}
