package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// goodbye is how long a request that is being answered may take when the socket is closed.
const goodbye = 5 * time.Second

// SocketServer serves the command line of a running server.
type SocketServer struct {
	http   *http.Server
	cancel context.CancelFunc
	ended  chan error // of Serve
}

// ServeSocket makes the socket and serves operations on it, for whoever may open it, until Close.
func ServeSocket(socket string, a *Admin, c Commands, log *slog.Logger) (*SocketServer, error) {
	l, err := Listen(socket)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &SocketServer{
		http: &http.Server{
			Handler:           SocketHandler(a, CommandLine(), c, log),
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		cancel: cancel,
		ended:  make(chan error, 1),
	}
	go func() { s.ended <- s.http.Serve(l) }() // ends with Close, which waits for it
	return s, nil
}

// Close stops listening, waits a moment for requests that are being answered, and cancels what is left.
func (s *SocketServer) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), goodbye)
	defer stop()
	err := s.http.Shutdown(ctx)
	s.cancel()
	if err != nil {
		err = s.http.Close()
	}
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	if err != nil {
		return fmt.Errorf("close admin socket: %w", err)
	}
	return nil
}
