package server

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"myna/account"
	"myna/config"
	"myna/xmpp/transport"
)

// WriteCertificate makes a self-signed certificate for all hosts and services where there is none; one that is there
// stays.
func WriteCertificate(cfg *config.Config) error {
	var names []string
	for _, h := range cfg.Hosts {
		names = append(names, h, cfg.GroupsHost(h), cfg.UploadHost(h), cfg.PubSubHost(h))
	}
	err := transport.WriteSelfSigned(cfg.Path(cfg.TLS.Cert), cfg.Path(cfg.TLS.Key), names...)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// certificateFiles says where the certificates are, and who is asked for one.
func (s *Server) certificateFiles(cfg *config.Config) transport.Files {
	files := filesOf(cfg)
	files.Asks = s.parts.accounts.AsksForCertificate
	return files
}

func filesOf(cfg *config.Config) transport.Files {
	if cfg.TLS.CertDir != "" {
		return transport.Files{Dir: cfg.Path(cfg.TLS.CertDir)}
	}
	return transport.Files{Cert: cfg.Path(cfg.TLS.Cert), Key: cfg.Path(cfg.TLS.Key)}
}

// loadCertificates reads the certificates. There may be none when no listener needs them. Where one is needed and the
// configuration names none, a self-signed one is made to begin with: the one line of hosts is enough to start.
func (s *Server) loadCertificates() error {
	files := s.certificateFiles(s.cfg)
	named := s.cfg.Sets("tls", "cert") || s.cfg.Sets("tls", "key") || files.Dir != ""
	certs, err := transport.LoadCertificates(files)
	if errors.Is(err, fs.ErrNotExist) && !named && s.needsTLS() {
		if err = WriteCertificate(s.cfg); err == nil {
			s.log.Warn("a self-signed certificate was made, as the configuration names none", "file", files.Cert)
			certs, err = transport.LoadCertificates(files)
		}
	}
	switch {
	case err == nil:
		s.certs = certs
	case s.needsTLS():
		return fmt.Errorf("%w; set tls.cert and tls.key to the files of a certificate and its key", err)
	}
	return nil
}

// CheckFiles reads the certificates that a configuration names, and tells what is wrong with them. Where it names none, one is made
// when it is needed.
func CheckFiles(cfg *config.Config) error {
	accounts := config.NewOptions(account.DefaultConfig()).Completed(accountLimits)
	if _, err := accounts.Load(cfg, "accounts"); err != nil {
		return err
	}
	for _, key := range []string{"cert_dir", "cert", "key"} {
		if !cfg.Sets("tls", key) {
			continue
		}
		if _, err := transport.LoadCertificates(filesOf(cfg)); err != nil {
			return cfg.Problem(err, "tls", key)
		}
	}
	return nil
}

func (s *Server) needsTLS() bool {
	l := &s.cfg.Listen
	return len(l.C2STLS)+len(l.HTTPS)+len(l.S2STLS) > 0 || slices.ContainsFunc(l.C2S, func(a string) bool {
		return !s.cfg.TLS.PlaintextLoopback || !loopback(a)
	})
}
