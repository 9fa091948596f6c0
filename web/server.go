// Package web is the HTTP side of the server: listeners with safe limits, the paths that all doors share, health, and
// the page that a browser finds at the root.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"myna/guard"
)

// Server serves one handler on any number of listeners.
type Server struct {
	http  http.Server
	log   *slog.Logger
	limit func(net.Listener) net.Listener // nil: none
	work  sync.WaitGroup
}

// Limits of one request from the network. A handler that needs more time takes it by http.ResponseController.
const (
	readTime  = 30 * time.Second // for all of a request
	writeTime = 2 * time.Minute  // from its header to the end of the answer; a request of BOSH is held for a minute

	requestsAtOnce = 32 // on one connection of HTTP/2; limits of connections are kept by nobody who may have hundreds
)

// NewServer returns a server for a handler that anybody may reach.
func NewServer(h http.Handler, log *slog.Logger) *Server {
	s := NewLocalServer(h, log)
	s.http.ReadTimeout, s.http.WriteTimeout = readTime, writeTime
	return s
}

// NewLocalServer returns a server for a handler that only the operator reaches: its requests may take any time.
func NewLocalServer(h http.Handler, log *slog.Logger) *Server {
	return &Server{log: log, http: http.Server{
		Handler:           guarded(strict(h), log),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: requestsAtOnce},
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // handshakes of scanners
	}}
}

// Listen opens an address and serves it, with TLS when certificates are given.
func (s *Server) Listen(address string, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) (net.Addr, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if s.limit != nil {
		l = s.limit(l)
	}
	if certificate != nil {
		l = tls.NewListener(l, &tls.Config{
			MinVersion:     tls.VersionTLS12,
			GetCertificate: certificate,
			NextProtos:     []string{"h2", "http/1.1"},
		})
	}
	s.Serve(l)
	return l.Addr(), nil
}

// Serve serves a listener that is open already, until Shutdown.
func (s *Server) Serve(l net.Listener) {
	s.work.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("http listener ended", "address", l.Addr().String(), "err", err)
		}
	})
}

// strictTime is how long a browser that has been here asks for the host by https only: a year, as OWASP advises. Nothing here may be read
// on the way, so nobody will want plain HTTP back.
const strictTime = "max-age=31536000"

// strict is h that tells browsers to come by https only (RFC 6797). That holds for all ports of a host name, so it is said where we are the
// web server of the name, on the port that https has: example.com:5443 may stand beside a site that has plain HTTP. For the same
// reason hosts below the name are not included, and behind a proxy with the TLS it is the proxy's to say.
func strict(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil { // § 7.2: never over plain HTTP
			if _, port, err := net.SplitHostPort(r.Host); err != nil || port == "443" {
				w.Header().Set("Strict-Transport-Security", strictTime)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// guarded is h of which a mistake of ours ends one request: the log gets the stack, the client an error, or a connection that is
// cut where the answer had begun.
func guarded(h http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cut := false
		ok := guard.Call(log, "http request", func() {
			defer func() {
				if cause := recover(); cause == http.ErrAbortHandler { // a handler's way to cut the connection
					cut = true
				} else if cause != nil {
					panic(cause)
				}
			}()
			h.ServeHTTP(w, r)
		}, "path", branch(r.URL.Path))
		if cut || !ok {
			panic(http.ErrAbortHandler) // net/http cuts the connection and logs nothing
		}
	})
}

// branch is the first part of a path, which tells what was asked for. Behind it may stand what only those know who may come in:
// links of invitations and for new passwords, names of files.
func branch(path string) string {
	first, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if more && rest != "" {
		first += "/…"
	}
	return "/" + first
}

// Shutdown waits for requests under way; when ctx ends first, it cuts them.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("stop http: %w", errors.Join(err, s.http.Close()))
	}
	s.work.Wait()
	return err
}
