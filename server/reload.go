package server

import (
	"fmt"
	"runtime/debug"

	"myna/config"
	"myna/xmpp/transport"
)

// Reload validates a new configuration and takes over what can change while the server runs: certificates. It returns in
// words what was taken over and what needs a restart. When it fails, nothing has changed.
func (s *Server) Reload(cfg *config.Config) ([]string, error) {
	if err := checkModules(cfg, modules()); err != nil {
		return nil, err
	}
	report := []string{} // a list for machines, also where it is empty
	if s.certs != nil {
		files := transport.Files{Cert: cfg.Path(cfg.TLS.Cert), Key: cfg.Path(cfg.TLS.Key), Dir: cfg.Path(cfg.TLS.CertDir)}
		if cfg.TLS.CertDir != "" {
			files.Cert, files.Key = "", ""
		}
		if err := s.certs.Load(files); err != nil {
			return nil, err
		}
		report = append(report, "certificates were read again")
	}
	for _, c := range config.Changes(s.cfg, cfg) {
		report = append(report, fmt.Sprintf("%s has changed and needs a restart", c.Key))
	}
	return report, nil
}

// Version is the version that the build stamped, or what the Go tool knows.
func Version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

// stamped is set by the linker.
var stamped string
