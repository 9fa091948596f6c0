package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"myna/xmpp"
)

// Validate checks what the types cannot say and brings names of hosts into their prepared form. The error joins all
// that is wrong.
func (c *Config) Validate() error { return join(c.problems()) }

func (c *Config) problems() []error {
	p := problems{src: c.src}
	c.checkHosts(&p)
	c.checkListen(&p)
	c.checkHostMeta(&p)
	for _, h := range sortedKeys(c.Host) {
		_, err := c.HostArchive(h)
		p.add(err)
	}
	if c.DataDir == "" {
		p.at("data_dir")("data_dir must not be empty")
	}
	if d := c.Storage.Driver; d != "sqlite" {
		p.at("storage", "driver")(`storage.driver: the driver %q is not part of this build; use "sqlite", which needs no other program`, d)
	}
	if c.TLS.CertDir == "" && (c.TLS.Cert == "") != (c.TLS.Key == "") {
		p.at("tls")("tls.cert and tls.key belong together: set both")
	}
	if n := c.Limits.StanzaBytes; n > 0 && n < 10000 {
		p.at("limits", "stanza_bytes")("limits.stanza_bytes: %d is below 10000, the least that RFC 6120 § 13.12 allows", n)
	}
	if b, r := c.Limits.BurstBytes, c.Limits.BytesPerSecond; r > 0 && b > 0 && b < c.Limits.StanzaBytes {
		p.at("limits", "burst_bytes")("limits.burst_bytes: %d is less than one stanza (stanza_bytes = %d)", b, c.Limits.StanzaBytes)
	}
	return p.errs
}

// problems collects what is wrong.
type problems struct {
	src  *source
	errs []error
}

// at returns a function that tells a problem of a key.
func (p *problems) at(path ...string) func(format string, args ...any) {
	return func(format string, args ...any) { p.errs = append(p.errs, p.src.errorAt(path, format, args...)) }
}

func (c *Config) checkHosts(p *problems) {
	if len(c.Hosts) == 0 {
		p.at("hosts")(`hosts is missing: set at least one mail domain, such as hosts = ["example.com"]`)
	}
	taken := map[string]string{} // name → what it is for
	for i, h := range c.Hosts {
		name, err := hostName(h)
		if err != nil {
			p.at("hosts")("hosts: %q is no domain name: %v", h, err)
			continue
		}
		if taken[name] != "" {
			p.at("hosts")("hosts: %q is there twice", h)
		}
		c.Hosts[i], taken[name] = name, "a host"
	}
	prepared := map[string]HostConfig{}
	for _, h := range sortedKeys(c.Host) {
		name, err := hostName(h)
		if err != nil || !slices.Contains(c.Hosts, name) {
			text := fmt.Sprintf("[host.%s]: %q is not one of hosts", keyText(h), h)
			if near := Nearest(h, c.Hosts); near != "" {
				text += fmt.Sprintf("; did you mean %q?", near)
			}
			p.at("host", h)("%s", text)
			continue
		}
		hc := c.Host[h]
		c.checkServices(p, h, &hc)
		prepared[name] = hc
	}
	if c.Host != nil {
		c.Host = prepared
	}
	c.checkTaken(p, taken)
}

func (c *Config) checkServices(p *problems, host string, hc *HostConfig) {
	for key, s := range map[string]*string{"groups": &hc.Groups, "upload": &hc.Upload, "pubsub": &hc.PubSub} {
		if *s == "" {
			continue
		}
		name, err := hostName(*s)
		if err != nil {
			p.at("host", host, key)("host.%s.%s: %q is no domain name: %v", keyText(host), key, *s, err)
			continue
		}
		*s = name
	}
}

// checkTaken finds two services under one name.
func (c *Config) checkTaken(p *problems, taken map[string]string) {
	for i, h := range c.Hosts {
		if slices.Contains(c.Hosts[:i], h) {
			continue // that is said already
		}
		for _, s := range [][2]string{{"groups", c.GroupsHost(h)}, {"upload", c.UploadHost(h)}, {"pubsub", c.PubSubHost(h)}} {
			if t := taken[s[1]]; t != "" {
				p.at("host", h, s[0])("%q cannot be the %s service of %s: it is %s already", s[1], s[0], h, t)
			}
			taken[s[1]] = "the " + s[0] + " service of " + h
		}
	}
}

func hostName(s string) (string, error) {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		return "", errors.New(strings.TrimPrefix(err.Error(), "parse address: "))
	}
	if j.Local() != "" || j.Resource() != "" || j.IsZero() {
		return "", errors.New("only the part behind the @ belongs here")
	}
	return j.Domain(), nil
}

func (c *Config) checkListen(p *problems) {
	l := &c.Listen
	seen := map[string]string{}
	for _, list := range []struct {
		key   string
		addrs []string
	}{{"c2s", l.C2S}, {"c2s_tls", l.C2STLS}, {"s2s", l.S2S}, {"s2s_tls", l.S2STLS}, {"component", l.Component}, {"http", l.HTTP}, {"https", l.HTTPS}} {
		for _, a := range list.addrs {
			if err := checkAddress(a); err != nil {
				p.at("listen", list.key)("listen.%s: %v", list.key, err)
				continue
			}
			if other := seen[a]; other != "" && !strings.HasSuffix(a, ":0") {
				p.at("listen", list.key)("listen.%s: %q is an address of listen.%s already", list.key, a, other)
			}
			seen[a] = list.key
			if list.key == "component" && !loopback(a) {
				p.at("listen", list.key)("listen.component: %q is not a loopback address, and components have no encryption", a)
			}
		}
	}
	if u, err := url.Parse(l.PublicURL); l.PublicURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		p.at("listen", "public_url")("listen.public_url: %q is no address such as https://chat.example.com", l.PublicURL)
	}
	for _, o := range l.Origins {
		if !isOrigin(o) {
			p.at("listen", "origins")("listen.origins: %q is no origin such as https://webmail.example.com", o)
		}
	}
	for key, list := range map[string][]string{"proxies": l.Proxies, "proxy_protocol": l.ProxyProtocol} {
		for _, n := range list {
			_, noNetwork := netip.ParsePrefix(n)
			if _, err := netip.ParseAddr(n); err != nil && noNetwork != nil {
				p.at("listen", key)("listen.%s: %q is no network such as 10.0.0.0/8, and no address", key, n)
			}
		}
	}
}

// isOrigin tells whether o is what a browser sends as the origin of a page (RFC 6454 § 6.2), or "*".
func isOrigin(o string) bool {
	u, err := url.Parse(o)
	return o == "*" || err == nil && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == o
}

func checkAddress(a string) error {
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf(`%q is no address and port, such as "[::]:5222" or "127.0.0.1:5222"`, a)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port from 0 to 65535 behind the colon", a)
	} else if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		return fmt.Errorf(`%q: %q is no IP address; write the address of an interface, or [::] for all (port %d)`, a, host, n)
	}
	return nil
}

// loopback tells whether an address is reachable from this machine only.
func loopback(a string) bool {
	host, _, err := net.SplitHostPort(a)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// join sorts errors by their lines and joins them; nil when there are none.
func join(errs []error) error {
	sort.SliceStable(errs, func(i, j int) bool {
		var a, b *Error
		return errors.As(errs[i], &a) && errors.As(errs[j], &b) && a.Line < b.Line
	})
	return errors.Join(errs...)
}
