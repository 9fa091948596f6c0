package server

import (
	"slices"
	"testing"

	"myna/config"
)

// Clients are sent to a name that leads to us.
func TestPublicURL(t *testing.T) {
	for _, c := range []struct {
		domain, public, upload string
		http, https            []string
		want                   string
	}{
		{"example.com", "", "", []string{"127.0.0.1:5280"}, []string{"[::]:5443"}, "https://upload.example.com:5443"},
		{"example.com", "", "files.example.com", nil, []string{"[::]:443"}, "https://files.example.com"},
		{"example.com", "https://chat.provider.example/", "", nil, []string{"[::]:5443"}, "https://chat.provider.example"},
		{"example.com", "", "", []string{"127.0.0.1:5280"}, nil, "https://upload.example.com"}, // a proxy's
		{"example.com", "", "", nil, nil, "https://upload.example.com"},
		{"localhost", "", "", []string{"127.0.0.1:5280"}, []string{"127.0.0.1:5443"}, "https://localhost:5443"},
		{"chat.localhost", "", "", []string{"127.0.0.1:5280"}, nil, "http://chat.localhost:5280"},
		{"localhost", "", "", []string{"127.0.0.1:80"}, nil, "http://localhost"},
	} {
		cfg := config.Default()
		cfg.Hosts = []string{c.domain}
		cfg.Host = map[string]config.HostConfig{c.domain: {Upload: c.upload}}
		cfg.Listen.PublicURL, cfg.Listen.HTTP, cfg.Listen.HTTPS = c.public, c.http, c.https
		if got := publicURL(cfg, c.domain); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// What host_meta leaves open is that of the listeners; without addresses nothing is told.
func TestAlternatives(t *testing.T) {
	cfg := config.Default()
	if alternatives(cfg) != nil {
		t.Error("told without being asked")
	}
	cfg.HostMeta.IPs = []string{"192.0.2.1"}
	a := alternatives(cfg)
	if a == nil || a.TLSPort != 5223 || !slices.Equal(a.WebIPs, cfg.HostMeta.IPs) || a.TLS.Priority >= a.WebSocket.Priority || a.WebSocket.Priority >= a.BOSH.Priority {
		t.Errorf("%+v", a)
	}
	cfg.HostMeta.Port, cfg.HostMeta.WebIPs = 443, []string{"192.0.2.2"}
	if a := alternatives(cfg); a.TLSPort != 443 || !slices.Equal(a.WebIPs, cfg.HostMeta.WebIPs) {
		t.Errorf("%+v", a)
	}
	cfg.Listen.C2STLS = nil
	if a := alternatives(cfg); a != nil {
		t.Errorf("STARTTLS is not found any more: %+v", a)
	}
	cfg.Listen.C2S = nil
	if a := alternatives(cfg); a.TLSPort != 0 {
		t.Errorf("a way that there is not: %+v", a)
	}
}
