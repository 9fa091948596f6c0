package server

import (
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
