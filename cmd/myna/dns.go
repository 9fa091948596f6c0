package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"myna/config"
)

// service is a SRV record that a host should have (RFC 6120 § 3.2.1, XEP-0368 § 2).
type service struct {
	name, owner string // "xmpp-client", "example.com"
	port        int
	why         string
}

// services lists the records of all hosts, for what this version serves.
func (c *cli) services(cfg *config.Config) []service {
	var list []service
	add := func(key string, addrs []string, name, owner, why string) {
		if port := portOf(addrs); port > 0 && c.backend.serves(key) {
			list = append(list, service{name, owner, port, why})
		}
	}
	l := &cfg.Listen
	for _, h := range cfg.Hosts {
		add("c2s", l.C2S, "xmpp-client", h, "clients")
		add("c2s_tls", l.C2STLS, "xmpps-client", h, "clients, direct TLS")
		for _, name := range []string{h, cfg.GroupsHost(h), cfg.PubSubHost(h)} {
			add("s2s", l.S2S, "xmpp-server", name, "other servers")
			add("s2s_tls", l.S2STLS, "xmpps-server", name, "other servers, direct TLS")
		}
	}
	return list
}

func portOf(addrs []string) int {
	for _, a := range addrs {
		if _, port, err := net.SplitHostPort(a); err == nil {
			if n, err := strconv.Atoi(port); err == nil && n > 0 {
				return n
			}
		}
	}
	return 0
}

// dnsRecords writes the records as a zone file has them.
func (c *cli) dnsRecords(cfg *config.Config, server string) []string {
	var records []string
	for _, s := range c.services(cfg) {
		records = append(records, fmt.Sprintf("%-42s 3600 IN SRV 5 1 %d %s.", "_"+s.name+"._tcp."+s.owner+".", s.port, server))
	}
	for _, h := range cfg.Hosts {
		if cfg.UploadHost(h) != server {
			records = append(records, fmt.Sprintf("%-42s 3600 IN CNAME %s.", cfg.UploadHost(h)+".", server))
		}
	}
	return records
}

// lookUp checks a record. The error is one line.
func lookUp(ctx context.Context, s service) (target string, err error) {
	_, records, err := net.DefaultResolver.LookupSRV(ctx, s.name, "tcp", s.owner)
	var dns *net.DNSError
	if errors.As(err, &dns) {
		if dns.IsNotFound {
			return "", errors.New("there is no such record")
		}
		return "", errors.New(dns.Err)
	}
	if err != nil {
		return "", err
	}
	for _, r := range records {
		if int(r.Port) == s.port {
			return strings.TrimSuffix(r.Target, ".") + ":" + strconv.Itoa(s.port), nil
		}
	}
	if len(records) == 0 {
		return "", errors.New("there is no such record")
	}
	return "", fmt.Errorf("the record names port %d, the server listens on %d", records[0].Port, s.port)
}
