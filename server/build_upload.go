package server

import (
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
		Open:   p.rooms.Exists,
	})
	p.starters = append(p.starters, p.upload.Sweep)
	p.onDelete(p.upload.Forgotten)
	return p.upload, nil
}
