package server

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"time"

	"myna/admin"
)

// vitals measures how the server and its machine are (admin.Health).
func (s *Server) vitals(context.Context) admin.Vitals {
	v := admin.Vitals{Jump: jump(s.admin.Started, time.Now()), Certificates: s.shown()}
	for _, d := range []struct{ of, dir string }{{"database", s.cfg.DataDir}, {"files", s.cfg.Path("uploads")}} {
		free, total, err := room(d.dir)
		if errors.Is(err, errors.ErrUnsupported) {
			continue
		}
		v.Disks = append(v.Disks, admin.Disk{Of: d.of, Free: free, Total: total, Err: err})
	}
	v.Open, v.Most = descriptors()
	if q, ok := s.store.(interface{ Fill() float64 }); ok {
		v.Queued = q.Fill()
	}
	if d := s.parts.digest; d.Works() {
		waiting, failing := d.State("")
		v.Mail = &admin.Mail{Waiting: waiting, Failing: failing, Domain: d.State}
	}
	return v
}

// jump is how far the clock of the day was set between two readings: what has passed by it, without what has by the clock that
// nobody sets. That one stands still while the machine sleeps.
func jump(from, to time.Time) time.Duration {
	return to.Round(0).Sub(from.Round(0)) - to.Sub(from) // Round takes the reading of that clock away
}

// shown are the certificates that are shown for the domains and their services.
func (s *Server) shown() []admin.Certificate {
	if s.certs == nil {
		return nil
	}
	var list []admin.Certificate
	for _, h := range s.cfg.Hosts {
		for _, name := range []string{h, s.cfg.GroupsHost(h), s.cfg.UploadHost(h), s.cfg.PubSubHost(h)} {
			leaf := s.certs.For(name).Leaf
			list = append(list, admin.Certificate{Host: name, Of: h, Until: leaf.NotAfter, Own: selfSigned(leaf), Err: leaf.VerifyHostname(name)})
		}
	}
	return list
}

func selfSigned(leaf *x509.Certificate) bool {
	return bytes.Equal(leaf.RawIssuer, leaf.RawSubject) && leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil
}
