package server

import (
	"net"
	"time"

	"myna/config"
	"myna/hook"
	"myna/upload"
)

func buildUpload(p *parts) (hook.Module, error) {
	domains := map[string]string{}
	for _, h := range p.cfg.Hosts {
		domains[p.cfg.UploadHost(h)] = h
	}
	files, err := upload.OpenDir(p.cfg.Path("uploads"))
	if err != nil {
		return nil, err
	}
	p.upload = upload.New(upload.Options{
		Store: p.store, Files: files, Config: p.options.(*config.Options[upload.Config]), Now: time.Now, Logger: p.log,
		Domain: func(host string) string { return domains[host] },
		Base:   func(domain string) string { return publicURL(p.cfg, domain) },
	})
	p.starters = append(p.starters, p.upload.Sweep)
	return p.upload, nil
}

// publicURL is how clients of a domain reach our HTTP.
func publicURL(cfg *config.Config, domain string) string {
	l := &cfg.Listen
	if l.PublicURL != "" {
		return l.PublicURL
	}
	scheme, usual, list := "https", "443", l.HTTPS
	if len(list) == 0 && len(l.HTTP) > 0 {
		scheme, usual, list = "http", "80", l.HTTP
	}
	if len(list) == 0 {
		return "https://" + domain
	}
	_, port, err := net.SplitHostPort(list[0])
	if err != nil || port == usual {
		return scheme + "://" + domain
	}
	return scheme + "://" + net.JoinHostPort(domain, port)
}
