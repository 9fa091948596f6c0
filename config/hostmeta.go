package config

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
)

func (c *Config) checkHostMeta(p *problems) {
	m := &c.HostMeta
	for key, list := range map[string][]string{"ips": m.IPs, "web_ips": m.WebIPs} {
		for _, a := range list {
			if ip, err := netip.ParseAddr(a); err != nil || ip.Zone() != "" {
				p.at("host_meta", key)("host_meta.%s: %q is no IP address", key, a)
			}
		}
	}
	for _, pin := range m.Pins {
		if b, err := base64.StdEncoding.DecodeString(pin); err != nil || len(b) != sha256.Size {
			p.at("host_meta", "pins")("host_meta.pins: %q is no SHA-256 in base64", pin)
		}
	}
	if len(m.Pins) == 1 { // RFC 7469 § 4.3
		p.at("host_meta", "pins")("host_meta.pins: one key is too few; list that of a spare one, too")
	}
	if len(m.IPs) > 0 && len(c.Listen.C2STLS) == 0 && len(c.Listen.C2S) > 0 {
		p.at("host_meta", "ips")("host_meta.ips: clients that read this do not look for listen.c2s any more (XEP-0487 names no way with STARTTLS); set listen.c2s_tls, too")
	}
	if len(m.IPs) == 0 && (len(m.WebIPs) > 0 || len(m.Pins) > 0) {
		p.at("host_meta")("host_meta: nothing of this is told before ips is set")
	}
}
